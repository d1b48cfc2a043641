// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/naming.h"

#include <fmt/format.h>

#include <array>

#include "activate/own_layer.h"
#include "model/names.h"

namespace lvm::activate {

std::string layer_uuid(const model::Vg& vg, const model::Lv& lv, std::string_view layer) {
  std::string uuid = "LVM-";
  uuid.reserve(4 + 2 * Uuid::kLength + 1 + layer.size());
  uuid += vg.id.plain();
  uuid += lv.id.plain();
  if (!layer.empty()) {
    uuid += '-';
    uuid += layer;
  }
  return uuid;
}

std::string filler_layer(std::size_t segment, std::size_t area) { return fmt::format("missing_{}_{}", segment, area); }

std::span<const std::string_view> known_layers() {
  static constexpr std::array<std::string_view, 15> kLayers = {"",      "pool",  "tpool",      "vpool",      "cow",
                                                               "real",  "cvol",  "cvol-cdata", "cvol-cmeta", "cdata",
                                                               "cmeta", "tdata", "tmeta",      "vdata",      "imeta"};
  return kLayers;
}

namespace {

struct PartSuffix {
  std::string_view name;  // the end of the LV's name
  std::string_view uuid;  // what its dm UUID ends with
};
constexpr std::array kPartSuffixes = {
    PartSuffix{"_corig", "real"},  PartSuffix{"_wcorig", "real"}, PartSuffix{"_cdata", "cdata"},
    PartSuffix{"_cmeta", "cmeta"}, PartSuffix{"_tdata", "tdata"}, PartSuffix{"_tmeta", "tmeta"},
    PartSuffix{"_vdata", "vdata"}, PartSuffix{"_cvol", "cvol"},
};

}  // namespace

// Hidden LVs have the names that LVM gives to parts; nobody else may use those.
std::string_view own_layer(const model::Lv& lv) {
  if (lv.as<model::ThinPool>()) return is_new_pool(lv) ? "tpool" : "pool";
  if (lv.as<model::VdoPool>()) return "pool";
  if (lv.visible() || lv.name.find('_') == std::string::npos) return {};
  for (const PartSuffix& suffix : kPartSuffixes)
    if (lv.name.ends_with(suffix.name)) return suffix.uuid;
  return {};
}

bool is_new_pool(const model::Lv& lv) {
  const auto* pool = lv.as<model::ThinPool>();
  return pool && pool->transaction_id == 0;
}

std::string top_uuid(const model::Vg& vg, const model::Lv& lv) { return layer_uuid(vg, lv, own_layer(lv)); }

std::optional<dm::NodeLink> link_of(const model::Vg& vg, const model::Lv& lv) {
  // udev's rules give it no link either.
  if (lv.as<model::ThinPool>() && !is_new_pool(lv)) return std::nullopt;
  if (!lv.visible() || lv.name.starts_with("pvmove") || lv.name.ends_with("_vorigin")) return std::nullopt;
  return dm::NodeLink{vg.name, lv.name};
}

dm::UdevFlags udev_flags(const model::Lv& lv, std::string_view layer, const config::Config& config,
                         const Options& options, bool low_priority) {
  using Flags = dm::UdevFlags;
  unsigned bits = 0;
  if (!config.flag("activation/verify_udev_operations")) bits |= Flags::disable_library_fallback;
  bool pool = lv.as<model::ThinPool>() || lv.as<model::VdoPool>();
  if (!layer.empty() || !lv.visible() || (pool && !is_new_pool(lv)))
    bits |= Flags::disable_subsystem_rules | Flags::disable_disk_rules | Flags::disable_other_rules;
  else if (pool || options.temporary || model::reserved_name_problem(lv.name))
    bits |= Flags::disable_disk_rules | Flags::disable_other_rules;
  if (low_priority) bits |= Flags::low_priority;
  if (options.noscan) bits |= Flags::subsystem_noscan;
  if (!config.flag("activation/udev_rules")) bits |= Flags::disable_dm_rules | Flags::disable_subsystem_rules;
  return Flags{static_cast<std::uint16_t>(bits)};
}

}  // namespace lvm::activate
