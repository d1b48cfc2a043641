// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/engine_revival.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

constexpr Form kForms[] = {{}};

}  // namespace

constexpr CommandRow enginerevive_row = {
    .name = kRevival,
    .summary = "Activate again what a killed embedded engine held",
    .forms = kForms,
    .needs = {.vg = LockMode::exclusive},
    .run = run_enginerevive,
    .hidden = true,
    .has_link = false,
};
static_assert(well_formed(enginerevive_row));

}  // namespace lvm::cli
