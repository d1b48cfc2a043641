// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {{word_pv, kMany}}},
};

}  // namespace

constexpr CommandRow pvremove_row = {
    .name = "pvremove",
    .summary = "Remove the LVM label from devices",
    .details =
        "Wipes the label, so that the device is no longer a PV. A PV that belongs to a VG is refused: "
        "vgreduce it first.",
    .forms = kForms,
    .common = {force, reportformat},
    .needs = {.global = LockMode::exclusive, .live = scan::Live::none, .all_devices = true},
    .run = run_pvremove,
    .see_also = "lvm(8) pvcreate(8) pvchange(8) pvresize(8) pvs(8)",
};
static_assert(well_formed(pvremove_row));

}  // namespace lvm::cli
