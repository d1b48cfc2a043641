// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "metadata/fields.h"
#include "metadata/keys.h"
#include "metadata/reader.h"
#include "metadata/words.h"

namespace lvm::metadata {

using segment::store;
using segment::wrong;

Result<> Reader::read_pvs(const Node& section) {
  if (!section.is_section()) return wrong(section, "is not a section");
  auto& pvs = out_.vg.pvs;
  pvs.reserve(section.child_count());
  pv_names_.reserve(section.child_count());
  pvs_by_name_.reset(section.child_count());
  for (Node child : section.children()) {
    if (!child.is_section()) return wrong(child, "is not a section");
    auto position = static_cast<std::uint32_t>(pv_names_.size());
    pv_names_.push_back(child.name());
    pvs_by_name_.insert(std::hash<std::string_view>()(child.name()), position,
                        [&](std::uint32_t other) { return pv_names_[other] == child.name(); });
    TRY(read_pv(child, pvs.emplace_back()));
  }
  return {};
}

Result<> Reader::read_pv(const Node& section, model::Pv& pv) {
  bool status = false, pe_start = false, pe_count = false, unknown = false;
  for (Node child : section.children()) {
    switch (kPvTable.find(child.name())) {
      case PvKey::id: TRY(read_id(child, pv.id)); break;
      case PvKey::device: TRY(read_string(child, pv.device_hint)); break;
      case PvKey::status:
        TRY(read_flags(child, WordList::status, pv.flags, pv.unknown_flags));
        status = true;
        break;
      case PvKey::flags: TRY(read_flags(child, WordList::compatible, pv.flags, pv.unknown_flags)); break;
      case PvKey::dev_size: TRY(segment::read_number(child, kMax63, pv.device_size)); break;
      case PvKey::pe_start:
        TRY(segment::read_number(child, kMax63, pv.pe_start));
        pe_start = true;
        break;
      case PvKey::pe_count:
        TRY(segment::read_number(child, kMax32, pv.pe_count));
        pe_count = true;
        break;
      case PvKey::tags: TRY(store(pv.tags, read_strings(child))); break;
      case PvKey::device_id_type: TRY(read_string(child, pv.device_id_type)); break;
      case PvKey::device_id: TRY(read_string(child, pv.device_id)); break;
      case PvKey::ba_start: TRY(segment::read_number(child, kMax63, pv.boot_start)); break;
      case PvKey::ba_size: TRY(segment::read_number(child, kMax63, pv.boot_size)); break;
      case PvKey::unknown: unknown = true; break;
    }
  }
  if (!pv.id) return wrong(section, "has no id");
  if (!status) return wrong(section, "has no status");
  if (!pe_start) return wrong(section, "has no pe_start");
  if (!pe_count) return wrong(section, "has no pe_count");
  if (unknown)
    pv.unknown_keys =
        keep_unknown(section, [](const Node& node) { return kPvTable.find(node.name()) != PvKey::unknown; });
  return {};
}

std::optional<PvId> Reader::pv_id(std::string_view name) const {
  // Writers number them: "pv3" is the fourth. Other names are as good.
  std::size_t number = 0;
  auto [end, error] =
      std::from_chars(name.data() + std::min<std::size_t>(name.size(), 2), name.data() + name.size(), number);
  if (error == std::errc() && number < pv_names_.size() && pv_names_[number] == name) return out_.vg.pvs[number].id;
  auto at = pvs_by_name_.find(std::hash<std::string_view>()(name),
                              [&](std::uint32_t position) { return pv_names_[position] == name; });
  if (at == model::PositionTable::kNone) return std::nullopt;
  return out_.vg.pvs[at].id;
}

}  // namespace lvm::metadata
