// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/area_use.h"

#include <algorithm>
#include <set>

namespace lvm::plan {
namespace {

// Takes one more area into use: of a PV that has none in use, if there is such a PV.
KnownArea* next_to_use(std::vector<KnownArea>& areas) {
  std::set<PvId> served;
  for (const KnownArea& area : areas)
    if (!area.ignored) served.insert(area.pv);
  KnownArea* any = nullptr;
  for (KnownArea& area : areas) {
    if (!area.ignored) continue;
    if (!served.contains(area.pv)) return &area;
    if (!any) any = &area;
  }
  return any;
}

// Second areas go first: a PV keeps one as long as others have two.
KnownArea* next_to_ignore(std::vector<KnownArea>& areas) {
  KnownArea* out = nullptr;
  for (KnownArea& area : areas) {
    if (area.ignored) continue;
    if (!out || area.area >= out->area) out = &area;
  }
  return out;
}

}  // namespace

std::vector<KnownArea> areas_of(const Context& context, const model::Vg& vg) {
  std::vector<KnownArea> out;
  for (const model::Pv& pv : vg.pvs) {
    const world::PvDevice* device = context.world.find_pv(pv.id);
    if (!device) continue;
    for (std::size_t i = 0; i < device->areas.size(); ++i) out.push_back({pv.id, i, device->areas[i].ignored});
  }
  return out;
}

void add_areas(std::vector<KnownArea>& areas, PvId pv, const step::PvLayout& layout) {
  for (std::size_t i = 0; i < layout.areas.size(); ++i) areas.push_back({pv, i, layout.areas[i].ignored});
}

std::size_t areas_in_use(const std::vector<KnownArea>& areas) {
  return static_cast<std::size_t>(
      std::count_if(areas.begin(), areas.end(), [](const KnownArea& area) { return !area.ignored; }));
}

std::vector<step::AreaUse> choose_area_use(std::vector<KnownArea> areas, std::uint32_t copies) {
  const std::vector<KnownArea> before = areas;
  std::size_t in_use = areas_in_use(areas);
  std::size_t least = copies == 0 ? 1 : copies;
  for (; in_use < least; ++in_use) {
    KnownArea* area = next_to_use(areas);
    if (!area) break;
    area->ignored = false;
  }
  for (; copies != 0 && in_use > copies; --in_use) next_to_ignore(areas)->ignored = true;
  std::vector<step::AreaUse> out;
  for (std::size_t i = 0; i < areas.size(); ++i)
    if (areas[i].ignored != before[i].ignored) out.push_back(areas[i]);
  return out;
}

void set_area_use(step::Stage& stage, std::vector<step::AreaUse> area_use) {
  for (step::Step& step : stage.steps)
    if (auto* write = std::get_if<step::WriteMetadata>(&step)) write->area_use = std::move(area_use);
}

std::string copies_text(std::uint32_t copies) { return copies == 0 ? "unmanaged" : std::to_string(copies); }

}  // namespace lvm::plan
