// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world/world.h"

#include <gtest/gtest.h>

namespace lvm::world {
namespace {

template <class SomeId>
SomeId id_of(char c) {
  SomeId id;
  id.uuid.chars.fill(c);
  return id;
}

VgView view(const std::string& name, char id, bool foreign = false) {
  model::Vg vg;
  vg.name = name;
  vg.id = id_of<VgId>(id);
  VgView out;
  out.vg = std::make_shared<const model::Vg>(std::move(vg));
  out.foreign = foreign;
  return out;
}

PvDevice pv(const std::string& path, char id, bool duplicate = false, std::vector<std::string> aliases = {}) {
  PvDevice out;
  out.device.path = path;
  out.device.aliases = std::move(aliases);
  out.id = id_of<PvId>(id);
  out.duplicate = duplicate;
  return out;
}

World sample() {
  World world;
  world.vgs = {view("vb", 'b'), view("va", 'x', true), view("va", 'a'), view("vc", 'c')};
  world.pvs = {pv("/dev/sdb", 'p', true), pv("/dev/sda", 'p', false, {"/dev/disk/one", "/dev/sdq"}),
               pv("/dev/sdq", 'q')};
  for (const PvDevice& p : world.pvs) world.devices.push_back(p.device);
  return world;
}

TEST(UnitWorld, FindsWithAndWithoutIndex) {
  for (bool indexed : {false, true}) {
    World world = sample();
    if (indexed) world.reindex();
    for (const char* name : {"va", "vb", "vc"}) {
      ASSERT_NE(world.find_vg(name), nullptr) << name;
      EXPECT_EQ(world.find_vg(name)->vg->name, name);
    }
    EXPECT_EQ(world.find_vg("vd"), nullptr);
    EXPECT_EQ(world.find_vg(id_of<VgId>('x'))->foreign, true);
    EXPECT_EQ(world.find_vg(id_of<VgId>('z')), nullptr);
    EXPECT_EQ(world.find_vg(VgId()), nullptr);
    EXPECT_EQ(world.find_pv(id_of<PvId>('p'))->device.path, "/dev/sda") << "not the duplicate";
    EXPECT_EQ(world.find_pv(id_of<PvId>('z')), nullptr);
    EXPECT_EQ(world.find_pv("/dev/disk/one")->device.path, "/dev/sda");
    EXPECT_EQ(world.find_pv("/dev/sdq")->id, id_of<PvId>('q')) << "the name shown beats an alias";
    EXPECT_EQ(world.find_device("/dev/sdb")->path, "/dev/sdb");
    EXPECT_EQ(world.find_device("/dev/none"), nullptr);
  }
}

TEST(UnitWorld, OfEqualNamesTheForeignOneIsLast) {
  World world = sample();
  world.reindex();
  EXPECT_EQ(world.find_vg("va")->vg->id, id_of<VgId>('a'));
  EXPECT_EQ(world.vgs[1].vg->id, id_of<VgId>('x'));
}

TEST(UnitWorld, AStaleIndexIsNoticed) {
  World world = sample();
  world.reindex();
  world.pvs.erase(world.pvs.begin());
  world.vgs.erase(world.vgs.begin());
  EXPECT_EQ(world.find_pv(id_of<PvId>('q'))->device.path, "/dev/sdq");
  EXPECT_EQ(world.find_vg(id_of<VgId>('c'))->vg->name, "vc");
  world.pvs.push_back(pv("/dev/new", 'n'));
  EXPECT_EQ(world.find_pv(id_of<PvId>('n'))->device.path, "/dev/new");
  world.pvs.clear();
  world.vgs.clear();
  EXPECT_EQ(world.find_pv(id_of<PvId>('q')), nullptr);
  EXPECT_EQ(world.find_vg(id_of<VgId>('c')), nullptr);
}

}  // namespace
}  // namespace lvm::world
