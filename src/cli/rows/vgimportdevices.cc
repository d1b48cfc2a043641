// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;

namespace id = form::vgimportdevices;

constexpr Form kForms[] = {
    {.id = id::named,
     .about = "Add the devices of these VGs.",
     .operands = {{word_vg | word_tag | word_select, kMany}},
     .optional = {select}},
    {.id = id::all, .about = "Add the devices of all VGs that are complete.", .required = {all}},
    {.id = id::root,
     .about = "Add the devices of the VG of the root file system.",
     .required = {rootvg},
     .optional = {auto_import}},
};

}  // namespace

constexpr CommandRow vgimportdevices_row = {
    .name = "vgimportdevices",
    .summary = "Add the devices of volume groups to the devices file",
    .details =
        "Looks at all devices, whether the devices file lists them or not, and adds those that hold the PVs of the "
        "VGs. "
        "Their ids are written into the VGs too.",
    .forms = kForms,
    .common = {foreign, reportformat},
    .needs = {.global = LockMode::shared,
              .vg = LockMode::exclusive,
              .live = scan::Live::info,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true},
    .run = run_vgimportdevices,
    .see_also = "lvm(8) lvmdevices(8) vgs(8)",
};
static_assert(well_formed(vgimportdevices_row));

}  // namespace lvm::cli
