// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.more = {word_vg, kMany}},
};

}  // namespace

constexpr CommandRow fullreport_row = {
    .name = "fullreport",
    .summary = "Report everything about volume groups at once",
    .details =
        "Reports VGs, PVs, volumes and segments, a group of reports for each VG, all read under one lock. "
        "--configreport chooses the report that -o, -O and -S behind it are for.",
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
    .needs = {.global = LockMode::shared,
              .vg = LockMode::shared,
              .live = scan::Live::status,
              .read_ahead = true,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true,
              .foreign_option = true,
              .read_only = true},
    .run = run_fullreport,
    .has_link = false,
    .see_also = "lvm(8) pvs(8) vgs(8) lvs(8)",
};
static_assert(well_formed(fullreport_row));

}  // namespace lvm::cli
