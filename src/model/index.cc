// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "model/usable.h"

namespace lvm::model {
namespace {

using IdWords = std::array<std::uint64_t, 4>;
template <class Tag>
IdWords words_of(const Id<Tag>& id) {
  IdWords words;
  static_assert(sizeof words == Uuid::kLength);
  std::memcpy(words.data(), id.uuid.chars.data(), sizeof words);
  return words;
}
// Where one id is compared with few, a call of memcmp would cost more.
template <class Tag>
bool same(const Id<Tag>& one, const Id<Tag>& other) {
  IdWords a = words_of(one), b = words_of(other);
  return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
}

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ull;
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * kMultiplier;
  return hash ^ hash >> 29;
}

// All 32 characters: ids of test images and hand-made texts may differ in a few of them only.
template <class Tag>
std::size_t hash_of(const Id<Tag>& id) {
  std::uint64_t hash = 0;
  for (std::uint64_t word : words_of(id)) hash = mix(hash, word);
  return hash;
}
std::size_t hash_of(std::string_view name) {
  std::uint64_t hash = name.size(), word = 0;
  const char* at = name.data();
  for (; name.size() > sizeof word; at += sizeof word, name.remove_prefix(sizeof word)) {
    std::memcpy(&word, at, sizeof word);
    hash = mix(hash, word);
  }
  word = 0;
  for (char c : name) word = word << 8 | static_cast<unsigned char>(c);
  return mix(hash, word);
}

std::optional<std::uint32_t> as_optional(std::uint32_t position) {
  if (position == PositionTable::kNone) return std::nullopt;
  return position;
}

// Calls visit(position of the PV, run) for every run of extents that segments own, in the order of the LVs.
template <class Visit>
void for_each_run(const Vg& vg, Visit visit) {
  PvIndex pvs(vg);
  for (std::uint32_t l = 0; l < vg.lvs.size(); ++l) {
    const auto& segments = vg.lvs[l].segments;
    for (std::uint32_t s = 0; s < segments.size(); ++s) {
      const Segment& segment = segments[s];
      auto legs = areas(segment.body);
      if (legs.empty()) continue;
      Extents length = area_length(segment);
      bool certain = !is_unknown(segment);
      for (std::uint32_t a = 0; a < legs.size(); ++a) {
        const auto* leg = std::get_if<PvArea>(&legs[a]);
        if (!leg) continue;
        auto at = pvs.position(leg->pv);
        if (!at) continue;
        Allocated run{leg->start, length, l, s, a, certain};
        if (!certain) {  // a guess must stay inside the PV
          Extents size = vg.pvs[*at].pe_count;
          if (run.start >= size) continue;
          run.count = std::min(run.count, size - run.start);
        }
        visit(*at, run);
      }
    }
  }
}

// Where the text of a VG is in order, so are its allocations, mostly: sorting is then a check.
void sort_and_count(PvUsage& usage) {
  auto before = [](const Allocated& a, const Allocated& b) { return a.start < b.start; };
  if (!std::is_sorted(usage.ranges.begin(), usage.ranges.end(), before))
    std::stable_sort(usage.ranges.begin(), usage.ranges.end(), before);
  Extents covered_to;
  for (const Allocated& range : usage.ranges) {
    if (range.end() <= covered_to) continue;
    usage.allocated += range.end() - std::max(range.start, covered_to);
    covered_to = range.end();
  }
}

}  // namespace

void PositionTable::reset(std::size_t count) {
  slots_.assign(std::bit_ceil(std::max<std::size_t>(count * 2, 4)), kNone);
  mask_ = slots_.size() - 1;
}

PvIndex::PvIndex(const Vg& vg) : vg_(&vg) {
  by_id_.reset(vg.pvs.size());
  for (std::uint32_t i = 0; i < vg.pvs.size(); ++i)
    if (!by_id_.insert(hash_of(vg.pvs[i].id), i, [&](std::uint32_t p) { return vg.pvs[p].id == vg.pvs[i].id; }))
      duplicates_ = true;
}

std::optional<std::uint32_t> PvIndex::position(PvId id) const {
  // A few are compared sooner than one is hashed.
  constexpr std::size_t kFew = 4;
  if (vg_->pvs.size() <= kFew) {
    for (std::uint32_t p = 0; p < vg_->pvs.size(); ++p)
      if (same(vg_->pvs[p].id, id)) return p;
    return std::nullopt;
  }
  return as_optional(by_id_.find(hash_of(id), [&](std::uint32_t p) { return vg_->pvs[p].id == id; }));
}

const Pv* PvIndex::find(PvId id) const {
  auto at = position(id);
  return at ? &vg_->pvs[*at] : nullptr;
}

Index::Index(const Vg& vg) : vg_(&vg), pvs_(vg) {
  by_id_.reset(vg.lvs.size());
  by_name_.reset(vg.lvs.size());
  for (std::uint32_t i = 0; i < vg.lvs.size(); ++i) {
    const Lv& lv = vg.lvs[i];
    if (!by_id_.insert(hash_of(lv.id), i, [&](std::uint32_t p) { return vg.lvs[p].id == lv.id; }))
      duplicate_id_ = std::min(duplicate_id_, i);
    if (!by_name_.insert(hash_of(lv.name), i, [&](std::uint32_t p) { return vg.lvs[p].name == lv.name; }))
      duplicate_name_ = std::min(duplicate_name_, i);
  }
}

std::optional<std::uint32_t> Index::lv_position(LvId id) const {
  return as_optional(by_id_.find(hash_of(id), [&](std::uint32_t p) { return vg_->lvs[p].id == id; }));
}

const Lv* Index::lv(LvId id) const {
  auto at = lv_position(id);
  return at ? &vg_->lvs[*at] : nullptr;
}

const Lv* Index::lv(std::string_view name) const {
  auto at = by_name_.find(hash_of(name), [&](std::uint32_t p) { return vg_->lvs[p].name == name; });
  return at == PositionTable::kNone ? nullptr : &vg_->lvs[at];
}

std::vector<PvUsage> pv_usage(const Vg& vg) {
  std::vector<PvUsage> usage(vg.pvs.size());
  for_each_run(vg, [&](std::uint32_t pv, const Allocated& run) { usage[pv].ranges.push_back(run); });
  for (PvUsage& each : usage) sort_and_count(each);
  return usage;
}

bool runs_ascend(const Vg& vg) {
  std::vector<Extents> ends(vg.pvs.size());
  bool ascend = true;
  for_each_run(vg, [&](std::uint32_t pv, const Allocated& run) {
    if (!run.certain) return;
    ascend = ascend && run.start >= ends[pv];
    ends[pv] = run.end();
  });
  return ascend;
}

std::vector<Extents> allocated_extents(const Vg& vg) {
  std::vector<Extents> allocated(vg.pvs.size());
  bool certain = true;
  for_each_run(vg, [&](std::uint32_t pv, const Allocated& run) {
    allocated[pv] += run.count;
    certain = certain && run.certain;
  });
  if (certain) return allocated;
  auto usage = pv_usage(vg);
  for (std::size_t pv = 0; pv < usage.size(); ++pv) allocated[pv] = usage[pv].allocated;
  return allocated;
}

}  // namespace lvm::model
