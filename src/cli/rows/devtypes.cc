// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.optional = {options, select, sort, aligned, binary, nameprefixes, noheadings, nosuffix, reportformat, rows,
                  separator, unbuffered, unquoted, headings}},
};

}  // namespace

constexpr CommandRow devtypes_row = {
    .name = "devtypes",
    .summary = "List the types of block devices that may become PVs",
    .details = "devices/types in lvm.conf adds to them.",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_devtypes,
    .has_link = false,
    .see_also = "lvm(8)",
};
static_assert(well_formed(devtypes_row));

}  // namespace lvm::cli
