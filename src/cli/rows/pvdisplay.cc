// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.more = {word_pv | word_tag, kMany}},
};

}  // namespace

constexpr CommandRow pvdisplay_row = {
    .name = "pvdisplay",
    .summary = "Show physical volumes",
    .forms = kForms,
    .common = {all,
               colon,
               columns,
               maps,
               options,
               select,
               short_,
               sort,
               aligned,
               binary,
               configreport,
               foreign,
               ignorelockingfailure,
               logonly,
               noheadings,
               nosuffix,
               readonly,
               separator,
               shared,
               unbuffered,
               units,
               headings,
               nameprefixes,
               rows,
               unquoted,
               segments,
               reportformat,
               ignoreskippedcluster},
    .needs = {.global = LockMode::shared,
              .vg = LockMode::shared,
              .live = scan::Live::none,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_pvdisplay,
    .see_also = "lvm(8) pvcreate(8) pvchange(8) pvremove(8) pvresize(8) pvs(8)",
};
static_assert(well_formed(pvdisplay_row));

}  // namespace lvm::cli
