// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

constexpr Form kForms[] = {
    {.required = {polloperation},
     .operands = {{word_lv, kMany}},
     .optional = {abort, handlemissingpvs, {interval, plus}, autobackup}},
};

}  // namespace

constexpr CommandRow lvpoll_row = {
    .name = "lvpoll",
    .summary = "Follow work of the kernel on a logical volume to its end",
    .details =
        "Commands start this program in the background when they leave work to the kernel: it looks at the volume "
        "once in an interval, and writes the metadata when the work is done. What was interrupted is taken up again "
        "with lvchange --poll y.",
    .forms = kForms,
    .needs = {.vg = LockMode::exclusive, .live = scan::Live::everything, .missing_pvs = true},
    .run = run_lvpoll,
    .has_link = false,
    .see_also = "lvm(8) lvconvert(8) lvchange(8)",
};
static_assert(well_formed(lvpoll_row));

}  // namespace lvm::cli
