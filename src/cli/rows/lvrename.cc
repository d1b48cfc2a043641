// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::lvrename;

constexpr Form kForms[] = {
    {.id = id::names, .about = "Name the VG and both volumes.", .operands = {word_vg, word_lv, word_lv_new}},
    {.id = id::path, .about = "Name the volume with its VG.", .operands = {word_lv, word_lv_new}},
};

}  // namespace

constexpr CommandRow lvrename_row = {
    .name = "lvrename",
    .summary = "Rename a logical volume",
    .forms = kForms,
    .common = {autobackup, noudevsync, reportformat},
    .needs = {.vg = LockMode::exclusive, .live = scan::Live::table},
    .run = run_lvrename,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvextend(8) lvreduce(8) lvremove(8) lvs(8)",
};
static_assert(well_formed(lvrename_row));

}  // namespace lvm::cli
