// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.optional = {lvmpartition, readonly}},
};

}  // namespace

constexpr CommandRow lvmdiskscan_row = {
    .name = "lvmdiskscan",
    .summary = "List devices that may be used as physical volumes",
    .details = "Lists all devices that pass the filters, with their sizes. pvs -a tells more.",
    .forms = kForms,
    .needs = {.live = scan::Live::none, .all_devices = true, .missing_pvs = true, .exported = true, .read_only = true},
    .run = run_lvmdiskscan,
    .see_also = "lvm(8) pvs(8)",
};
static_assert(well_formed(lvmdiskscan_row));

}  // namespace lvm::cli
