// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.more = {word_vg | word_lv | word_tag, kMany}},
};

}  // namespace

constexpr CommandRow lvdisplay_row = {
    .name = "lvdisplay",
    .summary = "Show logical volumes",
    .forms = kForms,
    .common = {all,
               colon,
               columns,
               history,
               maps,
               options,
               sort,
               select,
               aligned,
               binary,
               configreport,
               foreign,
               ignorelockingfailure,
               logonly,
               noheadings,
               nosuffix,
               readonly,
               segments,
               separator,
               shared,
               unbuffered,
               units,
               headings,
               nameprefixes,
               rows,
               unquoted,
               reportformat,
               partial,
               ignoreskippedcluster},
    .needs = {.vg = LockMode::shared,
              .live = scan::Live::status,
              .read_ahead = true,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_lvdisplay,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvextend(8) lvreduce(8) lvremove(8) lvs(8)",
};
static_assert(well_formed(lvdisplay_row));

}  // namespace lvm::cli
