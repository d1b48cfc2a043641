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

constexpr CommandRow segtypes_row = {
    .name = "segtypes",
    .summary = "List the kinds of segments",
    .forms = kForms,
    .needs = {.scan = false, .read_only = true},
    .run = run_segtypes,
    .has_link = false,
};
static_assert(well_formed(segtypes_row));

}  // namespace lvm::cli
