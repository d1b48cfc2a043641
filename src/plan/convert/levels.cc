// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/levels.h"

#include <fmt/format.h>

#include <algorithm>

#include "segment/kind.h"

namespace lvm::plan::convert {
namespace {

// Without second words for what is in it.
constexpr std::string_view kTypes[] = {"raid0",      "raid0_meta", "striped",    "raid1",    "raid10_near",
                                       "raid4",      "raid5_n",    "raid5_la",   "raid5_ls", "raid5_ra",
                                       "raid5_rs",   "raid6_nc",   "raid6_nr",   "raid6_zr", "raid6_la_6",
                                       "raid6_ls_6", "raid6_ra_6", "raid6_rs_6", "raid6_n_6"};
constexpr std::string_view kPlain[] = {"raid0", "raid0_meta", "striped"};
constexpr std::uint32_t kLeastOfRaid6 = 3;  // data stripes

bool is_raid5(std::string_view type) { return type.starts_with("raid5"); }
bool is_raid6(std::string_view type) { return type.starts_with("raid6"); }
bool is_raid10(std::string_view type) { return type.starts_with("raid10"); }
// One image of parity; behind the data, or in front of it for raid4.
bool has_parity_apart(std::string_view type) { return type == "raid4" || type == "raid5_n"; }
// The raid6 that is this raid5 with one more image.
std::string above(std::string_view raid5) { return fmt::format("raid6_{}_6", layout_word(raid5)); }

Next from_linear(std::string_view to) {
  if (is_plain(to)) return {.refusal = "Logical volume {} is already of requested type linear."};
  return {"raid1"};
}

Next from_plain(const Level& from, std::string_view to) {
  if (is_plain(to) || has_parity_apart(to) || is_raid10(to)) return {std::string(to)};
  if (is_raid6(to) && from.stripes >= kLeastOfRaid6) return {"raid6_n_6"};
  return {"raid5_n"};
}

Next from_raid1(const Level& from, std::string_view to) {
  if (to == "raid1") return {.refusal = "Logical volume {} already is type raid1."};
  if (from.images != 2) return {.refusal = "Convert raid1 LV {} to 2 images first."};
  if (to == "raid4" || is_raid5(to)) return {std::string(to)};
  return {is_raid6(to) ? "raid5_ls" : "raid5_n"};
}

Next from_one_parity(const Level& from, std::string_view to) {
  const bool pair = from.stripes == 1;
  if (to == "raid1" || to == "linear") return pair ? Next{"raid1"} : Next{.images_first = 2};
  if (is_raid6(to) && from.stripes < kLeastOfRaid6) return {.images_first = kLeastOfRaid6 + 1};
  // The parity of a raid4 is in front: only the raid5 next to it has it where a raid6 does.
  if (is_raid6(to)) return {from.name == "raid4" ? "raid5_n" : above(from.name)};
  if (is_raid5(to)) return {from.name == "raid4" ? "raid5_n" : std::string(to)};
  if (to == from.name) return {from.name};
  if (!has_parity_apart(from.name)) return {"raid5_n"};
  if (to == "raid4") return {"raid4"};
  if (pair) return {.type = from.name, .images_first = 3};
  return {is_plain(to) ? std::string(to) : "raid0_meta"};
}

Next from_two_parities(const Level& from, std::string_view to) {
  const std::string_view layout = layout_word(from.name);
  if (is_raid6(to)) return {std::string(to)};
  if (to == "raid1") return {layout == "ls" ? "raid5_ls" : "raid6_ls_6"};
  if (layout == "n") {
    if (is_plain(to)) return {std::string(to)};
    return {is_raid10(to) ? "raid0_meta" : "raid5_n"};
  }
  if (!is_raid5(to)) return {"raid6_n_6"};
  return {layout.empty() ? above(to) : fmt::format("raid5_{}", layout)};
}

Next from_raid10(std::string_view to) {
  if (to == "raid1") return {.refusal = "Convert raid10 LV {} to raid4/raid5 first."};
  return {is_plain(to) || is_raid10(to) ? std::string(to) : "raid0_meta"};
}

}  // namespace

Level level_of(const model::Lv& lv) {
  Level out{std::string(segment::type_name(lv.segments.front()))};
  if (const auto* raid = lv.as<model::Raid>()) {
    out.images = static_cast<std::uint32_t>(raid->areas.size());
    out.stripes = raid->type == model::RaidType::raid1 ? 1 : raid->data_stripes();
  } else if (const auto* mirror = lv.as<model::Mirror>()) {
    out.images = static_cast<std::uint32_t>(mirror->areas.size());
  } else if (const auto* striped = lv.as<model::Striped>()) {
    out.stripes = static_cast<std::uint32_t>(striped->areas.size());
  }
  return out;
}

Next next_level(const Level& from, std::string_view to) {
  if (from.name == "linear") return from_linear(to);
  if (is_plain(from.name)) return from_plain(from, to);
  if (from.name == "raid1") return from_raid1(from, to);
  if (from.name == "raid4" || is_raid5(from.name)) return from_one_parity(from, to);
  if (is_raid6(from.name)) return from_two_parities(from, to);
  if (is_raid10(from.name)) return from_raid10(to);
  return {.refusal = fmt::format("Unable to convert LV {{}} from {} to {}.", from.name, to)};
}

std::string directly_possible(std::string_view lv_name, const Level& from) {
  std::vector<std::string_view> types;
  for (std::string_view type : kTypes) {
    if (with_alias(type) == with_alias(from.name)) continue;
    const Next next = next_level(from, type);
    if (next.refusal.empty() && next.images_first == 0 && next.type == type) types.push_back(type);
  }
  if (from.name == "raid1" || from.name == "mirror") types.push_back(from.name == "raid1" ? "mirror" : "raid1");
  return fmt::format("Converting {} from {} is directly possible to the following layout{}:\n  {}", lv_name,
                     with_alias(from.name), types.size() == 1 ? "" : "s", fmt::join(types, "\n  "));
}

bool is_plain(std::string_view type) { return std::ranges::find(kPlain, type) != std::end(kPlain); }

std::string_view layout_word(std::string_view type) {
  if (type == "raid5") return "ls";
  const bool five = type.starts_with("raid5_"), six = type.starts_with("raid6_") && type.ends_with("_6");
  if (!five && !six) return {};
  type.remove_prefix(std::string_view("raid5_").size());
  if (six) type.remove_suffix(std::string_view("_6").size());
  return type;
}

std::string with_alias(std::string_view type) {
  constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
      {"raid5", "raid5_ls"}, {"raid6", "raid6_zr"}, {"raid10", "raid10_near"}};
  for (auto [one, other] : kAliases) {
    if (type == one) return fmt::format("{} (same as {})", one, other);
    if (type == other) return fmt::format("{} (same as {})", other, one);
  }
  return std::string(type);
}

}  // namespace lvm::plan::convert
