// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "COUNT CHUNK (DEVICE OFFSET)*COUNT": source kernel Documentation/admin-guide/device-mapper/striped.rst.
namespace lvm::dm {
namespace {

Result<std::string> format_striped(const StripedTarget& striped, const DeviceText& device) {
  auto text = fmt::format("{} {}", striped.legs.size(), striped.chunk.n);
  TRY(append_legs(text, striped.legs, device));
  return text;
}

Result<StripedTarget> parse_striped(Words& words) {
  auto count = TRY(words.count("number of stripes", 2));
  auto chunk = TRY(words.sectors("chunk size"));
  if (count == 0) return words.wrong("number of stripes is 0");
  auto legs = TRY(words.legs(count));
  return StripedTarget{chunk, std::move(legs)};
}

void devices_of(StripedTarget& striped, const DeviceVisitor& visit) {
  for (auto& leg : striped.legs) visit(leg.device);
}

}  // namespace

constinit const TargetRow kStripedRow = make_row<StripedTarget, format_striped, parse_striped, devices_of>("striped");

}  // namespace lvm::dm
