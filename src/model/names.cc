// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace lvm::model {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <class Allowed>
constexpr std::array<bool, 256> character_set(Allowed allowed) {
  std::array<bool, 256> set{};
  for (int c = 0; c < 256; ++c) set[static_cast<std::size_t>(c)] = allowed(static_cast<char>(c));
  return set;
}
constexpr auto in(std::string_view extra) {
  return [extra](char c) { return is_alphanumeric(c) || (c != '\0' && extra.find(c) != std::string_view::npos); };
}
constexpr auto kNameCharacters = character_set(in("._+-"));
constexpr auto kTagCharacters = character_set(in("._+-/=!:&#"));

bool all_in(std::string_view text, const std::array<bool, 256>& set) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

constexpr std::array<std::string_view, 2> kReservedPrefixes = {"pvmove", "snapshot"};
constexpr std::array<std::string_view, 17> kReservedParts = {
    "_cdata", "_cmeta", "_corig", "_cpool", "_cvol",  "_wcorig", "_mimage",  "_mlog",   "_rimage",
    "_rmeta", "_tdata", "_tmeta", "_vdata", "_imeta", "_iorig",  "_pmspare", "_vorigin"};

constexpr std::array kSubLvNames = {
    SubLvName{"_rimage_", true, "raid data image"},
    SubLvName{"_rmeta_", true, "raid metadata image"},
    SubLvName{"_mimage_", true, "mirror image"},
    SubLvName{"_mlog", false, "mirror log"},
    SubLvName{"_mimagetmp_", true, "temporary mirror layer"},
    SubLvName{"_mlogtmp_", true, "temporary mirror log"},
    SubLvName{"_tdata", false, "thin pool data"},
    SubLvName{"_tmeta", false, "thin pool metadata"},
    SubLvName{"_cdata", false, "cache pool data"},
    SubLvName{"_cmeta", false, "cache pool metadata"},
    SubLvName{"_corig", false, "cached origin"},
    SubLvName{"_cpool", false, "cache pool in use"},
    SubLvName{"_cvol", false, "cache volume"},
    SubLvName{"_wcorig", false, "writecache origin"},
    SubLvName{"_iorig", false, "origin with integrity"},
    SubLvName{"_imeta", false, "integrity metadata"},
    SubLvName{"_vdata", false, "VDO pool data"},
    SubLvName{"_pmspare", false, "spare pool metadata"},
    SubLvName{"_vorigin", false, "virtual snapshot origin"},
    SubLvName{"_extracted", false, "detached image"},
};

// What follows the last `kind.suffix` of `name` must be its number, or nothing.
std::optional<SplitSubLvName> split_as(std::string_view name, const SubLvName& kind) {
  auto at = name.rfind(kind.suffix);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  std::string_view rest = name.substr(at + kind.suffix.size());
  SplitSubLvName split{name.substr(0, at), &kind, std::nullopt};
  if (!kind.numbered) return rest.empty() ? std::optional(split) : std::nullopt;
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
  split.number = number;
  return split;
}

// The number right behind the prefix, whatever follows it.
std::optional<std::uint32_t> number_after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  std::uint32_t number = 0;
  auto digits = name.substr(prefix.size());
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

std::size_t doubled_length(std::string_view name) {
  return name.size() + static_cast<std::size_t>(std::count(name.begin(), name.end(), '-'));
}

}  // namespace

NameProblem find_name_problem(std::string_view name) {
  if (name.empty()) return NameProblem::empty;
  if (name[0] == '-') return NameProblem::hyphen;
  if (name == "." || name == "..") return NameProblem::dots;
  if (!all_in(name, kNameCharacters)) return NameProblem::character;
  if (name.size() > kMaxNameLength) return NameProblem::too_long;
  return NameProblem::none;
}

std::string_view describe(NameProblem problem) {
  switch (problem) {
    case NameProblem::none: return {};
    case NameProblem::empty: return "Name is zero length.";
    case NameProblem::hyphen: return "Name cannot start with hyphen.";
    case NameProblem::dots: return "Name starts with . or .. and has no following character(s).";
    case NameProblem::character: return "Name contains invalid character, valid set includes: [a-zA-Z0-9.-_+].";
    case NameProblem::too_long: return "Name length exceeds maximum limit of 127.";
  }
  return {};
}

