// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "activate/naming.h"
#include "model/invariants.h"
#include "plan/convert/cache.h"
#include "plan/convert/repair_pool.h"
#include "plan/convert/snapshot.h"
#include "plan/convert/thin.h"
#include "plan/lv_autoextend.h"
#include "plan/lv_create.h"
#include "plan/lv_remove.h"
#include "plan/lv_resize.h"
#include "plan/pool_change.h"
#include "plan/testing/world_builder.h"

// Snapshots, pools, thin volumes and caches, from an empty VG on: every stage leaves a VG that is as it must be.
namespace lvm::plan {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::WorldBuilder;

class Scene {
 public:
  Scene() {
    world_.pv("/dev/sda", 100).pv("/dev/sdb", 100).vg("vg", {"/dev/sda", "/dev/sdb"});
    world_.linear("data", "/dev/sda", 0, 10);
  }

  LvCreateRequest request(const std::string& type, std::uint64_t extents) {
    LvCreateRequest out;
    out.type = type;
    out.size = {LvSize::Unit::extents, LvSize::Sign::none, extents};
    return out;
  }
  const model::Vg& vg() { return *world_.view("vg").vg; }
  LvId id(const std::string& name) { return vg().find_lv(name)->id; }

  // Makes the plan's last VG the VG; checks all on the way.
  void take(Result<step::Plan> plan) {
    ASSERT_TRUE(plan) << plan.error().text();
    steps_ = testing::steps_of(*plan);
    for (const step::Stage& stage : plan->stages) {
      ASSERT_TRUE(stage.after);
      auto problem = model::check(*stage.after);
      ASSERT_TRUE(problem) << problem.error().text();
      for (const step::Stage& undo : stage.undo) ASSERT_TRUE(model::check(*undo.after));
      world_.edit() = *stage.after;
    }
  }
  void create(const LvCreateRequest& request) { take(lv_create(world_.context(), world_.view("vg"), request)); }

  int position(std::string_view what) const {
    auto found = std::ranges::find_if(steps_, [&](const std::string& s) { return s.find(what) != std::string::npos; });
    return found == steps_.end() ? -1 : static_cast<int>(found - steps_.begin());
  }
  const std::vector<std::string>& steps() const { return steps_; }
  WorldBuilder& world() { return world_; }

  void make_pool() {
    LvCreateRequest pool = request("thin-pool", 20);
    pool.pool.name = "pool";
    create(pool);
  }
  void make_thin(const std::string& name) {
    LvCreateRequest thin = request("thin", 0);
    thin.name = name;
    thin.base = "pool";
    thin.virtual_size = Bytes(40 << 20);
    create(thin);
  }

 private:
  WorldBuilder world_;
  std::vector<std::string> steps_;
};

TEST(UnitKindsCreate, ASnapshotsStoreIsWipedBeforeItIsOne) {
  Scene scene;
  LvCreateRequest snapshot = scene.request("snapshot", 3);
  snapshot.name = "snap";
  snapshot.base = "data";
  scene.create(snapshot);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  EXPECT_GE(scene.position("wipe extents volume=vg/snap"), 0);
  EXPECT_EQ(scene.position("create device name=vg-snap"), -1) << "it is wiped where it lies";
  const model::Lv* holder = scene.vg().find_lv("snapshot0");
  ASSERT_TRUE(holder);
  const auto* body = holder->as<model::Snapshot>();
  EXPECT_EQ(body->store, scene.id("snap"));
  EXPECT_EQ(body->origin, scene.id("data"));
  EXPECT_EQ(body->chunk_size.n, 8u);
  EXPECT_FALSE(holder->visible());
}

TEST(UnitKindsCreate, AStoreLargerThanIsOfUseIsCutDown) {
  Scene scene;
  LvCreateRequest snapshot = scene.request("snapshot", 50);
  snapshot.base = "data";
  scene.create(snapshot);
  EXPECT_EQ(scene.vg().find_lv("lvol0")->extents().n, 11u);
  EXPECT_THAT(scene.world().said(), Contains("Reducing COW size 200.00 MiB down to maximum usable size 44.00 MiB."));
  LvCreateRequest again = scene.request("snapshot", 3);
  again.base = "lvol0";
  auto plan = lv_create(scene.world().context(), scene.world().view("vg"), again);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message(), "Snapshots of snapshots are not supported.");
}

