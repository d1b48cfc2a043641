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

constexpr CommandRow formats_row = {
    .name = "formats",
    .summary = "List the formats of metadata",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_formats,
    .has_link = false,
    .see_also = "lvm(8)",
};
static_assert(well_formed(formats_row));

}  // namespace lvm::cli
