// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::lvchange;

constexpr Use kAttributes[] = {contiguous,
                               permission,
                               readahead,
                               setactivationskip,
                               zero,
                               {persistent, "n"},
                               addtag,
                               deltag,
                               alloc,
                               compression,
                               deduplication,
                               detachprofile,
                               metadataprofile,
                               profile,
                               setautoactivation,
                               errorwhenfull,
                               discards,
                               cachemode,
                               cachepolicy,
                               cachesettings,
                               minrecoveryrate,
                               maxrecoveryrate,
                               vdosettings,
                               writebehind,
                               writemostly};

constexpr Form kForms[] = {
    {.id = id::attributes,
     .about = "Change attributes of volumes: any of the options in parentheses.",
     .any_of = kAttributes,
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}},
     .optional = {activate, poll, monitor}},
    {.id = id::resync,
     .about = "Copy all data of a mirror or raid again.",
     .required = {resync},
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}},
     .optional = {activate},
     .kind = Kind::raid},
    {.id = id::sync_action,
     .about = "Read a raid through and count or repair differences.",
     .required = {syncaction},
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}},
     .kind = Kind::raid},
    {.id = id::rebuild,
     .about = "Write the data on some PVs of a raid anew from the others.",
     .required = {rebuild},
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}},
     .kind = Kind::raid},
    {.id = id::activate,
     .about = "Activate or deactivate volumes.",
     .required = {activate},
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}},
     .optional = {partial, ignoreactivationskip, activationmode, poll, monitor, ignorelockingfailure, sysinit,
                  readonly}},
    {.id = id::refresh,
     .about = "Load the tables of active volumes again from the metadata.",
     .required = {refresh},
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}},
     .optional = {partial, activationmode, poll, monitor}},
    {.id = id::monitor,
     .about = "Start or stop having dmeventd watch volumes.",
     .required = {monitor},
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}}},
    {.id = id::poll,
     .about = "Go on with conversions that were interrupted, or stop following them.",
     .required = {poll},
     .operands = {{word_vg | word_lv | word_tag | word_select, kMany}},
     .optional = {monitor}},
    {.id = id::minor_number,
     .about = "Give a volume a fixed device number.",
     .required = {{persistent, "y"}, minor},
     .operands = {word_lv},
     .optional = {major, activate, poll, monitor}},
};

}  // namespace

constexpr CommandRow lvchange_row = {
    .name = "lvchange",
    .summary = "Change the attributes of logical volumes",
    .details =
        "Changes what kind of access a volume gives, how it is found and how it grows, and makes it "
        "available or not.",
    .forms = kForms,
    .common = {autobackup, force, select, ignoremonitoring, noudevsync, reportformat, ignoreskippedcluster},
    .needs = {.vg = LockMode::exclusive, .live = scan::Live::table, .missing_pvs = true},
    .run = run_lvchange,
    .see_also = "lvm(8) lvcreate(8) lvextend(8) lvreduce(8) lvremove(8) lvs(8)",
};
static_assert(well_formed(lvchange_row));

}  // namespace lvm::cli