TEST(UnitKindsCreate, ASnapshotLeavesItsOriginBeforeItIsRemoved) {
  Scene scene;
  LvCreateRequest snapshot = scene.request("snapshot", 3);
  snapshot.name = "snap";
  snapshot.base = "data";
  scene.create(snapshot);
  std::uint32_t seqno = scene.vg().seqno;
  scene.take(lv_remove(scene.world().context(), scene.world().view("vg"), {.lvs = {scene.id("snap")}, .yes = true}));
  EXPECT_EQ(scene.vg().seqno, seqno + 2);
  EXPECT_EQ(scene.vg().lvs.size(), 1u);
}

TEST(UnitKindsCreate, APoolHasASpareAndMetadataThatIsEmpty) {
  Scene scene;
  scene.make_pool();
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  const auto* pool = scene.vg().find_lv("pool")->as<model::ThinPool>();
  ASSERT_TRUE(pool);
  EXPECT_EQ(scene.vg().find_lv(pool->data)->name, "pool_tdata");
  EXPECT_EQ(scene.vg().find_lv(pool->metadata)->name, "pool_tmeta");
  EXPECT_EQ(scene.vg().find_lv("lvol0_pmspare")->extents(), scene.vg().find_lv(pool->metadata)->extents());
  EXPECT_GE(scene.position("wipe extents volume=vg/pool"), 0);
  EXPECT_LT(scene.position("wipe extents volume=vg/pool"), scene.position("thin-pool"));
}

TEST(UnitKindsCreate, AThinVolumeIsToldToThePoolBetweenTwoChanges) {
  Scene scene;
  scene.make_pool();
  std::uint32_t seqno = scene.vg().seqno;
  scene.make_thin("t1");
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  EXPECT_EQ(scene.vg().seqno, seqno + 2);
  const auto* pool = scene.vg().find_lv("pool")->as<model::ThinPool>();
  EXPECT_EQ(pool->transaction_id, 1u);
  EXPECT_TRUE(pool->messages.empty());
  const auto* thin = scene.vg().find_lv("t1")->as<model::Thin>();
  EXPECT_EQ(thin->device_id, 1u);
  EXPECT_EQ(thin->transaction_id, 0u);
  EXPECT_GT(scene.position("create_thin 1"), scene.position("commit metadata"));
}

TEST(UnitKindsCreate, AThinSnapshotIsSkippedWhenVolumesComeUp) {
  Scene scene;
  scene.make_pool();
  scene.make_thin("t1");
  LvCreateRequest snapshot = scene.request("thin", 0);
  snapshot.name = "s1";
  snapshot.base = "t1";
  scene.create(snapshot);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  EXPECT_NE(scene.position("create_snap 2 1"), -1);
  EXPECT_TRUE(scene.vg().find_lv("s1")->flags.has(model::LvFlag::activation_skip));
  EXPECT_EQ(scene.vg().find_lv("s1")->as<model::Thin>()->origin, scene.id("t1"));
  EXPECT_THAT(scene.world().said(), Contains(HasSubstr("Sum of all thin volume sizes")).Times(0));
}

TEST(UnitKindsCreate, AThinSnapshotReplacesItsOrigin) {
  Scene scene;
  scene.make_pool();
  scene.make_thin("t1");
  LvCreateRequest snapshot = scene.request("thin", 0);
  snapshot.name = "s1";
  snapshot.base = "t1";
  scene.create(snapshot);
  LvId origin = scene.id("t1");
  scene.take(convert::merge_thin(scene.world().context(), scene.world().view("vg"), scene.id("s1")));
  EXPECT_FALSE(scene.vg().find_lv("s1"));
  EXPECT_EQ(scene.vg().find_lv(origin)->as<model::Thin>()->device_id, 2u);
  EXPECT_NE(scene.position("delete 1"), -1);
}

TEST(UnitKindsCreate, APoolGrowsByItsData) {
  Scene scene;
  scene.make_pool();
  LvResizeRequest grow{.lv = scene.id("pool"), .size = {LvSize::Unit::extents, LvSize::Sign::plus, 5}};
  scene.take(lv_resize(scene.world().context(), scene.world().view("vg"), grow));
  EXPECT_EQ(scene.vg().find_lv("pool")->extents().n, 25u);
  EXPECT_EQ(scene.vg().find_lv("pool_tdata")->extents().n, 25u);
  LvResizeRequest metadata{.lv = scene.id("pool"),
                           .pool_metadata = LvSize{LvSize::Unit::bytes, LvSize::Sign::plus, 8 << 20},
                           .only_metadata = true};
  scene.take(lv_resize(scene.world().context(), scene.world().view("vg"), metadata));
  EXPECT_EQ(scene.vg().find_lv("pool_tmeta")->extents().n, 3u);
  EXPECT_EQ(scene.vg().find_lv("lvol0_pmspare")->extents().n, 3u);
  LvResizeRequest shrink{.lv = scene.id("pool"), .size = {LvSize::Unit::extents, LvSize::Sign::minus, 5}};
  auto plan = lv_resize(scene.world().context(), scene.world().view("vg"), shrink);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message(), "Thin pool volumes vg/pool_tdata cannot be reduced in size yet.");
}