bool is_pool_spare(const Lv& lv) { return !lv.visible() && lv.name.ends_with("_pmspare"); }

Result<> check_new_vg_name(std::string_view name) {
  auto problem = find_name_problem(name);
  if (problem == NameProblem::none) return {};
  auto failed = fail(Code::usage, fmt::format("New volume group name \"{}\" is invalid.", name));
  failed.error().add_context(std::string(describe(problem)));
  return failed;
}

std::optional<std::string> reserved_name_problem(std::string_view name) {
  constexpr std::string_view kAdvice = "are reserved. Please choose a different LV name.";
  for (std::string_view prefix : kReservedPrefixes)
    if (name.starts_with(prefix)) return fmt::format("Names starting \"{}\" {}", prefix, kAdvice);
  if (name.find('_') == std::string_view::npos) return std::nullopt;
  for (std::string_view part : kReservedParts)
    if (name.find(part) != std::string_view::npos) return fmt::format("Names including \"{}\" {}", part, kAdvice);
  return std::nullopt;
}

Result<> check_new_lv_name(std::string_view name) {
  auto problem = find_name_problem(name);
  if (problem != NameProblem::none) {
    auto failed = fail(Code::usage, fmt::format("Logical volume name \"{}\" is invalid.", name));
    failed.error().add_context(std::string(describe(problem)));
    return failed;
  }
  if (auto reserved = reserved_name_problem(name)) return fail(Code::usage, std::move(*reserved));
  return {};
}

// LVM keeps 3 bytes beside both names: the separator, and room that its own buffers need.
std::size_t max_lv_name_length(std::string_view vg) {
  constexpr std::size_t kBoth = kMaxNameLength - 3;
  return vg.size() < kBoth ? kBoth - vg.size() : 0;
}

Result<> check_name_lengths(std::string_view vg, std::string_view lv) {
  if (lv.size() > max_lv_name_length(vg))
    return fail(Code::usage, fmt::format("New logical volume name \"{}\" may not exceed {} characters.", lv,
                                         max_lv_name_length(vg)));
  if (doubled_length(vg) + 1 + doubled_length(lv) > kMaxNameLength)
    return fail(Code::usage,
                fmt::format("Logical volume name \"{}/{}\" is too long for a device name, in which every hyphen counts "
                            "twice. Choose a shorter name.",
                            vg, lv));
  return {};
}

bool is_valid_tag(std::string_view tag) { return !tag.empty() && all_in(tag, kTagCharacters); }

std::string clean_system_id(std::string_view text) {
  constexpr std::size_t kMaxLength = 128;
  std::string id;
  for (char c : text) {
    if (id.size() == kMaxLength) break;
    if (id.empty() ? is_alphanumeric(c) : kNameCharacters[static_cast<unsigned char>(c)]) id += c;
  }
  return id;
}

std::string next_lv_name(const Vg& vg, std::string_view prefix) {
  constexpr std::uint32_t kLast = std::numeric_limits<std::uint32_t>::max();
  std::optional<std::uint32_t> highest;
  for (const Lv& lv : vg.lvs)
    if (auto number = number_after(lv.name, prefix); number && (!highest || *number > *highest)) highest = number;
  if (!highest) return fmt::format("{}0", prefix);
  if (*highest != kLast) return fmt::format("{}{}", prefix, *highest + 1);
  for (std::uint32_t number = 0;; ++number)
    if (auto name = fmt::format("{}{}", prefix, number); !vg.find_lv(name)) return name;
}

std::span<const SubLvName> sub_lv_names() { return kSubLvNames; }

std::optional<SplitSubLvName> split_sub_lv_name(std::string_view name) {
  std::optional<SplitSubLvName> outermost;
  for (const SubLvName& kind : kSubLvNames) {
    auto split = split_as(name, kind);
    if (split && (!outermost || split->parent.size() > outermost->parent.size())) outermost = split;
  }
  return outermost;
}

std::optional<std::string> rename_sub_lv(std::string_view name, std::string_view old_owner,
                                         std::string_view new_owner) {
  if (!name.starts_with(old_owner)) return std::nullopt;
  std::string_view rest = name.substr(old_owner.size());
  if (!rest.starts_with('_')) return std::nullopt;
  return fmt::format("{}{}", new_owner, rest);
}

}  // namespace lvm::model
