// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "DEVICE OFFSET": source kernel Documentation/admin-guide/device-mapper/linear.rst.
namespace lvm::dm {
namespace {

Result<std::string> format_linear(const LinearTarget& linear, const DeviceText& device) {
  auto name = TRY(device(linear.device));
  return fmt::format("{} {}", name, linear.offset.n);
}

Result<LinearTarget> parse_linear(Words& words) {
  auto device = TRY(words.device());
  auto offset = TRY(words.sectors("offset"));
  return LinearTarget{device, offset};
}

void devices_of(LinearTarget& linear, const DeviceVisitor& visit) { visit(linear.device); }

}  // namespace

constinit const TargetRow kLinearRow = make_row<LinearTarget, format_linear, parse_linear, devices_of>("linear");

}  // namespace lvm::dm
