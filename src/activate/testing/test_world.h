// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "activate/activate.h"
#include "activate/naming.h"
#include "dm/fake/fake_engine.h"
#include "syntax/document.h"

// For tests of this folder: a VG by hand, a device-mapper in memory, and the two put together as a World.
namespace lvm::activate::testing {

inline Uuid make_uuid(char kind, std::size_t number) {
  Uuid uuid;
  uuid.chars.fill(kind);
  auto digits = std::to_string(number);
  std::copy(digits.begin(), digits.end(), uuid.chars.begin() + 1);
  return uuid;
}

// PVs are 8:0, 8:16, ... of 100 extents of 4 MiB, data from sector 2048.
class Machine {
 public:
  explicit Machine(std::size_t pvs = 3) {
    vg.id.uuid = make_uuid('V', 0);
    vg.name = "vg";
    for (std::size_t i = 0; i < pvs; ++i) {
      model::Pv pv;
      pv.id.uuid = make_uuid('P', i);
      pv.pe_start = Sectors(2048);
      pv.pe_count = Extents(100);
      vg.pvs.push_back(pv);
      engine.add_disk(disk(i), Sectors(2048 + 100 * 8192));
    }
  }

  static dm::DeviceNumber disk(std::size_t pv) { return {8, static_cast<std::uint32_t>(16 * pv)}; }
  model::PvArea area(std::size_t pv, std::uint64_t extent) const { return {vg.pvs[pv].id, Extents(extent)}; }

  // A visible, writable volume without segments.
  model::Lv& add(const std::string& name) {
    model::Lv lv;
    lv.id.uuid = make_uuid('L', ids_++);
    lv.name = name;
    lv.flags = {model::LvFlag::read, model::LvFlag::write, model::LvFlag::visible};
    vg.lvs.push_back(lv);
    return vg.lvs.back();
  }
  static void extend(model::Lv& lv, std::vector<model::Area> areas, std::uint64_t count, Sectors stripe_size = {}) {
    model::Segment segment;
    segment.start = lv.extents();
    segment.count = Extents(count);
    segment.body = model::Striped{std::move(areas), stripe_size};
    lv.segments.push_back(std::move(segment));
  }
  model::Lv& linear(const std::string& name, std::uint64_t count = 2, std::size_t pv = 0, std::uint64_t start = 0) {
    model::Lv& lv = add(name);
    extend(lv, {area(pv, start)}, count);
    return lv;
  }
  model::Lv& lv(const std::string& name) { return *vg.find_lv(name); }
  std::string uuid(const std::string& name) { return top_uuid(vg, lv(name)); }
  void lose(std::size_t pv) { lost.push_back(pv); }

  // What scan would see now, with `vg` as the metadata.
  void look() {
    world = world::World{};
    world.host.name = "host";
    world.dm_available = true;
    world::VgView view;
    view.vg = std::make_shared<const model::Vg>(vg);
    for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
      view.devices.emplace_back();
      if (std::find(lost.begin(), lost.end(), i) != lost.end()) continue;
      world::PvDevice pv;
      pv.device.path = "/dev/sd" + std::string(1, static_cast<char>('a' + i));
      pv.device.number = disk(i);
      pv.id = vg.pvs[i].id;
      pv.vg_id = vg.id;
      view.devices.back() = world.pvs.size();
      world.pvs.push_back(pv);
    }
    world.vgs.push_back(std::move(view));
    auto entries = engine.list();
    ASSERT_TRUE(entries);
    for (const dm::ListEntry& entry : *entries)
      world.live[entry.uuid] = {.info = engine.info(entry.uuid).value().value(),
                                .table = engine.table(entry.uuid).value()};
  }
  const world::VgView& view() const { return world.vgs.front(); }

  void set(const std::string& text) {
    config.add(config::Config::Layer::command_line, syntax::Document::parse(text, "test").value());
  }

  // Walks the steps as apply would. Stops at the first error.
  Result<> run(const std::vector<step::Step>& steps) {
    for (const step::Step& step : steps) TRY(std::visit([this](const auto& one) { return run_one(one); }, step));
    return {};
  }
  // Looks, plans and runs.
  Result<> up(const std::string& name, const Options& options = {}) {
    look();
    auto steps = TRY(activate::activate(world, view(), vg, lv(name), config, options));
    return run(steps);
  }
  Result<> down(const std::string& name) {
    look();
    auto steps = TRY(activate::deactivate(world, vg, lv(name), config));
    return run(steps);
  }

  model::Vg vg;
  dm::FakeEngine engine;
  world::World world;
  std::vector<std::size_t> lost;

 private:
  // Shared by copies of the machine.
  std::shared_ptr<config::Config> own_config_ = std::make_shared<config::Config>();

 public:
  config::Config& config = *own_config_;

 private:
  Result<> run_one(const step::CreateDevice& s) { return engine.create(s.request); }
  Result<> run_one(const step::LoadTable& s) { return engine.load(s.uuid, s.table, s.read_only); }
  Result<> run_one(const step::ClearTable& s) { return engine.clear(s.uuid); }
  Result<> run_one(const step::Suspend& s) { return engine.suspend(s.uuid, s.options); }
  Result<> run_one(const step::Resume& s) {
    TRY(engine.resume(s.uuid, s.udev, s.link));
    return {};
  }
  Result<> run_one(const step::RemoveDevice& s) { return engine.remove(s.uuid, s.udev, s.link, false); }
  Result<> run_one(const step::RenameDevice& s) {
    return engine.rename(s.uuid, s.new_name, s.udev, s.old_link, s.new_link);
  }
  Result<> run_one(const step::SetReadAhead& s) { return engine.set_read_ahead(s.uuid, s.value, s.at_least); }
  // A program has nothing to say of a device-mapper in memory.
  Result<> run_one(const step::CheckPool&) { return {}; }
  template <class Other>
  Result<> run_one(const Other&) {
    ADD_FAILURE() << "no step of activation";
    return {};
  }

  std::size_t ids_ = 0;
};

}  // namespace lvm::activate::testing
