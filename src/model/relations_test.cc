// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/relations.h"

#include <gtest/gtest.h>

#include "model/invariants.h"
#include "model/testing.h"
#include "model/usable.h"

namespace lvm::model {
namespace {

using testing::id;
using testing::lv;
using testing::on_lv;
using testing::on_pv;
using testing::striped;

Segment whole(std::uint64_t count, SegmentBody body) {
  return {Extents(0), Extents(count), {}, std::move(body), {}, {}};
}

Lv hidden(unsigned number, std::string_view name, Segment segment) {
  Lv out = lv(number, name, {std::move(segment)});
  out.flags.clear(LvFlag::visible);
  return out;
}

// pool (1) over a raid1 tdata (2: images 3, 4, metadata 5, 6) and tmeta (7); thin t (8), its snapshot s (9).
Vg thin_vg() {
  Vg vg = testing::vg(2);
  ThinPool pool;
  pool.data = id<LvId>(2);
  pool.metadata = id<LvId>(7);
  pool.chunk_size = Sectors(128);
  vg.lvs.push_back(lv(1, "pool", {whole(10, pool)}));
  Raid raid;
  raid.areas = {on_lv(3, 0), on_lv(4, 0)};
  raid.metadata = {id<LvId>(5), id<LvId>(6)};
  vg.lvs.push_back(hidden(2, "pool_tdata", whole(10, raid)));
  vg.lvs.push_back(hidden(3, "pool_tdata_rimage_0", striped(0, 10, {on_pv(1, 1)})));
  vg.lvs.push_back(hidden(4, "pool_tdata_rimage_1", striped(0, 10, {on_pv(2, 1)})));
  vg.lvs.push_back(hidden(5, "pool_tdata_rmeta_0", striped(0, 1, {on_pv(1, 0)})));
  vg.lvs.push_back(hidden(6, "pool_tdata_rmeta_1", striped(0, 1, {on_pv(2, 0)})));
  vg.lvs.push_back(hidden(7, "pool_tmeta", striped(0, 1, {on_pv(1, 20)})));
  Thin thin;
  thin.pool = id<LvId>(1);
  thin.device_id = 1;
  vg.lvs.push_back(lv(8, "t", {whole(100, thin)}));
  thin.device_id = 2;
  thin.origin = id<LvId>(8);
  vg.lvs.push_back(lv(9, "s", {whole(100, thin)}));
  return vg;
}

// origin (1) with two snapshots: stores 2 and 4 behind 3 and 5.
Vg snapshot_vg() {
  Vg vg = testing::vg(1);
  vg.lvs.push_back(lv(1, "origin", {striped(0, 10, {on_pv(1, 0)})}));
  for (unsigned i : {2U, 4U}) {
    vg.lvs.push_back(lv(i, "snap" + std::to_string(i), {striped(0, 5, {on_pv(1, i * 10)})}));
    Snapshot snapshot{id<LvId>(1), id<LvId>(i), Sectors(8), false};
    vg.lvs.push_back(hidden(i + 1, "snapshot" + std::to_string(i / 2 - 1), whole(10, snapshot)));
  }
  return vg;
}

std::vector<std::string> names(const Vg& vg, const std::vector<std::uint32_t>& positions) {
  std::vector<std::string> out;
  for (auto at : positions) out.push_back(vg.lvs[at].name);
  return out;
}

using Names = std::vector<std::string>;

TEST(UnitRelations, PartsAreFoundThroughAllLayers) {
  Vg vg = thin_vg();
  ASSERT_TRUE(check(vg)) << check(vg).error().text();
  Relations relations(vg);
  EXPECT_EQ(relations.top(4), 0u) << "the pool is the top of its raid's metadata";
  EXPECT_EQ(relations.parent(4), 1u);
  EXPECT_EQ(relations.part_of(5)->role, Role::raid_metadata);
  EXPECT_EQ(relations.part_of(5)->index, 1u);
  EXPECT_EQ(relations.part_of(0), nullptr);
  auto parts = relations.with_parts(0);
  EXPECT_EQ(parts.size(), 7u);
  EXPECT_EQ(parts.back(), 0u);
  EXPECT_EQ(names(vg, relations.with_parts(7)), Names{"t"}) << "the pool is no part of its volumes";
}

TEST(UnitRelations, DependentsAreThoseThatCannotLiveWithout) {
  Vg vg = thin_vg();
  Relations relations(vg);
  EXPECT_EQ(names(vg, relations.dependents(0)), (Names{"t", "s"}));
  EXPECT_TRUE(relations.dependents(7).empty()) << "a thin snapshot lives on without its origin";
}

TEST(UnitRelations, SnapshotsAreKnownByTheirStores) {
  Vg vg = snapshot_vg();
  ASSERT_TRUE(check(vg)) << check(vg).error().text();
  Relations relations(vg);
  EXPECT_EQ(names(vg, relations.dependents(0)), (Names{"snap2", "snap4"}));
  EXPECT_EQ(relations.behind_face(1), 2u);
  EXPECT_EQ(relations.face_of(2), 1u);
  EXPECT_EQ(relations.behind_face(0), Relations::kNone);
  EXPECT_EQ(relations.top(1), 1u);
}

TEST(UnitRelations, BrokenOnesAreRefused) {
  Vg shared = thin_vg();
  std::get<ThinPool>(shared.lvs[0].segments[0].body).metadata = id<LvId>(3);
  EXPECT_EQ(check(shared).error().message(),
            "Logical volume \"vg/pool_tdata_rimage_0\" is part of both \"pool\" and \"pool_tdata\".");
  Vg circle = thin_vg();
  std::get<Thin>(circle.lvs[7].segments[0].body).external_origin = id<LvId>(9);
  std::get<Thin>(circle.lvs[8].segments[0].body).external_origin = id<LvId>(8);
  EXPECT_NE(check(circle).error().message().find("contains itself"), std::string::npos);
  Vg stranger = thin_vg();
  std::get<Thin>(stranger.lvs[7].segments[0].body).pool = id<LvId>(77);
  EXPECT_EQ(check(stranger).error().message(),
            "The segment 1 of logical volume \"vg/t\" names a thin pool that is not in the volume group.");
  Vg uneven = thin_vg();
  uneven.lvs[0].segments[0].count = Extents(11);
  EXPECT_NE(check(uneven).error().message().find("has 11 extents, but its thin pool data"), std::string::npos);
}

TEST(UnitRelations, ReferencesAreReplacedWhateverTheKind) {
  Vg vg = thin_vg();
  SegmentBody& pool = vg.lvs[0].segments[0].body;
  replace_reference(pool, id<LvId>(7), id<LvId>(70));
  EXPECT_EQ(referenced(pool, Role::thin_pool_metadata), id<LvId>(70));
  SegmentBody& raid = vg.lvs[1].segments[0].body;
  replace_reference(raid, id<LvId>(4), id<LvId>(40));
  replace_reference(raid, id<LvId>(6), id<LvId>(60));
  EXPECT_EQ(referenced(raid, Role::raid_image, 1), id<LvId>(40));
  EXPECT_EQ(referenced(raid, Role::raid_metadata, 1), id<LvId>(60));
  EXPECT_FALSE(referenced(raid, Role::cache_pool));
}

TEST(UnitRaid, SharesOfTheImages) {
  auto share = [](RaidType type, unsigned images, std::uint64_t count) {
    Raid raid;
    raid.type = type;
    for (unsigned i = 0; i < images; ++i) raid.areas.push_back(on_lv(i + 1, 0));
    return raid.area_length(Extents(count)).n;
  };
  EXPECT_EQ(share(RaidType::raid0, 3, 12), 4u);
  EXPECT_EQ(share(RaidType::raid1, 3, 12), 12u);
  EXPECT_EQ(share(RaidType::raid5, 4, 12), 4u);
  EXPECT_EQ(share(RaidType::raid6, 5, 12), 4u);
  EXPECT_EQ(share(RaidType::raid10, 4, 12), 6u);
  EXPECT_EQ(share(RaidType::raid5, 4, 13), 5u);
}

// One extent of each image is kept for reshaping: it counts for all images that have data.
TEST(UnitRaid, SpaceForReshaping) {
  auto segment = [](RaidType type, unsigned images, std::uint64_t count) {
    Raid raid;
    raid.type = type;
    raid.data_copies = type == RaidType::raid10 ? 1 : 0;  // as LVM2 writes it, and means 2
    for (unsigned i = 0; i < images; ++i) raid.areas.push_back(on_lv(i + 1, 0));
    return Segment{Extents(), Extents(count), {}, std::move(raid), {}, Extents(1)};
  };
  Segment raid5 = segment(RaidType::raid5, 4, 15), raid10 = segment(RaidType::raid10, 4, 12);
  EXPECT_EQ(usable(raid5).n, 12u);
  EXPECT_EQ(area_length(raid5).n, 5u);
  EXPECT_EQ(usable(raid10).n, 8u);
  EXPECT_EQ(area_length(raid10).n, 5u);
}

}  // namespace
}  // namespace lvm::model
