// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {{word_vg | word_lv | word_tag | word_select, kMany}}},
};

}  // namespace

constexpr CommandRow lvremove_row = {
    .name = "lvremove",
    .summary = "Remove logical volumes",
    .details =
        "Removes the volumes named, or all volumes of the VGs named. Active volumes are asked about "
        "first, unless --yes or --force is given. A volume that is in use is not removed.\n\n"
        "The space is free again at once, but what was stored stays there until something is written "
        "over it. The metadata from before is in the archive: vgcfgrestore brings a volume back while "
        "its extents are not reused.",
    .forms = kForms,
    .common = {autobackup, force, select, nohistory, noudevsync, reportformat},
    .needs = {.vg = LockMode::exclusive, .live = scan::Live::table, .missing_pvs = true},
    .run = run_lvremove,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvextend(8) lvreduce(8) lvs(8)",
};
static_assert(well_formed(lvremove_row));

}  // namespace lvm::cli