TEST(UnitKindsCreate, ACacheIsPutInFrontAndTakenOff) {
  Scene scene;
  LvCreateRequest pool = scene.request("cache-pool", 8);
  pool.pool.name = "fast";
  scene.create(pool);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  convert::CacheRequest attach;
  attach.lv = scene.id("data");
  attach.cache = "fast";
  scene.take(convert::attach_pool(scene.world().context(), scene.world().view("vg"), attach));
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  const auto* cache = scene.vg().find_lv("data")->as<model::Cache>();
  ASSERT_TRUE(cache);
  EXPECT_EQ(scene.vg().find_lv(cache->cache)->name, "fast_cpool");
  EXPECT_EQ(scene.vg().find_lv(cache->origin)->name, "data_corig");
  const auto& settings = scene.vg().find_lv(cache->cache)->as<model::CachePool>()->settings;
  EXPECT_EQ(settings.mode, "writethrough");
  EXPECT_EQ(settings.policy, "smq");
  EXPECT_EQ(settings.metadata_format, 2u);
  scene.take(
      convert::detach_cache(scene.world().context(), scene.world().view("vg"), {scene.id("data"), false, false}));
  EXPECT_TRUE(scene.vg().find_lv("data")->as<model::Striped>());
  EXPECT_TRUE(scene.vg().find_lv("fast")->visible());
  EXPECT_FALSE(scene.vg().find_lv("data_corig"));
}

TEST(UnitKindsCreate, AVolumeHoldsMetadataAndDataOfACache) {
  Scene scene;
  scene.world().linear("fast", "/dev/sdb", 0, 8);
  convert::CacheRequest attach;
  attach.lv = scene.id("data");
  attach.cache = "fast";
  scene.take(convert::attach_volume(scene.world().context(), scene.world().view("vg"), attach));
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  const auto* cache = scene.vg().find_lv("data")->as<model::Cache>();
  ASSERT_TRUE(cache && cache->volume);
  EXPECT_EQ(cache->volume->metadata_length.n, 2u * 8192) << "whole extents: 4 MiB and a little";
  EXPECT_EQ(cache->volume->data_start, cache->volume->metadata_length);
  scene.take(convert::detach_cache(scene.world().context(), scene.world().view("vg"), {scene.id("data"), true, false}));
  EXPECT_EQ(scene.vg().lvs.size(), 1u);
}

TEST(UnitKindsCreate, SettingsOfPoolsAreChangedOneByOne) {
  Scene scene;
  scene.make_pool();
  PoolChangeRequest change{.lv = scene.id("pool"), .discards = model::Discards::nopassdown, .zero = false};
  std::uint32_t seqno = scene.vg().seqno;
  scene.take(pool_change(scene.world().context(), scene.world().view("vg"), change));
  EXPECT_EQ(scene.vg().seqno, seqno + 2);
  EXPECT_FALSE(scene.vg().find_lv("pool")->as<model::ThinPool>()->zero_new_blocks);
  auto plan = pool_change(scene.world().context(), scene.world().view("vg"),
                          {.lv = scene.id("data"), .discards = model::Discards::ignore});
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("uses options that require LV types thinpool"));
}

// v of 100 extents in a new pool p of 30.
LvCreateRequest new_vdo(Scene& scene) {
  LvCreateRequest vdo = scene.request("vdo", 30);
  vdo.name = "v";
  vdo.pool.make = true;
  vdo.pool.name = "p";
  vdo.virtual_size = Bytes(400 << 20);
  return vdo;
}

TEST(UnitKindsCreate, AVdoVolumeIsMadeWithItsPool) {
  Scene scene;
  LvCreateRequest vdo = new_vdo(scene);
  vdo.vdo.options.compression = false;
  scene.create(vdo);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  const auto* pool = scene.vg().find_lv("p")->as<model::VdoPool>();
  ASSERT_TRUE(pool);
  EXPECT_EQ(scene.vg().find_lv(pool->data)->name, "p_vdata");
  EXPECT_EQ(pool->virtual_extents.n, 100u);
  EXPECT_FALSE(pool->use_compression);
  EXPECT_EQ(scene.vg().find_lv("v")->as<model::Vdo>()->pool, scene.id("p"));
  EXPECT_LT(scene.position("wipe volume volume=vg/p"), scene.position("vdoformat --logical-size=410624K"));
  EXPECT_GT(scene.position("compression off"), scene.position("vdoformat"));
}

