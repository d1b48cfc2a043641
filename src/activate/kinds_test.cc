// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "activate/foresee.h"
#include "activate/reconcile.h"
#include "activate/testing/test_world.h"
#include "dm/text.h"

// Volumes of several layers.
namespace lvm::activate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Machine;

class Layers : public Machine {
 public:
  Layers() {
    vg.lvs.reserve(64);
    std::vector<dm::TargetVersion> targets;
    for (const char* name :
         {"cache", "error", "linear", "raid", "snapshot", "snapshot-merge", "snapshot-origin", "thin", "thin-pool"})
      targets.push_back({name, 1, 0, 0});
    engine.set_targets(std::move(targets));
  }

  model::Lv& hidden(const std::string& name, std::uint64_t count, std::size_t pv) {
    model::Lv& lv = linear(name, count, pv, next_);
    next_ += count;
    lv.flags.clear(model::LvFlag::visible);
    return lv;
  }
  model::Lv& whole(const std::string& name, std::uint64_t count, model::SegmentBody body) {
    model::Lv& lv = add(name);
    lv.segments.push_back({Extents(0), Extents(count), {}, std::move(body), {}, {}});
    return lv;
  }
  model::Lv& thin_pool(const std::string& name, std::uint64_t transaction) {
    model::ThinPool pool;
    pool.data = hidden(name + "_tdata", 10, 0).id;
    pool.metadata = hidden(name + "_tmeta", 1, 1).id;
    pool.chunk_size = Sectors(128);
    pool.zero_new_blocks = true;
    pool.transaction_id = transaction;
    return whole(name, 10, pool);
  }
  model::Lv& thin(const std::string& name, const std::string& pool, std::uint32_t device_id) {
    model::Thin body;
    body.pool = lv(pool).id;
    body.device_id = device_id;
    return whole(name, 50, body);
  }
  model::Lv& snapshot(const std::string& name, const std::string& origin, bool merging = false) {
    model::Lv& store = hidden(name, 3, 2);
    store.flags.set(model::LvFlag::visible, !merging);
    model::Snapshot body{lv(origin).id, store.id, Sectors(8), merging};
    whole("snapshot" + std::to_string(next_), lv(origin).extents().n, body).flags.clear(model::LvFlag::visible);
    return store;
  }
  model::Lv& raid1(const std::string& name) {
    model::Raid raid;
    for (std::size_t i = 0; i < 2; ++i) {
      raid.metadata.push_back(hidden(name + "_rmeta_" + std::to_string(i), 1, i).id);
      raid.areas.emplace_back(model::LvArea{hidden(name + "_rimage_" + std::to_string(i), 4, i).id, Extents()});
    }
    raid.region_size = Sectors(4096);
    return whole(name, 4, raid);
  }

  // "vg-lv TYPE" of all live devices.
  std::vector<std::string> live() {
    look();
    std::vector<std::string> out;
    for (const auto& [uuid, device] : world.live)
      out.push_back(device.info.name + " " + std::string(dm::target_type(device.table->front().body)));
    std::ranges::sort(out);
    return out;
  }

 private:
  std::uint64_t next_ = 0;
};

TEST(UnitKinds, AThinVolumeBringsUpWhatItNeedsOfItsPool) {
  Layers machine;
  machine.thin_pool("p", 2);
  machine.thin("a", "p", 1);
  machine.thin("b", "p", 2);
  ASSERT_TRUE(machine.up("a"));
  EXPECT_THAT(machine.live(),
              ElementsAre("vg-a thin", "vg-p-tpool thin-pool", "vg-p_tdata linear", "vg-p_tmeta linear"));
  ASSERT_TRUE(machine.up("b"));
  ASSERT_TRUE(machine.up("p"));
  EXPECT_EQ(machine.live().size(), 6u);
  EXPECT_TRUE(machine.world.live.at(machine.uuid("p")).info.read_only);
  ASSERT_TRUE(machine.down("a"));
  EXPECT_EQ(machine.live().size(), 5u) << "b stands on the pool";
  ASSERT_TRUE(machine.down("p"));
  EXPECT_THAT(machine.live(),
              ElementsAre("vg-b thin", "vg-p-tpool thin-pool", "vg-p_tdata linear", "vg-p_tmeta linear"));
  ASSERT_TRUE(machine.down("b"));
  EXPECT_THAT(machine.live(), IsEmpty());
}

TEST(UnitKinds, ANewPoolIsItsOwnDevice) {
  Layers machine;
  machine.thin_pool("p", 0);
  ASSERT_TRUE(machine.up("p"));
  EXPECT_THAT(machine.live(), ElementsAre("vg-p thin-pool", "vg-p_tdata linear", "vg-p_tmeta linear"));
  EXPECT_TRUE(machine.uuid("p").ends_with("-tpool"));
  // Once it has volumes, the same device lies below a view.
  std::get<model::ThinPool>(machine.lv("p").segments.front().body).transaction_id = 1;
  ASSERT_TRUE(machine.up("p"));
  EXPECT_THAT(machine.live(),
              ElementsAre("vg-p linear", "vg-p-tpool thin-pool", "vg-p_tdata linear", "vg-p_tmeta linear"));
}

