// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {word_vg, word_vg}, .optional = {autobackup, list, poolmetadataspare, reportformat}},
};

}  // namespace

constexpr CommandRow vgmerge_row = {
    .name = "vgmerge",
    .summary = "Merge two volume groups",
    .details =
        "Moves all of the second VG into the first. The second VG must be inactive, and have extents of the same "
        "size and volumes of other names.",
    .forms = kForms,
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .live = scan::Live::info},
    .run = run_vgmerge,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgmerge_row));

}  // namespace lvm::cli
