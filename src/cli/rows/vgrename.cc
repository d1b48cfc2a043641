// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::vgrename;

constexpr Form kForms[] = {
    {.id = id::name, .about = "Name the VG.", .operands = {word_vg, word_vg_new}},
    {.id = id::uuid,
     .about = "Give the UUID of the VG, when its name is not unique.",
     .operands = {word_string, word_vg_new}},
};

}  // namespace

constexpr CommandRow vgrename_row = {
    .name = "vgrename",
    .summary = "Rename a volume group",
    .forms = kForms,
    .common = {autobackup, force, reportformat},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .exported = true},
    .run = run_vgrename,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgrename_row));

}  // namespace lvm::cli
