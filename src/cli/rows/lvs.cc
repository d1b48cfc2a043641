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

constexpr CommandRow lvs_row = {
    .name = "lvs",
    .summary = "Report logical volumes",
    .details =
        "Prints a line for every volume, with the fields in --options. \"-o help\" lists the fields, "
        "\"-S help\" those to select by.\n\n"
        "The first character of lv_attr is the kind of volume, the second whether it can be written, "
        "the third the allocation policy, the fourth a fixed minor number, the fifth whether it is "
        "active, the sixth whether it is open.",
    .forms = kForms,
    .common = {history,
               all,
               options,
               select,
               sort,
               segments,
               aligned,
               binary,
               configreport,
               foreign,
               ignorelockingfailure,
               logonly,
               nameprefixes,
               noheadings,
               nosuffix,
               readonly,
               reportformat,
               rows,
               separator,
               shared,
               unbuffered,
               units,
               unquoted,
               headings,
               partial,
               ignoreskippedcluster,
               trustcache},
    .needs = {.vg = LockMode::shared,
              .live = scan::Live::status,
              .read_ahead = true,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_lvs,
    .see_also = "lvm(8) lvcreate(8) lvchange(8) lvextend(8) lvreduce(8) lvremove(8)",
};
static_assert(well_formed(lvs_row));

}  // namespace lvm::cli
