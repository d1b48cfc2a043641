// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {word_vg_new, {word_pv, kMany}}},
};

}  // namespace

constexpr CommandRow vgcreate_row = {
    .name = "vgcreate",
    .summary = "Create a volume group",
    .details =
        "Makes a VG of the devices named. Devices that are not PVs yet are made PVs first, with the "
        "options of pvcreate.",
    .forms = kForms,
    .common = {autobackup,
               clustered,
               maxlogicalvolumes,
               maxphysicalvolumes,
               metadatatype,
               physicalextentsize,
               force,
               zero,
               addtag,
               alloc,
               metadataprofile,
               labelsector,
               metadatasize,
               pvmetadatacopies,
               vgmetadatacopies,
               reportformat,
               dataalignment,
               dataalignmentoffset,
               shared,
               systemid,
               locktype,
               setautoactivation},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .live = scan::Live::info, .all_devices = true},
    .run = run_vgcreate,
    .see_also = "lvm(8) vgchange(8) vgextend(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgcreate_row));

}  // namespace lvm::cli