TEST(UnitKindsCreate, AVdoVolumeDiscardsItsEndBeforeItLosesIt) {
  Scene scene;
  LvCreateRequest vdo = new_vdo(scene);
  scene.create(vdo);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  LvResizeRequest request;
  request.lv = scene.id("v");
  request.direction = LvResizeRequest::Direction::reduce;
  request.size = {LvSize::Unit::extents, LvSize::Sign::none, 60};
  auto inactive = lv_resize(scene.world().context(), scene.world().view("vg"), request);
  ASSERT_FALSE(inactive);
  EXPECT_EQ(inactive.error().message(), "Logical volume vg/v must be activated before reducing device size.");
  world::LiveDevice live;
  live.info.uuid = activate::top_uuid(scene.vg(), *scene.vg().find_lv("v"));
  live.info.device = {253, 7};
  scene.world().world().live[live.info.uuid] = live;
  auto plan = lv_resize(scene.world().context(), scene.world().view("vg"), request);
  ASSERT_TRUE(plan) << plan.error().text();
  const auto* discard = std::get_if<step::Discard>(&plan->stages.front().steps.back());
  ASSERT_TRUE(discard);
  EXPECT_TRUE(discard->required);
  EXPECT_EQ(discard->device.number, live.info.device);
  scene.take(std::move(plan));
  EXPECT_EQ(scene.position("discard device=/dev/vg/v offset=251658240 length=167772160"), 1);
  EXPECT_EQ(scene.vg().find_lv("v")->extents().n, 60u);
}

TEST(UnitKindsCreate, AVdoVolumeWithoutASizeWaitsForWhatTheFormatSays) {
  Scene scene;
  LvCreateRequest vdo = scene.request("vdo", 30);
  vdo.pool.make = true;
  vdo.pool.name = "p";
  scene.create(vdo);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  EXPECT_TRUE(scene.vg().find_lv("p")->as<model::Striped>());
  vdo.vdo.formatted_blocks = 27648;
  scene.create(vdo);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  EXPECT_EQ(scene.vg().find_lv("p")->as<model::VdoPool>()->virtual_extents.n, 26u) << "108 MiB less 1 MiB";
  EXPECT_EQ(scene.vg().find_lv("lvol0")->extents().n, 26u);
  EXPECT_EQ(blocks_of_format("x\nLogical blocks defaulted to 27648 blocks.\n", "vg/p"), 27648u);
  EXPECT_FALSE(blocks_of_format("formatted", "vg/p"));
}

TEST(UnitKindsCreate, SettingsOfVdoAreCheckedBeforeAnythingIsWritten) {
  Scene scene;
  auto refused = [&](std::string key, std::string value) {
    VdoOptions options;
    options.settings.emplace_back(std::move(key), std::move(value));
    auto out = new_vdo_settings(scene.world().context().config, options);
    return out ? std::string() : out.error().message();
  };
  EXPECT_EQ(refused("vdo_use_metadata_hints", "0"), "");
  EXPECT_EQ(refused("AckThreads", "3"), "") << "without underscores, in letters of any size";
  EXPECT_EQ(refused("minimum_io_size", "8"), "") << "counted in sectors";
  EXPECT_EQ(refused("minimum_io_size", "512"), "VDO minimum io size 512 is unsupported.");
  EXPECT_EQ(refused("bogus", "1"), "Unknown VDO setting \"bogus\".");
  EXPECT_EQ(refused("ack_threads", "x"), "Invalid argument for VDO setting \"vdo_ack_threads\".");
  EXPECT_EQ(refused("slab_size_mb", "65536"), "VDO slab size 65536 out of range.");
  EXPECT_EQ(refused("write_policy", "bogus"), "Unknown VDO write policy bogus.");
  EXPECT_THAT(refused("hash_zone_threads", "0"), HasSubstr("must be all zero or all non-zero"));
}

