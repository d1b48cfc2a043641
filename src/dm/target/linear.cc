// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "DEVICE OFFSET": source kernel Documentation/admin-guide/device-mapper/linear.rst.
namespace lvm::dm {
namespace {

Result<std::string> format_linear(const TargetBody& body, const ResolveDevice& resolve) {
  const auto& linear = std::get<LinearTarget>(body);
  auto device = TRY(device_text(linear.device, resolve));
  return fmt::format("{} {}", device, linear.offset.n);
}

Result<TargetBody> parse_linear(std::string_view type, std::string_view params) {
  Words words(type, params);
  auto device = TRY(words.device());
  auto offset = TRY(words.number("offset"));
  TRY(words.end());
  return LinearTarget{device, Sectors(offset)};
}

}  // namespace

const TargetRow kLinearRow = {"linear", format_linear, parse_linear};

}  // namespace lvm::dm
