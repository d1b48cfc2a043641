// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "alloc/alloc.h"

// Areas beside each other: mirrors, raids, pools with their metadata. What LVM2 2.03.16 did on the same disks
// (tests/golden/metadata: mirror, raid, thin).
namespace lvm::alloc {
namespace {

PvId pv_id(std::size_t n) {
  PvId id;
  id.uuid.chars.fill('p');
  id.uuid.chars[0] = static_cast<char>('0' + n);
  return id;
}

model::Vg make_vg(std::size_t pvs, std::uint64_t size) {
  model::Vg vg;
  for (std::size_t i = 0; i < pvs; ++i) {
    model::Pv pv;
    pv.id = pv_id(i);
    pv.flags.set(model::PvFlag::allocatable);
    pv.pe_count = Extents(size);
    vg.pvs.push_back(pv);
  }
  return vg;
}

Request request_for(const model::Vg& vg, std::uint64_t extents) {
  Request request;
  request.lv_name = "new";
  request.extents = Extents(extents);
  request.choices = allocatable(vg);
  return request;
}

std::string show(const std::vector<Placement::Leg>& legs) {
  std::string out;
  for (const auto& leg : legs) {
    if (!out.empty()) out += ' ';
    out += leg.pv.uuid.chars[0];
    out += ':' + std::to_string(leg.start.n);
  }
  return out;
}

Placement only(const model::Vg& vg, const FreeMap& free, const Request& request) {
  auto placed = allocate(vg, free, request);
  EXPECT_TRUE(placed) << placed.error().text();
  if (!placed) return {};
  EXPECT_EQ(placed->size(), 1u);
  return placed->front();
}

TEST(UnitParallel, AMirrorsLogLiesOnTheLastPv) {
  auto vg = make_vg(6, 127);
  FreeMap free(vg);
  Request request = request_for(vg, 8);
  request.copies = 2;
  request.logs = 1;
  request.log_length = Extents(1);
  Placement placed = only(vg, free, request);
  EXPECT_EQ(show(placed.legs), "0:0 1:0");
  EXPECT_EQ(show(placed.logs), "5:0");
  EXPECT_EQ(placed.length.n, 8u);
}

TEST(UnitParallel, AStripedMirrorKeepsItsCopiesApart) {
  auto vg = make_vg(6, 127);
  FreeMap free(vg);
  for (std::size_t pv : {0u, 1u}) free.take(pv, {Extents(0), Extents(16)});
  free.take(2, {Extents(0), Extents(8)});
  free.take(5, {Extents(0), Extents(1)});
  Request request = request_for(vg, 4);
  request.stripes = 2;
  request.copies = 2;
  request.logs = 1;
  request.log_length = Extents(1);
  Placement placed = only(vg, free, request);
  EXPECT_EQ(show(placed.legs), "0:16 1:16 2:8 3:0");
  EXPECT_EQ(show(placed.logs), "5:1");
  EXPECT_EQ(placed.length.n, 2u);
}

TEST(UnitParallel, RaidMetadataStandsBeforeItsImage) {
  auto vg = make_vg(6, 127);
  FreeMap free(vg);
  Request request = request_for(vg, 6);
  request.stripes = 3;
  request.parity = 1;
  request.leg_metadata = Extents(1);
  Placement placed = only(vg, free, request);
  EXPECT_EQ(show(placed.metadata), "0:0 1:0 2:0 3:0");
  EXPECT_EQ(show(placed.legs), "0:1 1:1 2:1 3:1");
  EXPECT_EQ(placed.length.n, 2u);
}

TEST(UnitParallel, MetadataOfAPoolFollowsItsDataWhereThereIsOnePv) {
  auto vg = make_vg(1, 100);
  FreeMap free(vg);
  free.take(0, {Extents(0), Extents(2)});
  Request request = request_for(vg, 16);
  request.logs = 1;
  request.log_length = Extents(2);
  Placement placed = only(vg, free, request);
  EXPECT_EQ(show(placed.legs), "0:2");
  EXPECT_EQ(show(placed.logs), "0:18");
  request.shared_logs = false;
  EXPECT_FALSE(allocate(vg, free, request));
}

TEST(UnitParallel, LongImagesGoOnInFurtherPieces) {
  auto vg = make_vg(2, 30);
  FreeMap free(vg);
  for (std::size_t pv : {0u, 1u}) free.take(pv, {Extents(10), Extents(10)});
  Request request = request_for(vg, 15);
  request.copies = 2;
  request.leg_metadata = Extents(1);
  auto placed = allocate(vg, free, request);
  ASSERT_TRUE(placed) << placed.error().text();
  ASSERT_EQ(placed->size(), 2u);
  EXPECT_EQ(show(placed->front().metadata), "0:0 1:0");
  EXPECT_EQ(placed->front().length.n + placed->back().length.n, 15u);
  EXPECT_TRUE(placed->back().metadata.empty());
}

TEST(UnitParallel, TooFewPvsAreRefused) {
  auto vg = make_vg(2, 30);
  FreeMap free(vg);
  Request request = request_for(vg, 4);
  request.stripes = 2;
  request.parity = 1;
  EXPECT_FALSE(allocate(vg, free, request));
}

}  // namespace
}  // namespace lvm::alloc
