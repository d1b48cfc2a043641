// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/vg.h"

// Small VGs for tests: ids are numbers, so that expectations can name them.
namespace lvm::model::testing {

template <class AnyId>
AnyId id(unsigned number) {
  std::string digits = std::to_string(number);
  return *AnyId::parse(std::string(Uuid::kLength - digits.size(), '0') + digits);
}

inline Area on_pv(unsigned pv, std::uint64_t start) { return PvArea{id<PvId>(pv), Extents(start)}; }
inline Area on_lv(unsigned lv, std::uint64_t start) { return LvArea{id<LvId>(lv), Extents(start)}; }

inline Segment striped(std::uint64_t start, std::uint64_t count, std::vector<Area> areas) {
  Sectors stripe_size(areas.size() > 1 ? 128 : 0);
  return Segment{Extents(start), Extents(count), {}, Striped{std::move(areas), stripe_size}, {}};
}

inline Lv lv(unsigned number, std::string_view name, std::vector<Segment> segments) {
  Lv out;
  out.id = id<LvId>(number);
  out.name = name;
  out.flags = {LvFlag::read, LvFlag::write, LvFlag::visible};
  out.segments = std::move(segments);
  return out;
}

// "vg" with PVs 1 to `pvs`, each of 100 extents of 4 MiB, and no LVs.
inline Vg vg(unsigned pvs) {
  Vg out;
  out.id = id<VgId>(7);
  out.name = "vg";
  out.seqno = 1;
  out.flags = {VgFlag::resizeable, VgFlag::read, VgFlag::write};
  for (unsigned i = 1; i <= pvs; ++i) {
    Pv pv;
    pv.id = id<PvId>(i);
    pv.device_hint = "/dev/vd" + std::string(1, static_cast<char>('a' + (i - 1) % 26));
    pv.flags = {PvFlag::allocatable};
    pv.device_size = Sectors(2048 + 100 * 8192);
    pv.pe_start = Sectors(2048);
    pv.pe_count = Extents(100);
    out.pvs.push_back(std::move(pv));
  }
  return out;
}

}  // namespace lvm::model::testing
