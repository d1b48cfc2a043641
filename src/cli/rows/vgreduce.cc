// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::vgreduce;

constexpr Form kForms[] = {
    {.id = id::devices, .about = "Remove the PVs named.", .operands = {word_vg, {word_pv, kMany}}},
    {.id = id::all_unused, .about = "Remove every PV without data.", .required = {all}, .operands = {word_vg}},
    {.id = id::missing,
     .about = "Remove every missing PV.",
     .required = {removemissing},
     .operands = {word_vg},
     .optional = {mirrorsonly}},
};

}  // namespace

constexpr CommandRow vgreduce_row = {
    .name = "vgreduce",
    .summary = "Remove physical volumes from a volume group",
    .details =
        "A PV can be removed when none of its extents is in use. --removemissing removes PVs whose "
        "devices are gone for good; with --force volumes that need them are removed with them.",
    .forms = kForms,
    .common = {autobackup, force, reportformat},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .missing_pvs = true},
    .run = run_vgreduce,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgreduce_row));

}  // namespace lvm::cli
