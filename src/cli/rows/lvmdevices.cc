// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;

namespace id = form::lvmdevices;

constexpr Form kForms[] = {
    {.id = id::list, .about = "Show what the devices file lists."},
    {.id = id::check, .about = "Say what in it is no longer so.", .required = {check}, .optional = {refresh}},
    {.id = id::update,
     .about = "Write down what has changed.",
     .required = {update},
     .optional = {delnotfound, refresh, force_long}},
    {.id = id::add_device, .about = "Add a device.", .required = {adddev}, .optional = {deviceidtype}},
    {.id = id::delete_device, .about = "Remove a device.", .required = {deldev}, .optional = {deviceidtype}},
    {.id = id::add_pv,
     .about = "Find the device of a PV, and add it.",
     .required = {addpvid},
     .optional = {deviceidtype}},
    {.id = id::delete_pv, .about = "Remove the device of a PV.", .required = {delpvid}},
    {.id = id::add_id, .about = "Add the device with an id.", .required = {addid, deviceidtype}},
    {.id = id::delete_id, .about = "Remove the entry of an id.", .required = {delid, deviceidtype}},
    {.id = id::list_ids, .about = "Show the ids of a device.", .required = {listids}, .optional = {deviceidtype}},
};

}  // namespace

constexpr CommandRow lvmdevices_row = {
    .name = "lvmdevices",
    .summary = "Manage the devices file",
    .details =
        "With devices/use_devicesfile LVM uses only the devices that a file in /etc/lvm/devices lists: by ids that "
        "stay "
        "when names change, such as a WWID, a serial number, or the uuid of what a device-mapper device stands on. "
        "pvcreate, vgcreate and vgextend add what they use; vgimportdevices adds the devices of VGs that are there."
        "\n\n"
        "Each write counts up the version of the file and leaves a backup in /etc/lvm/devices/backup.",
    .forms = kForms,
    .needs = {.live = scan::Live::none},
    .run = run_lvmdevices,
    .see_also = "lvm(8) vgimportdevices(8) pvs(8) pvcreate(8)",
};
static_assert(well_formed(lvmdevices_row));

}  // namespace lvm::cli
