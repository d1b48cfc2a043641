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

constexpr CommandRow version_row = {
    .name = "version",
    .summary = "Show the version",
    .forms = kForms,
    .needs = {.scan = false, .engine = true, .read_only = true},
    .run = run_version,
    .has_link = false,
};
static_assert(well_formed(version_row));

}  // namespace lvm::cli
