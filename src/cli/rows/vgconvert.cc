// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {{word_vg, kMany}},
     .optional = {force, metadatatype, labelsector, bootloaderareasize, pvmetadatacopies, metadatasize, reportformat}},
};

}  // namespace

constexpr CommandRow vgconvert_row = {
    .name = "vgconvert",
    .summary = "Convert volume groups of LVM1, which is no longer supported",
    .details = "Always fails: LVM1 metadata can only be converted by old releases of LVM2.",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_vgconvert,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgconvert_row));

}  // namespace lvm::cli
