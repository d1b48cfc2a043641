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
    {.id = id::size,
     .about = "Set the size of a volume, or change it by a size.",
     .required = {{size, both}},
     .operands = {word_lv},
     .optional = {{extents, both}, resizefs, {poolmetadatasize, plus}, fs, fsmode},
     .more = {word_pv, kMany}},
    {.id = id::devices,
     .about = "Use all free extents of the PVs named.",
     .operands = {word_lv, {word_pv, kMany}},
     .optional = {resizefs, fs, fsmode}},
    {.id = id::pool_metadata,
     .about = "Make the metadata of a pool larger.",
     .required = {{poolmetadatasize, plus}},
     .operands = {word_lv},
     .more = {word_pv, kMany},
     .kind = Kind::thin},
};

}  // namespace

constexpr CommandRow lvresize_row = {
    .name = "lvresize",
    .summary = "Resize a logical volume",
    .details =
        "Grows or shrinks a volume: lvextend and lvreduce in one. See there for what happens to the "
        "data.",
    .forms = kForms,
    .common = {autobackup, force, stripes, stripesize, nofsck, alloc, nosync, noudevsync, reportformat, type},
    .needs = {.vg = LockMode::exclusive, .live = scan::Live::table},
    .run = run_lvresize,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvextend(8) lvreduce(8) lvremove(8) lvs(8)",
};
static_assert(well_formed(lvresize_row));

}  // namespace lvm::cli
