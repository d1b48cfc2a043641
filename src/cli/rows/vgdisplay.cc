// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.more = {word_vg | word_tag, kMany}},
};

}  // namespace

constexpr CommandRow vgdisplay_row = {
    .name = "vgdisplay",
    .summary = "Show volume groups",
    .forms = kForms,
    .common = {activevolumegroups,
               colon,
               columns,
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
               shared,
               separator,
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
              .live = scan::Live::info,
              .read_ahead = true,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_vgdisplay,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgdisplay_row));

}  // namespace lvm::cli
