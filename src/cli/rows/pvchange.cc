// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::pvchange;

constexpr Use kAttributes[] = {allocatable, uuid, addtag, deltag, metadataignore};

constexpr Form kForms[] = {
    {.id = id::all, .about = "Change all PVs.", .required = {all}, .any_of = kAttributes},
    {.id = id::named,
     .about = "Change the PVs named.",
     .any_of = kAttributes,
     .operands = {{word_pv | word_select, kMany}},
     .optional = {select}},
};

}  // namespace

constexpr CommandRow pvchange_row = {
    .name = "pvchange",
    .summary = "Change the attributes of physical volumes",
    .forms = kForms,
    .common = {autobackup, force, reportformat, ignoreskippedcluster},
    .needs = {.global = LockMode::exclusive, .vg = LockMode::exclusive, .missing_pvs = true},
    .run = run_pvchange,
    .see_also = "lvm(8) pvcreate(8) pvremove(8) pvresize(8) pvs(8)",
};
static_assert(well_formed(pvchange_row));

}  // namespace lvm::cli
