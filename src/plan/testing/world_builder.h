// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "plan/context.h"
#include "world/world.h"

namespace lvm::plan::testing {

// A World by hand:
//   WorldBuilder b;
//   b.pv("/dev/sda", 15).pv("/dev/sdb", 15).vg("vg", {"/dev/sda", "/dev/sdb"}).linear("lv", "/dev/sda", 0, 5);
//   auto plan = lv_remove(b.context(), b.view("vg"), ...);
// Sizes are extents of 4 MiB; every PV has one metadata area.
class WorldBuilder {
 public:
  WorldBuilder();

  // A device with a label; an orphan until a VG takes it.
  WorldBuilder& pv(const std::string& path, std::uint64_t extents);
  // A device without a label.
  WorldBuilder& device(const std::string& path, Bytes size);
  WorldBuilder& vg(const std::string& name, const std::vector<std::string>& paths);
  // Volumes of the VG made last. `start` is a physical extent.
  WorldBuilder& linear(const std::string& name, const std::string& path, std::uint64_t start, std::uint64_t count);
  WorldBuilder& striped(const std::string& name, const std::vector<std::string>& paths, std::uint64_t start,
                        std::uint64_t count, Sectors stripe_size = Sectors(128));
  // The LV made last is live with this table length and open count.
  WorldBuilder& live(std::int32_t open_count = 0);
  // The PV's device is gone.
  WorldBuilder& lose(const std::string& path);
  // Any other edit of the VG made last.
  model::Vg& edit();

  world::World& world();
  const world::VgView& view(const std::string& name);
  Context context();
  config::Config& config() { return config_; }
  // What the planner said.
  std::vector<std::string> said() const;
  LvId lv(const std::string& name);
  PvId pv_id(const std::string& path) const;

 private:
  void freeze();
  Uuid next_id();

  world::World world_;
  config::Config config_;
  std::vector<model::Vg> vgs_;
  std::map<std::string, PvId> pv_ids_;  // lost ones too
  std::vector<step::Say> notes_;
  int ids_ = 0;
  bool frozen_ = false;
};

// The steps of a plan as one line each: "write metadata", "suspend name=vg-lv", for comparison.
std::vector<std::string> steps_of(const step::Plan& plan);

}  // namespace lvm::plan::testing
