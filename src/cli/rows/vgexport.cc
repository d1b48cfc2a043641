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
     .about = "Export some VGs.",
     .operands = {{word_vg | word_tag | word_select, kMany}},
     .optional = {select}},
    {.id = id::all, .about = "Export all VGs.", .required = {all}},
};

}  // namespace

constexpr CommandRow vgexport_row = {
    .name = "vgexport",
    .summary = "Make volume groups unknown to the system",
    .details =
        "An exported VG cannot be used until vgimport(8) makes it known again: for disks that go to another "
        "machine. All volumes of the VG must be inactive. The system ID of the VG is cleared.",
    .forms = kForms,
    .common = {reportformat},
    .needs = {.vg = LockMode::exclusive,
              .live = scan::Live::info,
              .every_vg_when_none_named = true,
              .missing_pvs = true},
    .run = run_vgexport,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgexport_row));

}  // namespace lvm::cli
