// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::vgck;

constexpr Form kForms[] = {
    {.id = id::check,
     .about = "Check the metadata of VGs.",
     .optional = {reportformat},
     .more = {word_vg | word_tag, kMany}},
    {.id = id::update,
     .about = "Write the metadata of a VG anew where it is wrong.",
     .required = {updatemetadata},
     .operands = {word_vg}},
};

}  // namespace

constexpr CommandRow vgck_row = {
    .name = "vgck",
    .summary = "Check the metadata of volume groups",
    .details =
        "Reads the metadata of VGs and says what is wrong with it. With --updatemetadata old and damaged "
        "copies are replaced, and metadata is removed from PVs that the VG no longer has.",
    .forms = kForms,
    .needs = {.vg = LockMode::shared, .live = scan::Live::none, .every_vg_when_none_named = true, .missing_pvs = true},
    .run = run_vgck,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgck_row));

}  // namespace lvm::cli
