// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.optional = {select, reportformat}},
};

}  // namespace

constexpr CommandRow lastlog_row = {
    .name = "lastlog",
    .summary = "Show the log of the last command of the shell",
    .details = "Needs log/report_command_log=1: then the shell keeps what its last command reported.",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_lastlog,
    .has_link = false,
    .see_also = "lvm(8)",
};
static_assert(well_formed(lastlog_row));

}  // namespace lvm::cli
