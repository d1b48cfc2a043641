// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.operands = {{word_pv, kMany}}, .optional = {basevgname, import_vg, importdevices}},
};

}  // namespace

constexpr CommandRow vgimportclone_row = {
    .name = "vgimportclone",
    .summary = "Import a volume group from copies of its PVs",
    .details =
        "Disks that were copied, by a storage array for example, carry the same ids as the originals and cannot "
        "be used beside them. The PVs named, all those of the copied VG, get new ids, and the VG a new id and name.",
    .forms = kForms,
    .needs = {.global = LockMode::exclusive,
              .vg = LockMode::exclusive,
              .live = scan::Live::table,
              .all_devices = true,
              .exported = true},
    .run = run_vgimportclone,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgs(8)",
};
static_assert(well_formed(vgimportclone_row));

}  // namespace lvm::cli
