// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dm/types.h"

// A target is one file here and one row: its name in the kernel and its parameter text.
namespace lvm::dm {

// The number of a device that a table names by dm UUID.
using ResolveDevice = std::function<Result<DeviceNumber>(std::string_view uuid)>;

struct TargetRow {
  std::string_view name;  // empty for OtherTarget: the value carries it
  Result<std::string> (*format)(const TargetBody& body, const ResolveDevice& resolve);
  // Strict: what the kernel would not print is an error.
  Result<TargetBody> (*parse)(std::string_view type, std::string_view params);
};

extern const TargetRow kLinearRow, kStripedRow, kErrorRow, kZeroRow, kOtherRow;

// In the order of TargetBody's alternatives.
std::span<const TargetRow* const> target_rows();
const TargetRow& target_row(const TargetBody& body);
// The row of a target's type; kOtherRow for one this program does not know.
const TargetRow& target_row(std::string_view type);

}  // namespace lvm::dm
