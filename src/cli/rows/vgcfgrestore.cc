// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::vgcfgrestore;

constexpr Form kForms[] = {
    {.id = id::last, .about = "From the last backup.", .operands = {word_vg}},
    {.id = id::file, .about = "From a file.", .required = {file}, .operands = {word_vg}},
    {.id = id::list, .about = "List the backups of a VG.", .required = {list}, .operands = {word_vg}},
    {.id = id::list_file, .about = "Show what a backup file holds.", .required = {list, file}, .more = word_vg},
};

}  // namespace

constexpr CommandRow vgcfgrestore_row = {
    .name = "vgcfgrestore",
    .summary = "Restore the metadata of a volume group",
    .details =
        "Puts the metadata of a backup or archive file in place of that on the PVs. It restores how "
        "the space is divided, not what was stored. No volume of the VG may be active.",
    .forms = kForms,
    .common = {metadatatype, force_long},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .missing_pvs = true, .exported = true},
    .run = run_vgcfgrestore,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgcfgrestore_row));

}  // namespace lvm::cli
