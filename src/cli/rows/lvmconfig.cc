// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.more = {word_string, kMany}},
};

}  // namespace

constexpr CommandRow lvmconfig_row = {
    .name = "lvmconfig",
    .summary = "Show the configuration",
    .details =
        "Shows settings: those that are set (current), with defaults (full), defaults alone (default) "
        "and more, see --typeconfig. A section or section/setting as operand narrows the output.",
    .forms = kForms,
    .common = {file,         list,         atversion,       typeconfig,          ignoreadvanced,    ignoreunsupported,
               ignorelocal,  mergedconfig, metadataprofile, sinceversion,        showdeprecated,    showunsupported,
               validate,     withsummary,  withcomments,    withgeneralpreamble, withlocalpreamble, withspaces,
               unconfigured, withversions, valuesonly},
    .needs = {.scan = false, .read_only = true},
    .run = run_lvmconfig,
    .see_also = "lvm(8) lvm.conf(5)",
};
static_assert(well_formed(lvmconfig_row));

}  // namespace lvm::cli
