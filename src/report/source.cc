// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/source.h"

#include <algorithm>
#include <variant>

#include "report/kinds.h"
#include "segment/kind.h"

namespace lvm::report {
namespace {

const model::Vg& no_vg() {
  static const model::Vg vg = [] {
    model::Vg empty;
    empty.extent_size = Sectors(0);
    return empty;
  }();
  return vg;
}

// Volumes nest a few levels (cache over RAID over integrity); a longer chain is a loop in a broken text.
constexpr std::uint32_t kMaxDepth = 32;

}  // namespace

Source::Source(const Common& common, const world::VgView& view)
    : common_(&common), view_(&view), vg_(view.vg ? view.vg.get() : &no_vg()) {
  const auto& world = *common.world;
  pvs_.reserve(vg_->pvs.size());
  for (std::uint32_t i = 0; i < vg_->pvs.size(); ++i) {
    PvEntry entry;
    entry.pv = &vg_->pvs[i];
    entry.position = i;
    if (i < view.devices.size() && view.devices[i] && *view.devices[i] < world.pvs.size()) {
      entry.label = &world.pvs[*view.devices[i]];
      entry.device = &entry.label->device;
    }
    pvs_.push_back(entry);
  }
  lvs_.reserve(vg_->lvs.size());
  std::string uuid = "LVM-";
  uuid += vg_->id.plain();
  const auto prefix = uuid.size();
  for (std::uint32_t i = 0; i < vg_->lvs.size(); ++i) {
    LvEntry entry;
    entry.lv = &vg_->lvs[i];
    entry.position = i;
    if (!world.live.empty()) {
      uuid.resize(prefix);
      uuid += entry.lv->id.plain();
      entry.live = world.find_live(uuid);
    }
    lvs_.push_back(entry);
  }
}

Source::Source(const Common& common, std::vector<PvEntry> outside)
    : common_(&common), vg_(&no_vg()), pvs_(std::move(outside)) {}

bool Source::partial() const { return missing_pvs() != 0; }

std::uint32_t Source::missing_pvs() const {
  return static_cast<std::uint32_t>(
      std::count_if(pvs_.begin(), pvs_.end(), [](const PvEntry& pv) { return pv.missing(); }));
}

std::uint32_t Source::visible_lvs() const {
  return static_cast<std::uint32_t>(
      std::count_if(lvs_.begin(), lvs_.end(), [](const LvEntry& lv) { return lv.lv->visible(); }));
}

std::uint32_t Source::snapshots() const {
  return static_cast<std::uint32_t>(std::count_if(lvs_.begin(), lvs_.end(), [](const LvEntry& lv) {
    const KindReport* kind = kind_report(*lv.lv);
    return kind != nullptr && kind->copy_on_write_snapshot;
  }));
}

const model::Index& Source::index() const {
  if (!index_) index_.emplace(*vg_);
  return *index_;
}

std::string_view Source::path_of(const PvEntry& pv) const {
  if (pv.device != nullptr) return pv.device->path;
  return common_->settings->two_word_unknown ? "unknown device" : "[unknown]";
}

std::string_view Source::pv_path(PvId id) const {
  const auto position = index().pv_position(id);
  return path_of(position ? pvs_[*position] : PvEntry{});
}

void Source::collect_usage() const {
  if (usage_known_) return;
  usage_known_ = true;
  ranges_.resize(pvs_.size());
  allocated_.resize(pvs_.size());
  if (!in_vg()) return;
  const auto usage = model::pv_usage(*vg_);
  for (std::size_t i = 0; i < usage.size(); ++i) {
    const auto& pv = vg_->pvs[i];
    allocated_[i] = usage[i].allocated;
    auto& ranges = ranges_[i];
    Extents next;
    for (const auto& range : usage[i].ranges) {
      if (next < range.start) ranges.push_back({next, range.start - next, std::nullopt});
      ranges.push_back({range.start, range.count, range});
      next = std::max(next, range.end());
    }
    if (next < pv.pe_count) ranges.push_back({next, pv.pe_count - next, std::nullopt});
  }
}

Extents Source::allocated(const PvEntry& pv) const {
  collect_usage();
  return pv.pv == nullptr ? Extents() : allocated_[pv.position];
}

std::span<const PvRange> Source::ranges(const PvEntry& pv) const {
  collect_usage();
  if (pv.pv == nullptr) return {};
  return ranges_[pv.position];
}

Extents Source::extents() const {
  Extents sum;
  for (const auto& pv : vg_->pvs) sum += pv.pe_count;
  return sum;
}

Extents Source::free() const {
  collect_usage();
  Extents sum;
  for (std::size_t i = 0; i < vg_->pvs.size(); ++i)
    if (allocated_[i] < vg_->pvs[i].pe_count) sum += vg_->pvs[i].pe_count - allocated_[i];
  return sum;
}

bool Source::find_partial(std::uint32_t position, std::uint32_t depth) const {
  auto& known = partial_[position];
  if (known != 0) return known == 2;
  if (depth > kMaxDepth) return false;
  bool found = false;
  for (const auto& segment : vg_->lvs[position].segments) {
    for (const auto& area : segment::areas(segment)) {
      if (const auto* on_pv = std::get_if<model::PvArea>(&area)) {
        const auto pv = index().pv_position(on_pv->pv);
        found = found || !pv || pvs_[*pv].missing();
      } else {
        const auto lv = index().lv_position(std::get<model::LvArea>(area).lv);
        found = found || (lv && find_partial(*lv, depth + 1));
      }
    }
  }
  known = found ? 2 : 1;
  return found;
}

bool Source::partial(const LvEntry& lv) const {
  if (!in_vg() || lv.lv->segments.empty() || !partial()) return false;
  partial_.resize(lvs_.size());
  return find_partial(lv.position, 0);
}

void Source::collect_users() const {
  if (users_known_) return;
  users_known_ = true;
  users_.resize(lvs_.size());
  for (std::uint32_t lv = 0; lv < vg_->lvs.size(); ++lv) {
    const auto& segments = vg_->lvs[lv].segments;
    for (std::uint32_t s = 0; s < segments.size(); ++s) {
      const auto areas = segment::areas(segments[s]);
      for (std::uint32_t a = 0; a < areas.size(); ++a) {
        const auto* on_lv = std::get_if<model::LvArea>(&areas[a]);
        if (on_lv == nullptr) continue;
        const auto used = index().lv_position(on_lv->lv);
        if (used && !users_[*used]) users_[*used] = LvUser{lv, s, a};
      }
    }
  }
}

const LvUser* Source::user(const LvEntry& lv) const {
  if (lv.lv->segments.empty() || !in_vg()) return nullptr;
  collect_users();
  return users_[lv.position] ? &*users_[lv.position] : nullptr;
}

}  // namespace lvm::report
