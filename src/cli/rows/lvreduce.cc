// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::resize;

constexpr Form kForms[] = {
    {.id = id::size, .required = {{size, minus}}, .operands = {word_lv}},
};

}  // namespace

constexpr CommandRow lvreduce_row = {
    .name = "lvreduce",
    .summary = "Take space away from a logical volume",
    .details =
        "With a - in front the size is taken off, without it the size is the new one. What was stored "
        "at the end is lost: the file system has to be made smaller before, or with --resizefs.",
    .forms = kForms,
    .common = {{extents, minus}, autobackup, force, nofsck, resizefs, noudevsync, reportformat, fs, fsmode},
    .needs = {.vg = LockMode::exclusive, .live = scan::Live::table},
    .run = run_lvreduce,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvextend(8) lvremove(8) lvs(8)",
};
static_assert(well_formed(lvreduce_row));

}  // namespace lvm::cli
