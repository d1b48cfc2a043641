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
     .about = "Make a volume larger by a size, or to a size.",
     .required = {{size, plus}},
     .operands = {word_lv},
     .optional = {{extents, plus}, resizefs, stripes, stripesize, {poolmetadatasize, plus}, fs, fsmode},
     .more = {word_pv, kMany}},
    {.id = id::devices,
     .about = "Use all free extents of the PVs named.",
     .operands = {word_lv, {word_pv, kMany}},
     .optional = {resizefs, stripes, stripesize, fs, fsmode}},
    {.id = id::pool_metadata,
     .about = "Make the metadata of a pool larger.",
     .required = {{poolmetadatasize, plus}},
     .operands = {word_lv},
     .optional = {stripes, stripesize},
     .more = {word_pv, kMany},
     .kind = Kind::thin},
    {.id = id::policies,
     .about = "Extend by the policy in lvm.conf.",
     .required = {usepolicies},
     .operands = {word_lv},
     .optional = {resizefs, fs, fsmode},
     .more = {word_pv, kMany}},
};

}  // namespace

constexpr CommandRow lvextend_row = {
    .name = "lvextend",
    .summary = "Add space to a logical volume",
    .details =
        "With a + in front the size is added, without it the size is the new one. Whole extents are "
        "added; a striped volume grows on as many PVs as it has stripes.\n\n"
        "An active volume is extended while it is in use. The file system on it has to be extended "
        "too: --resizefs does that.",
    .forms = kForms,
    .common = {autobackup, force, mirrors, nofsck, alloc, nosync, noudevsync, reportformat, type},
    .needs = {.vg = LockMode::exclusive, .live = scan::Live::table},
    .run = run_lvextend,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvreduce(8) lvremove(8) lvs(8)",
};
static_assert(well_formed(lvextend_row));

}  // namespace lvm::cli
