// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/text.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "dm/target/row.h"

namespace lvm::dm {
namespace {

std::string_view take_word(std::string_view& rest) {
  auto begin = rest.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(begin);
  auto word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

// "major:minor", the number of a ByUuid asked of `resolve`.
Result<std::string> device_text(const DeviceRef& device, const ResolveDevice& resolve) {
  if (const auto* number = std::get_if<DeviceNumber>(&device)) return to_text(*number);
  const auto& uuid = std::get<ByUuid>(device).uuid;
  if (!resolve) return fail(Code::not_found, fmt::format("Device with UUID {} has no number yet.", uuid));
  auto number = TRY(resolve(uuid));
  return to_text(number);
}

// For eyes only.
Result<std::string> described_device(const DeviceRef& device) {
  if (const auto* number = std::get_if<DeviceNumber>(&device)) return to_text(*number);
  return fmt::format("<{}>", std::get<ByUuid>(device).uuid);
}

// Every device by its number; false when one has none.
bool number_devices(TargetBody& body, const NumberOf& number_of) {
  const TargetRow& row = target_row(body);
  if (row.devices == nullptr) return true;
  bool all = true;
  row.devices(body, [&](DeviceRef& device) {
    auto number = number_of(device);
    if (number)
      device = *number;
    else
      all = false;
  });
  return all;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<DeviceNumber> parse_device_number(std::string_view text) {
  constexpr std::uint64_t kLimit = std::numeric_limits<std::uint32_t>::max();
  auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto major = parse_number(text.substr(0, colon));
  auto minor = parse_number(text.substr(colon + 1));
  if (!major || !minor || *major > kLimit || *minor > kLimit) return std::nullopt;
  return DeviceNumber{static_cast<std::uint32_t>(*major), static_cast<std::uint32_t>(*minor)};
}

std::string to_text(DeviceNumber device) { return fmt::format("{}:{}", device.major, device.minor); }

Result<std::string> format_params(const TargetBody& body, const ResolveDevice& resolve) {
  return target_row(body).format(body, [&](const DeviceRef& device) { return device_text(device, resolve); });
}

Result<TargetBody> parse_params(std::string_view type, std::string_view params) {
  return target_row(type).parse(type, params);
}

Result<std::string> format_target(const Target& target, const ResolveDevice& resolve) {
  auto params = TRY(format_params(target.body, resolve));
  auto line = fmt::format("{} {} {}", target.start.n, target.length.n, target_type(target.body));
  if (!params.empty()) line += " " + params;
  return line;
}

Result<Target> parse_target(std::string_view line) {
  auto rest = line;
  auto start = parse_number(take_word(rest));
  auto length = parse_number(take_word(rest));
  if (!start || !length || *length == 0)
    return fail(Code::usage, fmt::format("Table line \"{}\": start and length in sectors expected.", line));
  auto type = take_word(rest);
  if (type.empty()) return fail(Code::usage, fmt::format("Table line \"{}\": target type missing.", line));
  auto begin = rest.find_first_not_of(" \t");
  auto params = begin == std::string_view::npos ? std::string_view() : rest.substr(begin);
  auto body = TRY(parse_params(type, params));
  return Target{Sectors(*start), Sectors(*length), std::move(body)};
}

Result<std::string> format_table(const Table& table, const ResolveDevice& resolve) {
  std::string text;
  for (const auto& target : table) {
    auto line = TRY(format_target(target, resolve));
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

Result<Table> parse_table(std::string_view text) {
  Table table;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    auto first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') continue;
    auto target = TRY(parse_target(line));
    auto expected = table_length(table);
    if (target.start != expected)
      return fail(Code::usage, fmt::format("Table line \"{}\": start {} leaves a gap or overlaps, {} expected.", line,
                                           target.start.n, expected.n));
    table.push_back(std::move(target));
  }
  return table;
}

std::vector<DeviceRef> devices_of(const TargetBody& body) {
  std::vector<DeviceRef> found;
  const TargetRow& row = target_row(body);
  if (row.devices == nullptr) return found;
  TargetBody copy = body;
  row.devices(copy, [&](DeviceRef& device) { found.push_back(std::move(device)); });
  return found;
}

bool same_target(const TargetBody& live, const TargetBody& wanted, const NumberOf& number_of) {
  if (live.index() != wanted.index()) return false;
  TargetBody first = live, second = wanted;
  if (!number_devices(first, number_of) || !number_devices(second, number_of)) return false;
  const TargetRow& row = target_row(live);
  return row.same != nullptr ? row.same(first, second) : first == second;
}

std::string describe_target(const Target& target) {
  auto text = fmt::format("{} {} {}", target.start.n, target.length.n, target_type(target.body));
  auto params = target_row(target.body).format(target.body, described_device);
  CHECK(params);
  if (!params->empty()) text += " " + *params;
  return text;
}

}  // namespace lvm::dm
