// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/testing/world_builder.h"

#include <algorithm>

#include "activate/activate.h"
#include "step/describe.h"

namespace lvm::plan::testing {

WorldBuilder::WorldBuilder() {
  world_.host.name = "node";
  world_.dm_available = true;
}

Uuid WorldBuilder::next_id() {
  std::array<std::uint8_t, Uuid::kLength> bytes{};
  bytes[0] = static_cast<std::uint8_t>(++ids_);
  return Uuid::from_random(bytes);
}

WorldBuilder& WorldBuilder::device(const std::string& path, Bytes size) {
  device::Device device;
  device.path = path;
  device.number = {8, static_cast<std::uint32_t>(16 * (world_.devices.size() + 1))};
  device.size = size;
  world_.devices.push_back(device);
  return *this;
}

WorldBuilder& WorldBuilder::pv(const std::string& path, std::uint64_t extents) {
  constexpr Bytes kStart{1 << 20};
  Bytes size = kStart + Bytes(extents * (4 << 20));
  device(path, size);
  world::PvDevice pv;
  pv.device = world_.devices.back();
  pv.id = PvId{next_id()};
  pv.header_size = size;
  pv.data_start = kStart;
  pv.extension_version = 2;
  world::MetadataArea area;
  area.start = Bytes(4096);
  area.size = Bytes(1044480);
  pv.areas.push_back(area);
  pv_ids_[path] = pv.id;
  world_.pvs.push_back(pv);
  return *this;
}

WorldBuilder& WorldBuilder::vg(const std::string& name, const std::vector<std::string>& paths) {
  model::Vg vg;
  vg.id = VgId{next_id()};
  vg.name = name;
  vg.seqno = 1;
  vg.flags = {model::VgFlag::resizeable, model::VgFlag::read, model::VgFlag::write};
  for (const std::string& path : paths) {
    for (world::PvDevice& device : world_.pvs) {
      if (device.device.path != path) continue;
      model::Pv pv;
      pv.id = device.id;
      pv.device_hint = path;
      pv.flags.set(model::PvFlag::allocatable);
      pv.device_size = to_sectors_floor(device.header_size);
      pv.pe_start = to_sectors_floor(device.data_start);
      pv.pe_count = to_extents_floor(pv.device_size - pv.pe_start, vg.extent_size);
      vg.pvs.push_back(pv);
      device.vg_id = vg.id;
      device.used = true;
      device.areas.front().vg_name = name;
      device.areas.front().vg_id = vg.id;
      device.areas.front().seqno = vg.seqno;
    }
  }
  vgs_.push_back(std::move(vg));
  return *this;
}

WorldBuilder& WorldBuilder::linear(const std::string& name, const std::string& path, std::uint64_t start,
                                   std::uint64_t count) {
  return striped(name, {path}, start, count, Sectors());
}

WorldBuilder& WorldBuilder::striped(const std::string& name, const std::vector<std::string>& paths, std::uint64_t start,
                                    std::uint64_t count, Sectors stripe_size) {
  model::Lv lv;
  lv.id = LvId{next_id()};
  lv.name = name;
  lv.flags = {model::LvFlag::read, model::LvFlag::write, model::LvFlag::visible};
  model::Striped body;
  body.stripe_size = stripe_size;
  for (const std::string& path : paths) body.areas.push_back(model::PvArea{pv_id(path), Extents(start)});
  lv.segments.push_back({Extents(), Extents(count), {}, std::move(body), {}});
  edit().lvs.push_back(std::move(lv));
  return *this;
}

WorldBuilder& WorldBuilder::live(std::int32_t open_count) {
  const model::Vg& vg = vgs_.back();
  const model::Lv& lv = vg.lvs.back();
  world::LiveDevice live;
  live.info.name = dm::device_name(vg.name, lv.name);
  live.info.uuid = activate::top_uuid(vg, lv);
  live.info.device = {253, static_cast<std::uint32_t>(world_.live.size())};
  live.info.open_count = open_count;
  live.info.live_table = true;
  live.info.target_count = 1;
  world_.live[live.info.uuid] = live;
  return *this;
}

WorldBuilder& WorldBuilder::lose(const std::string& path) {
  std::erase_if(world_.pvs, [&](const world::PvDevice& pv) { return pv.device.path == path; });
  std::erase_if(world_.devices, [&](const device::Device& device) { return device.path == path; });
  frozen_ = false;
  return *this;
}

model::Vg& WorldBuilder::edit() {
  frozen_ = false;
  return vgs_.back();
}

void WorldBuilder::freeze() {
  if (frozen_) return;
  frozen_ = true;
  world_.vgs.clear();
  for (const model::Vg& vg : vgs_) {
    world::VgView view;
    view.vg = std::make_shared<const model::Vg>(vg);
    view.area_count = view.areas_used = static_cast<std::uint32_t>(vg.pvs.size());
    for (const model::Pv& pv : vg.pvs) {
      auto at = std::find_if(world_.pvs.begin(), world_.pvs.end(), [&](const auto& d) { return d.id == pv.id; });
      bool lost = at == world_.pvs.end();
      view.devices.push_back(lost ? std::nullopt : std::optional(static_cast<std::size_t>(at - world_.pvs.begin())));
    }
    world_.vgs.push_back(std::move(view));
  }
}

world::World& WorldBuilder::world() {
  freeze();
  return world_;
}

const world::VgView& WorldBuilder::view(const std::string& name) { return *world().find_vg(name); }

Context WorldBuilder::context() {
  freeze();
  notes_.clear();
  return {world_, config_, 1700000000, [this] { return next_id(); }, &notes_};
}

std::vector<std::string> WorldBuilder::said() const {
  std::vector<std::string> out;
  for (const step::Say& say : notes_) out.push_back(say.text);
  return out;
}

LvId WorldBuilder::lv(const std::string& name) { return vgs_.back().find_lv(name)->id; }

PvId WorldBuilder::pv_id(const std::string& path) const {
  auto found = pv_ids_.find(path);
  return found == pv_ids_.end() ? PvId() : found->second;
}

std::vector<std::string> steps_of(const step::Plan& plan) {
  std::vector<std::string> out;
  for (const step::Stage& stage : plan.stages) {
    for (const step::Step& step : stage.steps) {
      step::Description description = step::describe(step);
      std::string line = description.verb;
      for (const auto& [key, value] : description.fields)
        if (key != "uuid") line += " " + key + "=" + value;
      out.push_back(line);
    }
  }
  return out;
}

}  // namespace lvm::plan::testing
