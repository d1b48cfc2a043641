// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {word_string}, .more = {word_string, kMany}},
};

}  // namespace

constexpr CommandRow engine_row = {
    .name = "engine",
    .summary = "Show the embedded device-mapper",
    .details =
        "info tells whether the daemon of the embedded engine runs, where its files are and which images it uses. "
        "table and status print what `dmsetup table' and `dmsetup status' would, of all devices or of those named. "
        "wait NAME waits for the next event of a device. serve is the daemon itself; commands start it.\n\n"
        "The engine belongs to one user and run directory. It is started when the first volume is activated and ends "
        "after the last is deactivated. Volumes are files below RUNDIR/dev while it runs.",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_engine,
    .has_link = false,
    .see_also = "lvm(8) lvchange(8)",
};
static_assert(well_formed(engine_row));

}  // namespace lvm::cli
