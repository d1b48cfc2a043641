// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {{word_vg | word_tag | word_select, kMany}}},
};

}  // namespace

constexpr CommandRow vgremove_row = {
    .name = "vgremove",
    .summary = "Remove volume groups",
    .details = "Removes VGs. Volumes in a VG are removed with it, after a question.",
    .forms = kForms,
    .common = {force, select, noudevsync, reportformat},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .missing_pvs = true},
    .run = run_vgremove,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgreduce(8) vgs(8)",
};
static_assert(well_formed(vgremove_row));

}  // namespace lvm::cli
