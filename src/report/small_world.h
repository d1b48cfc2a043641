// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "report/render.h"

// A small world for tests: VG "vg" of two PVs with linear and striped volumes.
namespace lvm::report::test {

template <class Id>
Id make_id(char prefix, std::uint64_t number) {
  return *Id::parse(fmt::format("{}{:031}", prefix, number));
}

inline model::Lv make_lv(std::string name, std::uint64_t number, model::PvArea area, Extents count) {
  model::Lv lv;
  lv.id = make_id<LvId>('l', number);
  lv.name = std::move(name);
  lv.flags = {model::LvFlag::read, model::LvFlag::write, model::LvFlag::visible};
  lv.creation_time = 1473433064;
  lv.creation_host = "node";
  model::Segment segment;
  segment.count = count;
  segment.body = model::Striped{{area}, Sectors()};
  lv.segments.push_back(std::move(segment));
  return lv;
}

inline model::Vg make_vg() {
  model::Vg vg;
  vg.id = make_id<VgId>('v', 1);
  vg.name = "vg";
  vg.seqno = 7;
  vg.flags = {model::VgFlag::read, model::VgFlag::write, model::VgFlag::resizeable};
  for (std::uint64_t i = 0; i < 2; ++i) {
    model::Pv pv;
    pv.id = make_id<PvId>('p', i);
    pv.flags.set(model::PvFlag::allocatable);
    pv.pe_start = Sectors(2048);
    pv.pe_count = Extents(100);
    pv.device_size = Sectors(100 * 8192 + 2048);
    vg.pvs.push_back(pv);
  }
  const PvId first = vg.pvs[0].id;
  vg.lvs.push_back(make_lv("home", 1, {first, Extents(0)}, Extents(10)));
  vg.lvs.push_back(make_lv("root", 2, {first, Extents(10)}, Extents(5)));
  vg.lvs.push_back(make_lv("swap", 3, {first, Extents(15)}, Extents(1)));
  vg.lvs[0].tags = {"web", "db"};
  vg.lvs[2].flags.clear(model::LvFlag::visible);
  return vg;
}

inline world::World make_world(model::Vg vg) {
  world::World world;
  world::VgView view;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    world::PvDevice pv;
    pv.device.path = fmt::format("/dev/sd{}", static_cast<char>('a' + i));
    pv.device.number = {8, static_cast<std::uint32_t>(16 * i)};
    pv.device.size = to_bytes(vg.pvs[i].device_size);
    pv.id = vg.pvs[i].id;
    pv.vg_id = vg.id;
    pv.used = true;
    world.pvs.push_back(pv);
    view.devices.emplace_back(i);
  }
  view.vg = std::make_shared<const model::Vg>(std::move(vg));
  world.vgs.push_back(std::move(view));
  return world;
}

inline world::World make_world() { return make_world(make_vg()); }

inline world::LiveDevice& activate(world::World& world, const model::Lv& lv) {
  world.dm_available = true;
  const std::string uuid = fmt::format("LVM-{}{}", world.vgs[0].vg->id.plain(), lv.id.plain());
  auto& live = world.live[uuid];
  live.info.uuid = uuid;
  live.info.device = {253, 4};
  live.info.live_table = true;
  return live;
}

// A report with the default columns of the kind, or `columns`.
inline Result<std::string> report(const world::World& world, Kind kind, std::string columns, std::string selection = {},
                                  Settings settings = {}, bool all = false) {
  RenderRequest request;
  request.settings = std::move(settings);
  request.scope.all = all;
  request.sections.push_back({kind, {std::move(columns)}, {}, std::move(selection), "lv_name", ""});
  auto output = render(world, request);
  if (!output) return std::unexpected(output.error());
  return output->text;
}

// Rows without headings or padding, fields parted by '|'.
inline Settings plain_settings() {
  Settings settings;
  settings.headings = 0;
  settings.aligned = false;
  settings.separator = "|";
  return settings;
}

}  // namespace lvm::report::test
