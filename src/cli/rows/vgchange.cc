// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::vgchange;

constexpr Use kAttributes[] = {
    logicalvolume,    maxphysicalvolumes, uuid,    physicalextentsize, resizeable,      addtag,           deltag, alloc,
    pvmetadatacopies, vgmetadatacopies,   profile, detachprofile,      metadataprofile, setautoactivation};

constexpr Form kForms[] = {
    {.id = id::attributes,
     .about = "Change attributes of VGs: any of the options in parentheses.",
     .any_of = kAttributes,
     .optional = {autobackup, select, force, poll, ignoremonitoring, noudevsync, reportformat},
     .more = {word_vg | word_tag | word_select, kMany}},
    {.id = id::monitor,
     .about = "Start or stop having dmeventd watch the volumes.",
     .required = {monitor},
     .optional = {autobackup, select, force, sysinit, ignorelockingfailure, poll, ignoremonitoring, noudevsync,
                  reportformat},
     .more = {word_vg | word_tag | word_select, kMany}},
    {.id = id::poll,
     .about = "Go on with conversions that were interrupted, or stop following them.",
     .required = {poll},
     .optional = {autobackup, select, force, ignorelockingfailure, ignoremonitoring, noudevsync, reportformat},
     .more = {word_vg | word_tag | word_select, kMany}},
    {.id = id::activate,
     .about = "Activate or deactivate the volumes.",
     .required = {activate},
     .optional = {ignoreactivationskip, partial, autobackup, select, force, activationmode, sysinit, readonly,
                  ignorelockingfailure, monitor, poll, autoactivation, ignoremonitoring, noudevsync, reportformat,
                  ignoreskippedcluster},
     .more = {word_vg | word_tag | word_select, kMany}},
    {.id = id::refresh,
     .about = "Load the tables of active volumes again from the metadata.",
     .required = {refresh},
     .optional = {autobackup, select, force, sysinit, ignorelockingfailure, poll, ignoremonitoring, noudevsync,
                  reportformat},
     .more = {word_vg | word_tag | word_select, kMany}},
    {.id = id::system_id,
     .about = "Give a VG to another host.",
     .required = {systemid},
     .operands = {{word_vg | word_tag | word_select, kMany}},
     .optional = {select, majoritypvs}},
    {.id = id::lock_start,
     .about = "Start using shared VGs on this host.",
     .required = {lockstart},
     .optional = {select, force},
     .more = {word_vg | word_tag | word_select, kMany},
     .kind = Kind::shared},
    {.id = id::lock_stop,
     .about = "Stop using shared VGs on this host.",
     .required = {lockstop},
     .optional = {select},
     .more = {word_vg | word_tag | word_select, kMany},
     .kind = Kind::shared},
    {.id = id::lock_type,
     .about = "Change the lock manager of a shared VG.",
     .required = {locktype},
     .operands = {word_vg},
     .kind = Kind::shared},
};

}  // namespace

constexpr CommandRow vgchange_row = {
    .name = "vgchange",
    .summary = "Change the attributes of volume groups",
    .details =
        "Without a VG all VGs are meant. The most common use is to activate (-a y) or deactivate (-a "
        "n) all volumes of VGs.",
    .forms = kForms,
    .needs = {.vg = LockMode::exclusive,
              .live = scan::Live::table,
              .every_vg_when_none_named = true,
              .missing_pvs = true},
    .run = run_vgchange,
    .see_also = "lvm(8) vgcreate(8) vgextend(8) vgreduce(8) vgremove(8) vgs(8)",
};
static_assert(well_formed(vgchange_row));

}  // namespace lvm::cli
