// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/source.h"

#include <algorithm>
#include <array>
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

// Suffixes of dm UUIDs (facts: names).
constexpr std::array<std::string_view, 9> kSuffixes = {"real",  "pool",  "tdata", "tmeta", "cvol",
                                                       "cdata", "cmeta", "vdata", "imeta"};

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
  for (std::uint32_t i = 0; i < vg_->lvs.size(); ++i) {
    LvEntry entry;
    entry.lv = &vg_->lvs[i];
    entry.position = i;
    if (!world.live.empty()) find_devices(entry);
    lvs_.push_back(entry);
  }
  if (!world.live.empty()) find_merges();
  history_ = metadata::read_history(vg_->historical);
  if (common.history) add_gone();
}

// While a snapshot is merged, its state is that of the origin's device; its own has nothing to show.
void Source::find_merges() {
  for (const model::Lv& lv : vg_->lvs) {
    const auto* snapshot = lv.as<model::Snapshot>();
    if (snapshot == nullptr || !snapshot->merging) continue;
    const auto origin = index().lv_position(snapshot->origin), store = index().lv_position(snapshot->store);
    if (!origin || !store || lvs_[*origin].live == nullptr) continue;
    const bool runs = std::ranges::any_of(lvs_[*origin].live->status, [](const dm::Status& status) {
      return std::holds_alternative<dm::SnapshotStatus>(status.body);
    });
    if (!runs) continue;
    lvs_[*store].live = lvs_[*store].status = lvs_[*origin].live;
  }
}

void Source::add_gone() {
  gone_lvs_.reserve(history_.size());
  for (const metadata::HistoricalLv& gone : history_) {
    model::Lv& lv = gone_lvs_.emplace_back();
    lv.name = gone.name;
    lv.flags.set(model::LvFlag::visible);
    lv.creation_time = gone.creation_time;
    LvEntry entry;
    entry.lv = &lv;
    entry.gone = &gone;
    gone_.push_back(entry);
  }
}

// Whether a device has a layer's name: a dash of the volume's own would be doubled.
static bool is_named(std::string_view device, std::string_view layer) {
  if (!device.ends_with(layer)) return false;
  device.remove_suffix(layer.size());
  return device.ends_with('-') && !device.ends_with("--");
}

Source::Source(const Common& common, std::vector<PvEntry> outside)
    : common_(&common), vg_(&no_vg()), pvs_(std::move(outside)) {}

void Source::find_devices(LvEntry& entry) const {
  entry.top = layer(entry, {});
  const KindReport* kind = kind_report(*entry.lv);
  // Parts of other volumes, and pools, have a suffix: the newer LVM2, the more of them.
  const bool suffixed = !entry.lv->visible() || (kind != nullptr && kind->private_role);
  for (std::size_t i = 0; i < kSuffixes.size() && entry.top == nullptr && suffixed; ++i)
    entry.top = layer(entry, kSuffixes[i]);
  // A pool that was never used has the layer alone, under its own name; one whose own device is gone, but not those of
  // its volumes, counts as inactive, and still has a status.
  const bool layered = kind != nullptr && !kind->live_layer.empty();
  const auto* state = layered ? layer(entry, kind->live_layer) : nullptr;
  if (entry.top == nullptr && state != nullptr && !is_named(state->info.name, kind->live_layer)) entry.top = state;
  entry.status = state != nullptr && common_->layers ? state : entry.top;
  entry.live = entry.top != nullptr ? entry.status : nullptr;
}

const world::LiveDevice* Source::layer(const LvEntry& lv, std::string_view name) const {
  std::string uuid = "LVM-";
  uuid += vg_->id.plain();
  uuid += lv.lv->id.plain();
  if (!name.empty()) {
    uuid += '-';
    uuid += name;
  }
  return common_->world->find_live(uuid);
}

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
  if (free_) return *free_;
  const auto allocated = model::allocated_extents(*vg_);
  free_.emplace();
  for (std::size_t i = 0; i < vg_->pvs.size(); ++i)
    if (allocated[i] < vg_->pvs[i].pe_count) *free_ += vg_->pvs[i].pe_count - allocated[i];
  return *free_;
}

bool Source::find_partial(std::uint32_t position, std::uint32_t depth) const {
  auto& known = partial_[position];
  if (known != 0) return known == 2;
  if (depth > kMaxDepth) return false;
  bool found = false;
  for (const auto& segment : vg_->lvs[position].segments) {
    for (const auto& area : segment::areas(segment)) {
      const auto* on_pv = std::get_if<model::PvArea>(&area);
      if (on_pv == nullptr) continue;
      const auto pv = index().pv_position(on_pv->pv);
      found = found || !pv || pvs_[*pv].missing();
    }
  }
  for (const LvUser& use : uses_at(position))
    if (use.bond() == model::Bond::part || use.bond() == model::Bond::base)
      found = found || find_partial(use.used, depth + 1);
  // An origin comes up with its snapshots, or not at all.
  for (const LvUser& user : users_at(position))
    if (user.role == model::Role::snapshot_origin)
      for (const LvUser& use : uses_at(user.user))
        if (use.role == model::Role::snapshot_store) found = found || find_partial(use.used, depth + 1);
  known = found ? 2 : 1;
  return found;
}

bool Source::partial(const LvEntry& lv) const {
  if (!in_vg() || lv.lv->segments.empty() || !partial()) return false;
  partial_.resize(lvs_.size());
  return find_partial(lv.position, 0);
}

const model::Relations& Source::relations() const {
  if (!relations_) relations_.emplace(*vg_);
  return *relations_;
}

std::span<const LvUser> Source::users(const LvEntry& lv) const {
  if (lv.lv->segments.empty() || !in_vg()) return {};
  return users_at(lv.position);
}

const LvUser* Source::user(const LvEntry& lv) const {
  if (lv.lv->segments.empty() || !in_vg()) return nullptr;
  return relations().part_of(lv.position);
}

}  // namespace lvm::report
