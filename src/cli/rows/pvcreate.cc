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

constexpr CommandRow pvcreate_row = {
    .name = "pvcreate",
    .summary = "Make physical volumes of devices",
    .details =
        "Writes a label and room for metadata on devices, so that they can be added to a VG. vgcreate "
        "and vgextend do the same by themselves. A device that is in use, or carries something else, "
        "is asked about.",
    .forms = kForms,
    .common = {force, metadatatype, uuid_value, zero, dataalignment, dataalignmentoffset, bootloaderareasize,
               labelsector, pvmetadatacopies, metadatasize, metadataignore, norestorefile, setphysicalvolumesize,
               reportformat, restorefile, metadatacopies},
    .needs = {.global = LockMode::exclusive, .live = scan::Live::none, .all_devices = true},
    .run = run_pvcreate,
    .see_also = "lvm(8) pvchange(8) pvremove(8) pvresize(8) pvs(8)",
};
static_assert(well_formed(pvcreate_row));

}  // namespace lvm::cli
