// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::vgsplit;

constexpr Form kForms[] = {
    {.id = id::devices,
     .about = "Move some PVs into another VG.",
     .operands = {word_vg, word_vg | word_vg_new, {word_pv, kMany}}},
    {.id = id::volume,
     .about = "Move the PVs of a volume into another VG.",
     .required = {name},
     .operands = {word_vg, word_vg | word_vg_new}},
};

}  // namespace

constexpr CommandRow vgsplit_row = {
    .name = "vgsplit",
    .summary = "Move physical volumes into a new or existing volume group",
    .details =
        "Moves whole PVs, with all that is on them, from the first VG into the second, which is made when it is "
        "not there; the options then describe it. No volume may lie in both VGs afterwards. What moves must be "
        "inactive.",
    .forms = kForms,
    .common = {autobackup, maxlogicalvolumes, metadatatype, maxphysicalvolumes, alloc, poolmetadataspare,
               vgmetadatacopies, reportformat},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .live = scan::Live::info},
    .run = run_vgsplit,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgsplit_row));

}  // namespace lvm::cli
