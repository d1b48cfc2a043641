// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dm/status.h"
#include "dm/types.h"

// A target is one file here and one row: its name in the kernel and its parameter text.
namespace lvm::dm {

// How a device is written into a parameter text.
using DeviceText = std::function<Result<std::string>(const DeviceRef& device)>;
using DeviceVisitor = std::function<void(DeviceRef& device)>;

struct TargetRow {
  std::string_view name;  // empty for OtherTarget: the value carries it
  Result<std::string> (*format)(const TargetBody& body, const DeviceText& device);
  // Strict: what the kernel would not print is an error.
  Result<TargetBody> (*parse)(std::string_view type, std::string_view params);
  // Every device the value names, in the order of the text. Null: it names none.
  void (*devices)(TargetBody& body, const DeviceVisitor& visit) = nullptr;
  // Whether the table that the kernel prints (`live`) is what loading `wanted` gives, where it does not print
  // all that was loaded, or more than that. Both name their devices in the same way. Null: when they are equal.
  bool (*same)(const TargetBody& live, const TargetBody& wanted) = nullptr;
  // Null: the target's status says nothing that is of use.
  Result<StatusBody> (*status)(std::string_view type, std::string_view params) = nullptr;
};

extern const TargetRow kLinearRow, kStripedRow, kErrorRow, kZeroRow, kMirrorRow, kRaidRow, kSnapshotRow,
    kSnapshotMergeRow, kSnapshotOriginRow, kThinPoolRow, kThinRow, kCacheRow, kWritecacheRow, kIntegrityRow, kVdoRow,
    kOtherRow;

// In the order of TargetBody's alternatives.
std::span<const TargetRow* const> target_rows();
const TargetRow& target_row(const TargetBody& body);
// The row of a target's type; kOtherRow for one this program does not know.
const TargetRow& target_row(std::string_view type);

}  // namespace lvm::dm