TEST(UnitKindsCreate, SomeSettingsOfAVdoPoolAreForEver) {
  model::VdoPool pool = new_vdo_settings(config::Config(), {})->pool;
  auto change = [&](std::string key, std::string value, bool live) {
    VdoOptions options;
    options.settings.emplace_back(std::move(key), std::move(value));
    auto out = change_vdo_settings(options, "vg/p", live, pool);
    return out ? std::string() : out.error().message();
  };
  EXPECT_EQ(change("slab_size_mb", "256", false),
            "Cannot change VDO setting \"vdo_slab_size_mb\" in existing VDO pool.");
  EXPECT_THAT(change("ack_threads", "4", true), HasSubstr("Cannot change VDO settings for active VDO pool vg/p."));
  EXPECT_EQ(change("compression", "0", true), "");
  EXPECT_FALSE(pool.use_compression);
  EXPECT_EQ(change("ack_threads", "4", false), "");
  EXPECT_EQ(pool.ack_threads, 4u);
}

TEST(UnitKindsCreate, TheSpareTakesThePlaceOfDamagedMetadata) {
  Scene scene;
  scene.make_pool();
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  LvId old = scene.vg().find_lv("pool")->as<model::ThinPool>()->metadata, spare = scene.id("lvol0_pmspare");
  std::vector<model::Segment> spare_extents = scene.vg().find_lv("lvol0_pmspare")->segments;
  scene.take(convert::repair_pool(scene.world().context(), scene.world().view("vg"), {scene.id("pool"), {}, true}));
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  EXPECT_EQ(scene.vg().find_lv("pool")->as<model::ThinPool>()->metadata, old) << "it has other extents";
  EXPECT_EQ(scene.id("pool_tmeta"), old);
  EXPECT_EQ(scene.id("pool_meta0"), spare);
  EXPECT_EQ(scene.vg().find_lv("pool_tmeta")->segments, spare_extents);
  EXPECT_TRUE(scene.vg().find_lv("pool_meta0")->visible());
  EXPECT_TRUE(scene.vg().find_lv("lvol1_pmspare")) << "a new one";
  EXPECT_GE(scene.position("thin_repair -i /dev/mapper/vg-pool_tmeta -o /dev/mapper/vg-lvol0_pmspare"), 0);
  scene.take(convert::repair_pool(scene.world().context(), scene.world().view("vg"), {scene.id("pool"), {}, false}));
  EXPECT_TRUE(scene.vg().find_lv("pool_meta1"));
  EXPECT_THAT(scene.world().said(),
              Contains("WARNING: recovery of pools without pool metadata spare LV is not automated."));
}

TEST(UnitKindsCreate, ACacheVolumeIsMadeOnTheDevicesThatAreNamed) {
  Scene scene;
  convert::CacheRequest attach;
  attach.lv = scene.id("data");
  attach.pool.cache.devices = {"/dev/sda"};
  auto used = convert::attach_volume(scene.world().context(), scene.world().view("vg"), attach);
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().message(), "PV /dev/sda is in use, --cachesize is required.");
  attach.pool.cache.devices = {"/dev/sdb"};
  scene.take(convert::attach_volume(scene.world().context(), scene.world().view("vg"), attach));
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  EXPECT_EQ(scene.vg().find_lv("data_cache_cvol")->extents().n, 100u);
  EXPECT_TRUE(scene.vg().find_lv("data")->as<model::Cache>()->volume);
}

TEST(UnitKindsCreate, PoolsGrowByTheirPolicy) {
  Scene scene;
  scene.make_pool();
  LvResizeRequest request;
  request.lv = scene.id("pool");
  request.direction = LvResizeRequest::Direction::extend;
  dm::ThinPoolStatus full;
  full.data = {80, 100};
  full.metadata = {1, 100};
  dm::StatusBody status = full;
  auto plan = lv_autoextend(scene.world().context(), scene.world().view("vg"), request, &status);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->empty()) << "a threshold of 100 means never";
  scene.world().config().add(
      config::Config::Layer::command_line,
      std::move(*syntax::Document::parse(
          "activation { thin_pool_autoextend_threshold=70 thin_pool_autoextend_percent=20 }", "test")));
  auto inactive = lv_autoextend(scene.world().context(), scene.world().view("vg"), request, nullptr);
  ASSERT_FALSE(inactive);
  EXPECT_EQ(inactive.error().message(), "Can't read state of locally inactive LV vg/pool.");
  scene.take(lv_autoextend(scene.world().context(), scene.world().view("vg"), request, &status));
  EXPECT_EQ(scene.vg().find_lv("pool")->extents().n, 24u);
  request.lv = scene.id("data");
  EXPECT_FALSE(lv_autoextend(scene.world().context(), scene.world().view("vg"), request, &status));
}

}  // namespace
}  // namespace lvm::plan
