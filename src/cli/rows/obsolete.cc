// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/rows/check.h"

// Commands of LVM1 that only say what to use today. They take anything.
namespace lvm::cli {
namespace {

constexpr Form kForms[] = {
    {.more = {word_string, kMany}},
};
constexpr Needs kNeeds = {.scan = false, .read_only = true};

}  // namespace

constexpr CommandRow lvmchange_row = {
    .name = "lvmchange",
    .summary = "Reset the device-mapper, once; not a command of LVM2",
    .forms = kForms,
    .needs = kNeeds,
    .run = run_lvmchange,
    .has_link = false,
};
static_assert(well_formed(lvmchange_row));

constexpr CommandRow lvmsadc_row = {
    .name = "lvmsadc",
    .summary = "Collect activity data, once; not a command of LVM2",
    .forms = kForms,
    .needs = kNeeds,
    .run = run_lvmsadc,
};
static_assert(well_formed(lvmsadc_row));

constexpr CommandRow lvmsar_row = {
    .name = "lvmsar",
    .summary = "Report activity data, once; not a command of LVM2",
    .forms = kForms,
    .needs = kNeeds,
    .run = run_lvmsar,
};
static_assert(well_formed(lvmsar_row));

constexpr CommandRow pvdata_row = {
    .name = "pvdata",
    .summary = "Show metadata of PVs, once; not a command of LVM2",
    .forms = kForms,
    .needs = kNeeds,
    .run = run_pvdata,
    .has_link = false,
};
static_assert(well_formed(pvdata_row));

}  // namespace lvm::cli
