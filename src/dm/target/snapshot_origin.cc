// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/target/words.h"

// "DEVICE": source kernel Documentation/admin-guide/device-mapper/snapshot.rst.
namespace lvm::dm {
namespace {

Result<std::string> format_origin(const SnapshotOriginTarget& origin, const DeviceText& device) {
  return device(origin.device);
}

Result<SnapshotOriginTarget> parse_origin(Words& words) {
  auto device = TRY(words.device());
  return SnapshotOriginTarget{device};
}

void devices_of(SnapshotOriginTarget& origin, const DeviceVisitor& visit) { visit(origin.device); }

}  // namespace

constinit const TargetRow kSnapshotOriginRow =
    make_row<SnapshotOriginTarget, format_origin, parse_origin, devices_of>("snapshot-origin");

}  // namespace lvm::dm
