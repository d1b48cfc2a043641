// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

using enum Opt;
using enum Signs;

namespace id = form::pvck;

constexpr Form kForms[] = {
    {.id = id::check, .about = "Check the label and the metadata areas of devices.", .operands = {{word_pv, kMany}}},
    {.id = id::dump,
     .about = "Print what stands on a device, field by field.",
     .required = {dump},
     .operands = {word_pv},
     .optional = {file, settings, pvmetadatacopies}},
    {.id = id::repair_type,
     .about = "Repair one part of what LVM keeps on a device.",
     .required = {repairtype},
     .operands = {word_pv},
     .optional = {file, settings}},
    {.id = id::repair,
     .about = "Repair label, PV header, metadata area header and metadata.",
     .required = {repairheaders, file},
     .operands = {word_pv},
     .optional = {settings}},
};

}  // namespace

constexpr CommandRow pvck_row = {
    .name = "pvck",
    .summary = "Check and repair the metadata of physical volumes",
    .details =
        "--dump prints headers, the metadata in force, all texts that are still in the metadata area, or saves "
        "the whole area to a file. When the headers are damaged, metadata_search finds texts without them.\n\n"
        "--repair writes the headers and the metadata of a PV anew from a file: one made by --dump of another PV "
        "of the VG, or a backup. When the name of the device does not say which PV of the VG it was, "
        "--settings \"pv_uuid=ID\" must.",
    .forms = kForms,
    .common = {labelsector},
    .needs = {.global = LockMode::exclusive, .live = scan::Live::none, .all_devices = true},
    .run = run_pvck,
    .see_also = "lvm(8) pvs(8) pvcreate(8) vgck(8) vgcfgrestore(8)",
};
static_assert(well_formed(pvck_row));

}  // namespace lvm::cli
