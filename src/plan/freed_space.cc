// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/freed_space.h"

#include <algorithm>
#include <map>
#include <vector>

#include "alloc/alloc.h"
#include "model/usable.h"

namespace lvm::plan {
namespace {

using model::Vg;

// Bytes of a PV's device: VGs that differ in the size of their extents can be compared.
struct Span {
  Bytes begin, end;
};
using Spans = std::vector<Span>;

Span span_of(const Vg& vg, const model::Pv& pv, Extents start, Extents count) {
  return {to_bytes(vg.sector_of(pv, start)), to_bytes(vg.sector_of(pv, start + count))};
}

// Calls visit(PvArea, length) for all that volumes keep on PVs. What a pvmove holds is left out: it is not freed but
// moved.
template <class Visit>
void for_each_used(const Vg& vg, Visit&& visit) {
  for (const model::Lv& lv : vg.lvs) {
    if (lv.flags.has(model::LvFlag::pvmove)) continue;
    for (const model::Segment& segment : lv.segments)
      for (const model::Area& area : model::areas(segment.body))
        if (const auto* place = std::get_if<model::PvArea>(&area)) visit(*place, model::area_length(segment));
  }
}

// Ascending; what overlaps or touches becomes one.
Spans joined(Spans spans) {
  std::ranges::sort(spans, {}, &Span::begin);
  Spans out;
  for (const Span& span : spans) {
    if (out.empty() || span.begin > out.back().end)
      out.push_back(span);
    else
      out.back().end = std::max(out.back().end, span.end);
  }
  return out;
}

// Both ascend.
Spans common(const Spans& some, const Spans& others) {
  Spans out;
  for (auto one = some.begin(), other = others.begin(); one != some.end() && other != others.end();) {
    const Span both{std::max(one->begin, other->begin), std::min(one->end, other->end)};
    if (both.begin < both.end) out.push_back(both);
    one->end < other->end ? ++one : ++other;
  }
  return out;
}

// What is freed so far, stage by stage: what was in use before one of them, and is free behind it and all that follow.
class Freed {
 public:
  void pass(const step::Stage& stage) {
    if (stage.before && stage.after) add_left(*stage.before, *stage.after);
    if (stage.after) keep_free(*stage.after);
  }

  std::vector<step::Step> discards(const world::World& world) const {
    std::vector<step::Step> out;
    for (const world::PvDevice& pv : world.pvs) {
      const auto freed = by_pv_.find(pv.id);
      if (pv.duplicate || freed == by_pv_.end()) continue;
      for (const Span& span : freed->second)
        out.emplace_back(step::Discard{pv.device, span.begin, span.end - span.begin});
    }
    return out;
  }

 private:
  void add_left(const Vg& before, const Vg& after) {
    // What lies on a PV that leaves the VG, or gets another id, goes with it.
    std::map<PvId, const model::Pv*> stays;
    for (const model::Pv& pv : after.pvs) stays.emplace(pv.id, nullptr);
    for (const model::Pv& pv : before.pvs)
      if (const auto known = stays.find(pv.id); known != stays.end()) known->second = &pv;
    for_each_used(before, [&](const model::PvArea& area, Extents length) {
      const auto pv = stays.find(area.pv);
      if (pv != stays.end() && pv->second) by_pv_[area.pv].push_back(span_of(before, *pv->second, area.start, length));
    });
  }

  void keep_free(const Vg& after) {
    const alloc::FreeMap map(after);
    for (std::size_t i = 0; i < after.pvs.size(); ++i) {
      const auto freed = by_pv_.find(after.pvs[i].id);
      if (freed == by_pv_.end()) continue;
      Spans free;
      for (const alloc::Range& range : map.of(i))
        free.push_back(span_of(after, after.pvs[i], range.start, range.count));
      freed->second = common(joined(std::move(freed->second)), free);
    }
  }

  std::map<PvId, Spans> by_pv_;
};

}  // namespace

void discard_freed(const config::Config& config, const world::World& world, step::Plan& plan) {
  // Where stages do not wait for one another, nobody knows at the end what has been done.
  if (plan.keep_going || plan.restores || !config.flag("devices/issue_discards")) return;
  Freed freed;
  for (const step::Stage& stage : plan.stages)
    if (stage.before != stage.after) freed.pass(stage);
  std::vector<step::Step> discards = freed.discards(world);
  if (discards.empty()) return;
  const model::VgPtr last = plan.stages.back().after;
  plan.stages.push_back({last, last, std::move(discards), {}});
}

}  // namespace lvm::plan
