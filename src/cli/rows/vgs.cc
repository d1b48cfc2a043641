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

constexpr CommandRow vgs_row = {
    .name = "vgs",
    .summary = "Report volume groups",
    .details = "Prints a line for every VG, with the fields in --options. \"-o help\" lists the fields.",
    .forms = kForms,
    .common = {all,          options,      select,
               sort,         aligned,      binary,
               configreport, foreign,      ignorelockingfailure,
               logonly,      nameprefixes, noheadings,
               nosuffix,     readonly,     reportformat,
               rows,         separator,    shared,
               unbuffered,   units,        unquoted,
               headings,     partial,      ignoreskippedcluster,
               trustcache},
    .needs = {.vg = LockMode::shared,
              .live = scan::Live::none,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_vgs,
    .see_also = "lvm(8) vgcreate(8) vgchange(8) vgextend(8) vgreduce(8) vgremove(8)",
};
static_assert(well_formed(vgs_row));

}  // namespace lvm::cli
