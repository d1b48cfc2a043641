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

constexpr CommandRow systemid_row = {
    .name = "systemid",
    .summary = "Show the system ID of this host",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_systemid,
    .has_link = false,
    .see_also = "lvm(8)",
};
static_assert(well_formed(systemid_row));

}  // namespace lvm::cli
