// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {word_vg, {word_pv, kMany}}},
};

}  // namespace

constexpr CommandRow vgextend_row = {
    .name = "vgextend",
    .summary = "Add physical volumes to a volume group",
    .details =
        "Adds the devices named to the VG. Devices that are not PVs yet are made PVs first, with the "
        "options of pvcreate.",
    .forms = kForms,
    .common = {autobackup, force, zero, metadatatype, labelsector, metadatasize, pvmetadatacopies, metadataignore,
               dataalignment, dataalignmentoffset, reportformat, restoremissing},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .all_devices = true, .missing_pvs = true},
    .run = run_vgextend,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgextend_row));

}  // namespace lvm::cli
