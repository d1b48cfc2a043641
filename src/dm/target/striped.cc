// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/target/words.h"

// "COUNT CHUNK (DEVICE OFFSET)*COUNT": source kernel Documentation/admin-guide/device-mapper/striped.rst.
namespace lvm::dm {
namespace {

Result<std::string> format_striped(const TargetBody& body, const ResolveDevice& resolve) {
  const auto& striped = std::get<StripedTarget>(body);
  auto text = fmt::format("{} {}", striped.legs.size(), striped.chunk.n);
  for (const auto& leg : striped.legs) {
    auto device = TRY(device_text(leg.device, resolve));
    text += fmt::format(" {} {}", device, leg.offset.n);
  }
  return text;
}

Result<TargetBody> parse_striped(std::string_view type, std::string_view params) {
  Words words(type, params);
  auto count = TRY(words.number("number of stripes"));
  auto chunk = TRY(words.number("chunk size"));
  // Two words a leg at least: a count that the text cannot hold must not make us reserve memory.
  if (count == 0 || count > params.size() / 2) return words.wrong("number of stripes does not fit");
  StripedTarget striped{Sectors(chunk), {}};
  for (std::uint64_t i = 0; i < count; ++i) {
    auto device = TRY(words.device());
    auto offset = TRY(words.number("offset"));
    striped.legs.push_back({device, Sectors(offset)});
  }
  TRY(words.end());
  return striped;
}

}  // namespace

const TargetRow kStripedRow = {"striped", format_striped, parse_striped};

}  // namespace lvm::dm
