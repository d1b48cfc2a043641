// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {},
};

}  // namespace

constexpr CommandRow vgscan_row = {
    .name = "vgscan",
    .summary = "Find all volume groups",
    .forms = kForms,
    .common = {ignorelockingfailure, mknodes, notifydbus, reportformat, partial, cache_update, refresh},
    .needs = {.global = LockMode::shared,
              .vg = LockMode::shared,
              .live = scan::Live::info,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .read_only = true},
    .run = run_vgscan,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgscan_row));

}  // namespace lvm::cli
