// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::vgexport;

constexpr Form kForms[] = {
    {.id = id::named,
     .about = "Import some VGs.",
     .operands = {{word_vg | word_tag | word_select, kMany}},
     .optional = {select}},
    {.id = id::all, .about = "Import all exported VGs.", .required = {all}},
};

}  // namespace

constexpr CommandRow vgimport_row = {
    .name = "vgimport",
    .summary = "Make exported volume groups known to the system",
    .details =
        "Takes back what vgexport(8) did, perhaps on another machine. The VG gets the system ID of this host, "
        "when it has one. With --force VGs that miss PVs are imported too.",
    .forms = kForms,
    .common = {force, reportformat},
    .needs = {.vg = LockMode::exclusive,
              .live = scan::Live::none,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true},
    .run = run_vgimport,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgimport_row));

}  // namespace lvm::cli
