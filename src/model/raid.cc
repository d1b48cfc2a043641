// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/raid.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/usable.h"

namespace lvm::model {

std::string Mirror::problem(Extents) const {
  if (areas.empty()) return "has no mirror images";
  if (extents_moved && areas.size() != 2) return "moves extents, but has not two areas";
  return {};
}

std::uint32_t Raid::copies() const {
  if (type == RaidType::raid1) return static_cast<std::uint32_t>(areas.size());
  if (!row().mirrored) return 1;
  constexpr std::uint32_t kUsual = 2;
  return std::max(data_copies, kUsual);
}

std::uint32_t images_with_data(const Raid& raid) {
  auto images = static_cast<std::uint32_t>(raid.areas.size());
  return images > raid.row().parity ? images - raid.row().parity : 1;
}

std::uint32_t Raid::data_stripes() const {
  return std::max(1U, images_with_data(*this) / (row().mirrored ? copies() : 1U));
}

Extents Raid::area_length(Extents count) const {
  if (areas.empty()) return {};
  std::uint64_t share = row().mirrored ? areas.size() : data_stripes();
  std::uint64_t total = row().mirrored ? count.n * copies() : count.n;
  return Extents((total + share - 1) / share);
}

std::string Raid::problem(Extents) const {
  if (areas.empty()) return "has no images";
  if (areas.size() <= row().parity)
    return fmt::format("has {} images, no more than {} needs for parity", areas.size(), row().name);
  std::size_t wanted = row().has_metadata ? areas.size() : 0;
  if (metadata.size() != wanted) return fmt::format("has {} metadata images instead of {}", metadata.size(), wanted);
  auto whole = [](const Area& area) {
    const auto* on_lv = std::get_if<LvArea>(&area);
    return on_lv != nullptr && !on_lv->start;
  };
  if (!std::ranges::all_of(areas, whole)) return "has an image that is not a whole logical volume";
  if (data_copies > areas.size()) return fmt::format("keeps {} copies on {} images", data_copies, areas.size());
  return {};
}

}  // namespace lvm::model
