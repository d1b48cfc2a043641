// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.optional = {ignorelockingfailure, refresh, reportformat}, .more = {word_vg | word_lv | word_tag, kMany}},
};

}  // namespace

constexpr CommandRow vgmknodes_row = {
    .name = "vgmknodes",
    .summary = "Create the nodes of active volumes in /dev",
    .details =
        "Makes the nodes and links of active volumes that are missing in /dev, and removes those that have no "
        "device. With --refresh the tables of active volumes are loaded again.",
    .forms = kForms,
    .needs = {.vg = LockMode::shared, .live = scan::Live::info, .every_vg_when_none_named = true, .missing_pvs = true},
    .run = run_vgmknodes,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgmknodes_row));

}  // namespace lvm::cli
