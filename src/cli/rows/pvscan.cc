// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::pvscan;

constexpr Form kForms[] = {
    {.id = id::show,
     .about = "List PVs.",
     .optional = {exported, novolumegroup, short_, uuid, ignorelockingfailure, reportformat, allpvs}},
    {.id = id::cache,
     .about = "Record which PVs are online.",
     .required = {cache_update},
     .optional = {major, ignorelockingfailure, reportformat, minor, noudevsync, background},
     .more = {word_string | word_pv, kMany}},
    {.id = id::activate,
     .about = "Record that a PV is online, and activate its VG once complete.",
     .required = {cache_update, {activate, "ay"}},
     .optional = {major, ignorelockingfailure, reportformat, minor, noudevsync, autoactivation, background},
     .more = {word_string | word_pv, kMany}},
    {.id = id::cache_list_vg,
     .about = "Record that a PV is online and show its VG.",
     .required = {cache_update, listvg},
     .operands = {word_pv},
     .optional = {ignorelockingfailure, checkcomplete, vgonline, udevoutput, autoactivation}},
    {.id = id::cache_list_lvs,
     .about = "Record that a PV is online and list the volumes on it.",
     .required = {cache_update, listlvs},
     .operands = {word_pv},
     .optional = {ignorelockingfailure, checkcomplete, vgonline}},
    {.id = id::list_lvs, .about = "List the volumes that use a PV.", .required = {listlvs}, .operands = {word_pv}},
    {.id = id::list_vg, .about = "Show the VG of a PV.", .required = {listvg}, .operands = {word_pv}},
};

}  // namespace

constexpr CommandRow pvscan_row = {
    .name = "pvscan",
    .summary = "List physical volumes, or record which are online",
    .forms = kForms,
    .needs = {.global = LockMode::none,
              .vg = LockMode::exclusive,
              .live = scan::Live::table,
              .every_vg_when_none_named = true,
              .missing_pvs = true,
              .exported = true},
    .run = run_pvscan,
    .see_also = "lvm(8) pvcreate(8) pvchange(8) pvremove(8) pvresize(8) pvs(8)",
};
static_assert(well_formed(pvscan_row));

}  // namespace lvm::cli
