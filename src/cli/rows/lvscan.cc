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

constexpr CommandRow lvscan_row = {
    .name = "lvscan",
    .summary = "List all logical volumes",
    .forms = kForms,
    .common = {all, blockdevice, ignorelockingfailure, readonly, reportformat, partial, cache_update},
    .needs = {.vg = LockMode::shared,
              .live = scan::Live::info,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .read_only = true},
    .run = run_lvscan,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvextend(8) lvreduce(8) lvremove(8) lvs(8)",
};
static_assert(well_formed(lvscan_row));

}  // namespace lvm::cli
