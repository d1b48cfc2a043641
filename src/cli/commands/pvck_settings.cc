// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/pvck_settings.h"

#include <fmt/format.h>

#include <charconv>

namespace lvm::cli {
namespace {

using plan::PvSettings;

struct Key {
  std::string_view name;
  std::optional<Bytes> PvSettings::* member;
};
constexpr Key kKeys[] = {
    {"metadata_offset", &PvSettings::metadata_offset},
    {"mda_offset", &PvSettings::mda_offset},
    {"mda_size", &PvSettings::mda_size},
    {"mda2_offset", &PvSettings::mda2_offset},
    {"mda2_size", &PvSettings::mda2_size},
    {"device_size", &PvSettings::device_size},
    {"data_offset", &PvSettings::data_offset},
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

Result<> set(std::string_view key, std::string_view value, PvSettings& settings) {
  auto invalid = [&] { return fail(Code::refused, fmt::format("Invalid setting: {}", key)); };
  if (key == "pv_uuid") {
    settings.pv_id = PvId::parse(value);
    return settings.pv_id ? Result<>() : invalid();
  }
  auto count = number(value);
  if (!count) return invalid();
  if (key == "mda_num") {
    if (*count != 1 && *count != 2) return fail(Code::refused, "Invalid setting: mda_num is 1 or 2.");
    settings.mda_num = *count;
    return {};
  }
  for (const Key& known : kKeys) {
    if (known.name != key) continue;
    settings.*known.member = Bytes(*count);
    return {};
  }
  return invalid();
}

}  // namespace

Result<> add_pvck_settings(std::string_view text, PvSettings& settings) {
  constexpr std::string_view kBetween = " \t,";
  while (true) {
    std::size_t begin = text.find_first_not_of(kBetween);
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin);
    std::string_view word = text.substr(0, text.find_first_of(kBetween));
    text.remove_prefix(word.size());
    std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return fail(Code::refused, fmt::format("Invalid setting at: {}", word));
    TRY(set(word.substr(0, equals), word.substr(equals + 1), settings));
  }
}

Result<PvSettings> pvck_settings(const Arguments& arguments) {
  PvSettings out;
  for (const std::string& text : arguments.all(Opt::settings)) TRY(add_pvck_settings(text, out));
  if (auto copies = arguments.number(Opt::pvmetadatacopies)) out.mda_num = static_cast<std::uint64_t>(*copies);
  return out;
}

}  // namespace lvm::cli
