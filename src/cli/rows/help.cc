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

constexpr CommandRow help_row = {
    .name = "help",
    .summary = "Show how commands are used",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_help,
    .has_link = false,
};
static_assert(well_formed(help_row));

}  // namespace lvm::cli
