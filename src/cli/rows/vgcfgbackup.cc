// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.more = {word_vg, kMany}},
};

}  // namespace

constexpr CommandRow vgcfgbackup_row = {
    .name = "vgcfgbackup",
    .summary = "Back up the metadata of volume groups",
    .details =
        "Every command that changes a VG makes a backup by itself. Without --file it goes to "
        "/etc/lvm/backup, under the name of the VG. In the name of --file %s stands for the VG.",
    .forms = kForms,
    .common = {file, foreign, ignorelockingfailure, readonly, reportformat, partial},
    .needs = {.vg = LockMode::shared,
              .live = scan::Live::none,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_vgcfgbackup,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgcfgbackup_row));

}  // namespace lvm::cli
