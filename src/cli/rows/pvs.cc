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

constexpr CommandRow pvs_row = {
    .name = "pvs",
    .summary = "Report physical volumes",
    .details =
        "Prints a line for every PV, with the fields in --options. \"-o help\" lists the fields. With "
        "--all devices that could become PVs are shown too.",
    .forms = kForms,
    .common = {all,        options,
               select,     sort,
               segments,   aligned,
               binary,     configreport,
               foreign,    ignorelockingfailure,
               logonly,    nameprefixes,
               noheadings, nosuffix,
               readonly,   reportformat,
               rows,       separator,
               shared,     unbuffered,
               units,      unquoted,
               headings,   allpvs,
               partial,    ignoreskippedcluster,
               trustcache},
    .needs = {.global = LockMode::shared,
              .vg = LockMode::shared,
              .live = scan::Live::none,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_pvs,
    .see_also = "lvm(8) pvcreate(8) pvchange(8) pvremove(8) pvresize(8)",
};
static_assert(well_formed(pvs_row));

}  // namespace lvm::cli
