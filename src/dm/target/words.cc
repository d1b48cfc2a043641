// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/target/words.h"

#include <fmt/format.h>

#include "dm/text.h"

namespace lvm::dm {
std::unexpected<Error> Words::wrong(std::string_view what) const {
  return fail(Code::corrupt, fmt::format("Device-mapper target {} \"{}\": {}.", type_, params_, what));
}

Result<std::string_view> Words::word(std::string_view what) {
  auto begin = rest_.find_first_not_of(' ');
  if (begin == std::string_view::npos) return wrong(fmt::format("{} is missing", what));
  rest_.remove_prefix(begin);
  auto found = rest_.substr(0, rest_.find(' '));
  rest_.remove_prefix(found.size());
  return found;
}

Result<std::uint64_t> Words::number(std::string_view what) {
  auto text = TRY(word(what));
  auto value = parse_number(text);
  if (!value) return wrong(fmt::format("{} is not a number", what));
  return *value;
}

Result<DeviceNumber> Words::device() {
  auto text = TRY(word("device"));
  auto device = parse_device_number(text);
  if (!device) return wrong("device is not MAJOR:MINOR");
  return *device;
}

Result<> Words::end() {
  if (rest_.find_first_not_of(' ') != std::string_view::npos) return wrong("too many words");
  return {};
}

Result<std::string> device_text(const DeviceRef& device, const ResolveDevice& resolve) {
  if (const auto* number = std::get_if<DeviceNumber>(&device)) return to_text(*number);
  const auto& uuid = std::get<ByUuid>(device).uuid;
  if (!resolve) return fail(Code::not_found, fmt::format("Device with UUID {} has no number yet.", uuid));
  auto number = TRY(resolve(uuid));
  return to_text(number);
}

}  // namespace lvm::dm
