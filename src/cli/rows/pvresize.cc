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

constexpr CommandRow pvresize_row = {
    .name = "pvresize",
    .summary = "Resize physical volumes",
    .details =
        "Makes use of a device that has grown, or gives up its end before it shrinks. No volume may "
        "use extents that would be cut off.",
    .forms = kForms,
    .common = {setphysicalvolumesize, reportformat, autobackup},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive},
    .run = run_pvresize,
    .see_also = "lvm(8) pvcreate(8) pvchange(8) pvremove(8) pvs(8)",
};
static_assert(well_formed(pvresize_row));

}  // namespace lvm::cli
