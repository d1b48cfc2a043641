// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "activate/activate.h"
#include "model/vg.h"
#include "world/world.h"

// The devices a volume has now, as far as the world knows.
namespace lvm::activate {

struct OwnedDevice {
  const model::Lv* lv;
  std::string layer;  // empty: the volume's top
  std::string uuid;
  const world::LiveDevice* live;
};

// Live devices of the LV and of the hidden volumes under it, each before those it lies on. Hidden volumes that
// another live volume uses too are left out.
std::vector<OwnedDevice> owned_devices(const world::World& world, const model::Vg& vg, const model::Lv& lv,
                                       const model::Relations* relations = nullptr);

// Whether it is one that nobody may have open when the LV goes down: its own device, or a snapshot's. Inner devices are
// held by those above them.
bool must_be_unused(const OwnedDevice& device, const model::Lv& lv);

// The device that the LV shows itself by (its top); null: it is down.
const world::LiveDevice* own_device(const world::World& world, const model::Vg& vg, const model::Lv& lv);
bool is_up(const world::World& world, const model::Vg& vg, const model::Lv& lv);
// Whether that device is up or the inner one, which a pool has for its volumes' sake.
bool is_up_at_all(const world::World& world, const model::Vg& vg, const model::Lv& lv);

// Whether somebody has the LV's device open.
bool in_use(const world::World& world, const model::Vg& vg, const model::Lv& lv);
// "Logical volume vg/lv in use." when somebody has the device open.
Result<> check_unused(const model::Vg& vg, const model::Lv& lv, const world::LiveDevice* live);
// The same of its top device, if it has one.
Result<> check_unused(const world::World& world, const model::Vg& vg, const model::Lv& lv);

// Takes the device away, whatever name it has now.
step::Step remove_step(const model::Vg& vg, const OwnedDevice& device, const config::Config& config);

}  // namespace lvm::activate