TEST(UnitKinds, SnapshotsComeAndGoWithTheirOrigin) {
  Layers machine;
  machine.linear("o", 5, 0, 50);
  machine.snapshot("s", "o");
  ASSERT_TRUE(machine.up("s"));
  EXPECT_THAT(machine.live(),
              ElementsAre("vg-o snapshot-origin", "vg-o-real linear", "vg-s snapshot", "vg-s-cow linear"));
  ASSERT_TRUE(machine.down("o"));
  EXPECT_THAT(machine.live(), IsEmpty());
}

TEST(UnitKinds, AMergeBeginsWhenTheOriginComesUp) {
  Layers machine;
  machine.linear("o", 5, 0, 50);
  machine.snapshot("s", "o");
  ASSERT_TRUE(machine.up("o"));
  for (model::Lv& lv : machine.vg.lvs)
    if (auto* snapshot = lv.as<model::Snapshot>()) snapshot->merging = true;
  ASSERT_TRUE(machine.up("o"));
  EXPECT_THAT(machine.live(),
              ElementsAre("vg-o snapshot-origin", "vg-o-real linear", "vg-s snapshot", "vg-s-cow linear"))
      << "not under its users";
  ASSERT_TRUE(machine.down("o"));
  ASSERT_TRUE(machine.up("o"));
  EXPECT_THAT(machine.live(), ElementsAre("vg-o snapshot-merge", "vg-o-real linear", "vg-s error", "vg-s-cow linear"));
}

TEST(UnitKinds, RaidsGoOnWithoutAnImageThatWasSplitOff) {
  Layers machine;
  machine.raid1("r");
  machine.vg.find_lv("r_rimage_1")->flags.set(model::LvFlag::visible);
  ASSERT_TRUE(machine.up("r"));
  EXPECT_EQ(machine.live().size(), 5u);
  const auto& target = std::get<dm::RaidTarget>(machine.world.live.at(machine.uuid("r")).table->front().body);
  ASSERT_EQ(target.images.size(), 2u);
  EXPECT_TRUE(target.images[0].data && target.images[0].metadata);
  EXPECT_FALSE(target.images[1].data || target.images[1].metadata);
}

TEST(UnitKinds, ATableOfBeforeTheVolumeWasARaidIsTrouble) {
  Layers machine;
  machine.raid1("r");
  model::Segment raid = machine.lv("r").segments.front();
  machine.lv("r").segments.front().body = model::Striped{{machine.area(0, 0)}, Sectors()};
  ASSERT_TRUE(machine.up("r"));
  machine.look();
  EXPECT_FALSE(troubled(machine.world, machine.vg));
  // The text came this far, and no device of it.
  machine.lv("r").segments.front() = raid;
  machine.look();
  ASSERT_TRUE(troubled(machine.world, machine.vg));
  EXPECT_THAT(recover(machine.world, machine.view(), machine.config).value(), IsEmpty());
  ASSERT_TRUE(machine.run(reconcile(machine.world, machine.view(), machine.config)));
  machine.look();
  EXPECT_FALSE(troubled(machine.world, machine.vg));
  EXPECT_EQ(machine.live().front(), "vg-r raid");
  // Without its metadata alone.
  std::get<model::Raid>(machine.lv("r").segments.front().body).metadata.clear();
  ASSERT_TRUE(machine.down("r"));
  ASSERT_TRUE(machine.up("r"));
  machine.lv("r").segments.front() = raid;
  machine.look();
  EXPECT_TRUE(troubled(machine.world, machine.vg));
}

TEST(UnitKinds, RaidsGoOnWithoutAnImage) {
  Layers machine;
  machine.raid1("r");
  machine.lose(1);
  ASSERT_TRUE(machine.up("r"));
  EXPECT_THAT(machine.live(), ElementsAre("vg-r raid", "vg-r_rimage_0 linear", "vg-r_rimage_1 linear",
                                          "vg-r_rimage_1-missing_0_0 error", "vg-r_rmeta_0 linear",
                                          "vg-r_rmeta_1 linear", "vg-r_rmeta_1-missing_0_0 error"))
      << "what is missing fails when it is asked";
  ASSERT_TRUE(machine.down("r"));
  EXPECT_THAT(machine.live(), ElementsAre());
  EXPECT_FALSE(machine.up("r", {.complete = true}));
  machine.lose(0);
  EXPECT_FALSE(machine.up("r")) << "none is left";
}

TEST(UnitKinds, AnExternalOriginIsReadOnlyBelow) {
  Layers machine;
  machine.thin_pool("p", 1);
  auto& ext = machine.linear("e", 4, 2, 90);
  ext.flags.clear(model::LvFlag::write);
  std::get<model::Thin>(machine.thin("t", "p", 1).segments.front().body).external_origin = machine.lv("e").id;
  ASSERT_TRUE(machine.up("t"));
  EXPECT_THAT(machine.live(), ElementsAre("vg-e-real linear", "vg-p-tpool thin-pool", "vg-p_tdata linear",
                                          "vg-p_tmeta linear", "vg-t thin"));
  ASSERT_TRUE(machine.up("e"));
  ASSERT_TRUE(machine.down("t"));
  EXPECT_THAT(machine.live(), ElementsAre("vg-e linear", "vg-e-real linear"));
}

