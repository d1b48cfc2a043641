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

Result<std::uint64_t> Words::number(std::string_view what, std::uint64_t most) {
  auto text = TRY(word(what));
  auto value = parse_number(text);
  if (!value) return wrong(fmt::format("{} is not a number", what));
  if (*value > most) return wrong(fmt::format("{} is too large", what));
  return *value;
}

Result<std::uint32_t> Words::number32(std::string_view what) {
  auto value = TRY(number(what, std::numeric_limits<std::uint32_t>::max()));
  return static_cast<std::uint32_t>(value);
}

Result<Sectors> Words::sectors(std::string_view what) {
  auto value = TRY(number(what));
  return Sectors(value);
}

Result<DeviceNumber> Words::device() {
  auto text = TRY(word("device"));
  auto device = parse_device_number(text);
  if (!device) return wrong("device is not MAJOR:MINOR");
  return *device;
}

Result<std::optional<DeviceRef>> Words::device_or_dash() {
  auto text = TRY(word("device"));
  if (text == "-") return std::optional<DeviceRef>();
  auto device = parse_device_number(text);
  if (!device) return wrong("device is neither MAJOR:MINOR nor -");
  return std::optional<DeviceRef>(*device);
}

Result<std::size_t> Words::count(std::string_view what, std::size_t words_each) {
  auto value = TRY(number(what));
  // A word takes two characters at least: a blank and one more.
  if (value > rest_.size() / 2 / words_each) return wrong(fmt::format("{} does not fit", what));
  return value;
}

Result<Usage> Words::usage(std::string_view what) {
  auto text = TRY(word(what));
  auto slash = text.find('/');
  auto used = parse_number(text.substr(0, slash));
  auto total = slash == std::string_view::npos ? std::nullopt : parse_number(text.substr(slash + 1));
  if (!used || !total) return wrong(fmt::format("{} is not USED/TOTAL", what));
  return Usage{*used, *total};
}

Result<std::optional<std::uint64_t>> Words::number_or_dash(std::string_view what) {
  auto text = TRY(word(what));
  if (text == "-") return std::optional<std::uint64_t>();
  auto value = parse_number(text);
  if (!value) return wrong(fmt::format("{} is neither a number nor -", what));
  return value;
}

Result<std::vector<std::pair<std::string, std::string>>> Words::pairs(std::string_view what) {
  auto words = TRY(count(what));
  if (words % 2 != 0) return wrong(fmt::format("{} is odd", what));
  std::vector<std::pair<std::string, std::string>> found;
  for (std::size_t i = 0; i < words; i += 2) {
    auto key = TRY(word("key"));
    auto value = TRY(word("value"));
    found.emplace_back(key, value);
  }
  return found;
}

Result<std::vector<LinearTarget>> Words::legs(std::size_t count) {
  std::vector<LinearTarget> found;
  for (std::size_t i = 0; i < count; ++i) {
    auto leg = TRY(device());
    auto offset = TRY(sectors("offset"));
    found.push_back({leg, offset});
  }
  return found;
}

bool Words::at_end() const { return rest_.find_first_not_of(' ') == std::string_view::npos; }

Result<> Words::end() const {
  if (!at_end()) return wrong("too many words");
  return {};
}

void append_pairs(std::string& text, const std::vector<std::pair<std::string, std::string>>& pairs) {
  for (const auto& [key, value] : pairs) text += fmt::format(" {} {}", key, value);
}

Result<> append_legs(std::string& text, const std::vector<LinearTarget>& legs, const DeviceText& device) {
  for (const auto& leg : legs) {
    auto name = TRY(device(leg.device));
    text += fmt::format(" {} {}", name, leg.offset.n);
  }
  return {};
}

Result<std::string> device_or_dash(const std::optional<DeviceRef>& ref, const DeviceText& device) {
  if (!ref) return std::string("-");
  return device(*ref);
}

std::size_t count_words(std::string_view text) {
  std::size_t count = 0;
  bool inside = false;
  for (char c : text) {
    if (c != ' ' && !inside) ++count;
    inside = c != ' ';
  }
  return count;
}

}  // namespace lvm::dm