TEST(UnitKinds, ACacheVolumeIsCutInTwo) {
  Layers machine;
  model::Cache cache;
  auto& volume = machine.hidden("c_cvol", 4, 0);
  volume.flags.set(model::LvFlag::cache_vol);
  cache.cache = volume.id;
  cache.origin = machine.hidden("v_corig", 4, 1).id;
  auto& settings = cache.volume.edit();
  settings.settings = {2, Sectors(128), "writeback", "smq", {{"migration_threshold", "4096"}}};
  settings.metadata_length = settings.data_start = Sectors(8192);
  settings.data_length = Sectors(3 * 8192);
  machine.whole("v", 4, cache);
  ASSERT_TRUE(machine.up("v"));
  EXPECT_THAT(machine.live(), ElementsAre("vg-c_cvol linear", "vg-c_cvol-cdata linear", "vg-c_cvol-cmeta linear",
                                          "vg-v cache", "vg-v_corig linear"));
  EXPECT_TRUE(machine.uuid("v_corig").ends_with("-real"));
  EXPECT_TRUE(machine.uuid("c_cvol").ends_with("-cvol"));
  ASSERT_TRUE(machine.down("v"));
  EXPECT_THAT(machine.live(), IsEmpty());
}

TEST(UnitKinds, WhatIsForeseenIsThereForTheNext) {
  Layers machine;
  machine.thin_pool("p", 2);
  machine.thin("a", "p", 1);
  machine.thin("b", "p", 2);
  machine.look();
  auto first = activate(machine.world, machine.view(), machine.vg, machine.lv("a"), machine.config, {});
  ASSERT_TRUE(first);
  foresee(machine.world, *first);
  auto second = activate(machine.world, machine.view(), machine.vg, machine.lv("b"), machine.config, {});
  ASSERT_TRUE(second);
  EXPECT_LT(second->size(), first->size());
  ASSERT_TRUE(machine.run(*first));
  ASSERT_TRUE(machine.run(*second));
  machine.look();
  auto down = deactivate(machine.world, machine.vg, machine.lv("a"), machine.config);
  ASSERT_TRUE(down);
  foresee(machine.world, *down);
  auto last = deactivate(machine.world, machine.vg, machine.lv("b"), machine.config);
  ASSERT_TRUE(last);
  EXPECT_EQ(down->size(), 1u);
  // With a look at the metadata when the pool's target has gone.
  EXPECT_EQ(last->size(), 5u);
}

// The words of the steps that make, remove or check devices, in order.
std::vector<std::string> order_of(const std::vector<step::Step>& steps) {
  std::vector<std::string> out;
  for (const step::Step& step : steps) {
    if (const auto* create = std::get_if<step::CreateDevice>(&step)) out.push_back("create " + create->request.name);
    if (const auto* remove = std::get_if<step::RemoveDevice>(&step)) out.push_back("remove " + remove->name);
    if (const auto* check = std::get_if<step::CheckPool>(&step))
      out.push_back((check->behind ? "check behind " : "check ") + check->pool + " " + check->words.front() + " " +
                    check->name);
  }
  return out;
}

TEST(UnitKinds, ThePoolsMetadataIsCheckedBeforeAndBehind) {
  Layers machine;
  machine.thin_pool("p", 1);
  machine.look();
  auto up = activate(machine.world, machine.view(), machine.vg, machine.lv("p"), machine.config, {});
  ASSERT_TRUE(up) << up.error().text();
  std::vector<std::string> order = order_of(*up);
  auto check = std::ranges::find(order, "check vg/p /usr/sbin/thin_check vg-p_tmeta");
  auto metadata = std::ranges::find(order, "create vg-p_tmeta"), pool = std::ranges::find(order, "create vg-p-tpool");
  ASSERT_NE(check, order.end());
  EXPECT_LT(metadata, check);
  EXPECT_LT(check, pool);
  ASSERT_TRUE(machine.run(*up));
  machine.look();
  auto again = activate(machine.world, machine.view(), machine.vg, machine.lv("p"), machine.config, {});
  EXPECT_THAT(order_of(*again), IsEmpty()) << "it is up";
  auto down = deactivate(machine.world, machine.vg, machine.lv("p"), machine.config);
  ASSERT_TRUE(down);
  order = order_of(*down);
  check = std::ranges::find(order, "check behind vg/p /usr/sbin/thin_check vg-p_tmeta");
  ASSERT_NE(check, order.end());
  EXPECT_LT(std::ranges::find(order, "remove vg-p-tpool"), check);
  EXPECT_LT(check, std::ranges::find(order, "remove vg-p_tmeta"));
}

}  // namespace
}  // namespace lvm::activate
