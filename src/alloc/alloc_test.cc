// SPDX-License-Identifier: LGPL-2.1-or-later
#include "alloc/alloc.h"

#include <gtest/gtest.h>

#include <random>

namespace lvm::alloc {
namespace {

using model::Allocation;

PvId pv_id(int n) {
  PvId id;
  id.uuid.chars.fill('p');
  id.uuid.chars[0] = static_cast<char>('0' + n);
  return id;
}

model::Vg make_vg(std::vector<std::uint64_t> sizes) {
  model::Vg vg;
  vg.name = "vg";
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    model::Pv pv;
    pv.id = pv_id(static_cast<int>(i));
    pv.flags.set(model::PvFlag::allocatable);
    pv.pe_count = Extents(sizes[i]);
    vg.pvs.push_back(pv);
  }
  return vg;
}

// A linear LV on one PV.
void use(model::Vg& vg, int pv, std::uint64_t start, std::uint64_t count) {
  model::Lv lv;
  lv.name = "used" + std::to_string(vg.lvs.size());
  model::Striped body;
  body.areas.push_back(model::PvArea{pv_id(pv), Extents(start)});
  lv.segments.push_back({Extents(), Extents(count), {}, body, {}});
  vg.lvs.push_back(lv);
}

Request request_for(const model::Vg& vg, std::uint64_t extents, std::uint32_t stripes = 1) {
  Request request;
  request.lv_name = "new";
  request.extents = Extents(extents);
  request.stripes = stripes;
  request.choices = allocatable(vg);
  return request;
}

// "0:5+3 1:0+3" style: legs joined by '/', placements by blanks.
std::string show(const std::vector<Placement>& placements) {
  std::string out;
  for (const Placement& placement : placements) {
    if (!out.empty()) out += ' ';
    for (std::size_t i = 0; i < placement.legs.size(); ++i) {
      if (i) out += '/';
      out += placement.legs[i].pv.uuid.chars[0];
      out += ':' + std::to_string(placement.legs[i].start.n);
    }
    out += '+' + std::to_string(placement.length.n);
  }
  return out;
}

std::string allocate_text(const model::Vg& vg, const Request& request) {
  auto placed = allocate(vg, FreeMap(vg), request);
  return placed ? show(*placed) : "error: " + placed.error().message();
}

TEST(UnitAlloc, FreeMapIsTheComplementOfWhatIsUsed) {
  model::Vg vg = make_vg({10, 5});
  use(vg, 0, 2, 3);
  use(vg, 0, 5, 1);
  use(vg, 1, 0, 5);
  FreeMap free(vg);
  EXPECT_EQ(free.of(0), (std::vector<Range>{{Extents(0), Extents(2)}, {Extents(6), Extents(4)}}));
  EXPECT_TRUE(free.of(1).empty());
  EXPECT_EQ(free.total().n, 6u);
}

TEST(UnitAlloc, FirstPvThatFitsEntirelyIsTaken) {
  model::Vg vg = make_vg({15, 15, 15});
  use(vg, 0, 0, 10);
  EXPECT_EQ(allocate_text(vg, request_for(vg, 8)), "1:0+8");
  EXPECT_EQ(allocate_text(vg, request_for(vg, 5)), "0:10+5");
}

TEST(UnitAlloc, SmallestAreaOfThePvThatFits) {
  model::Vg vg = make_vg({30});
  use(vg, 0, 4, 1);  // free: 0-3, 5-9, 11-29
  use(vg, 0, 10, 1);
  EXPECT_EQ(allocate_text(vg, request_for(vg, 3)), "0:0+3");
  EXPECT_EQ(allocate_text(vg, request_for(vg, 5)), "0:5+5");
  EXPECT_EQ(allocate_text(vg, request_for(vg, 6)), "0:11+6");
}

TEST(UnitAlloc, WhenNoneFitsTheLargestAreaComesFirstAndTheRestFollows) {
  model::Vg vg = make_vg({10, 20, 15});
  EXPECT_EQ(allocate_text(vg, request_for(vg, 40)), "1:0+20 2:0+15 0:0+5");
}

TEST(UnitAlloc, ContiguousRefusesToSplit) {
  model::Vg vg = make_vg({10, 20});
  Request request = request_for(vg, 25);
  request.policy = Allocation::contiguous;
  request.can_split = false;
  EXPECT_EQ(allocate_text(vg, request),
            "error: Insufficient suitable contiguous allocatable extents for logical volume new: 25 more required");
}

TEST(UnitAlloc, StripesLieOnDifferentPvs) {
  model::Vg vg = make_vg({10, 20, 15});
  EXPECT_EQ(allocate_text(vg, request_for(vg, 20, 2)), "0:0/1:0+10");
  EXPECT_EQ(allocate_text(vg, request_for(vg, 24, 2)), "1:0/2:0+12");
}

TEST(UnitAlloc, StripesOnOnePvNeedTheAnywherePolicy) {
  model::Vg vg = make_vg({20});
  use(vg, 0, 8, 2);
  Request request = request_for(vg, 8, 2);
  EXPECT_TRUE(allocate_text(vg, request).starts_with("error: Insufficient suitable allocatable extents"));
  request.policy = Allocation::anywhere;
  EXPECT_EQ(allocate_text(vg, request), "0:10/0:0+4");
}

TEST(UnitAlloc, GrowingContinuesBehindTheLastSegment) {
  model::Vg vg = make_vg({20, 20});
  use(vg, 1, 0, 5);
  Request request = request_for(vg, 4);
  request.previous = Previous{{{pv_id(1), Extents(5)}}, {pv_id(1)}};
  EXPECT_EQ(allocate_text(vg, request), "1:5+4");
}

TEST(UnitAlloc, GrowingClingsToTheVolumesPvWhenTheNextExtentIsTaken) {
  model::Vg vg = make_vg({20, 20});
  use(vg, 1, 0, 5);
  use(vg, 1, 5, 3);
  Request request = request_for(vg, 4);
  request.previous = Previous{{{pv_id(1), Extents(5)}}, {pv_id(1)}};
  EXPECT_EQ(allocate_text(vg, request), "1:8+4");
  request.policy = Allocation::contiguous;
  request.can_split = false;
  EXPECT_TRUE(allocate_text(vg, request).starts_with("error"));
}

TEST(UnitAlloc, TagsLetClingReachASecondPv) {
  model::Vg vg = make_vg({5, 20, 20});
  use(vg, 0, 0, 5);
  vg.pvs[0].tags = {"site1"};
  vg.pvs[2].tags = {"site1"};
  Request request = request_for(vg, 4);
  request.previous = Previous{{{pv_id(0), Extents(5)}}, {pv_id(0)}};
  request.cling_tags = {"@site1"};
  request.policy = Allocation::cling;
  EXPECT_EQ(allocate_text(vg, request), "2:0+4");
  request.cling_tags = {"@*"};
  EXPECT_EQ(allocate_text(vg, request), "2:0+4");
  request.cling_tags = {};
  EXPECT_TRUE(allocate_text(vg, request).starts_with("error"));
}

TEST(UnitAlloc, RangesOnTheCommandLineLimitAndOrderThePlaces) {
  model::Vg vg = make_vg({20, 20});
  Request request = request_for(vg, 6);
  request.choices = {{pv_id(1), {{Extents(10), Extents(4)}}}, {pv_id(0), {{Extents(3), Extents(5)}}}};
  EXPECT_EQ(allocate_text(vg, request), "0:3+5 1:10+1");
}

TEST(UnitAlloc, ApproximateTakesWhatThereIs) {
  model::Vg vg = make_vg({15, 15, 15, 15});
  Request request = request_for(vg, 60, 3);
  request.approximate = true;
  EXPECT_EQ(allocate_text(vg, request), "0:0/1:0/2:0+15");
}

TEST(UnitAlloc, TooFewExtentsIsSaidWithBothNumbers) {
  model::Vg vg = make_vg({5});
  EXPECT_EQ(allocate_text(vg, request_for(vg, 6)),
            "error: Insufficient free space: 6 extents needed, but only 5 available");
}

// Whatever is asked: no extent twice, none outside, and the sum as asked.
TEST(UnitAlloc, RandomRequestsNeverOverlapAndAddUp) {
  std::mt19937 random(20240229);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint64_t> sizes(1 + random() % 5);
    for (auto& size : sizes) size = 1 + random() % 40;
    model::Vg vg = make_vg(sizes);
    for (std::size_t pv = 0; pv < sizes.size(); ++pv)
      for (std::uint64_t at = random() % 6; at + 3 < sizes[pv]; at += 4 + random() % 6)
        use(vg, static_cast<int>(pv), at, 1 + random() % 3);
    auto stripes = static_cast<std::uint32_t>(1 + random() % 3);
    Request request = request_for(vg, stripes * (1 + random() % 20), stripes);
    request.policy = static_cast<Allocation>(random() % 4);
    request.can_split = request.policy != Allocation::contiguous;
    FreeMap free(vg);
    auto placed = allocate(vg, free, request);
    if (!placed) continue;
    std::uint64_t sum = 0;
    for (const Placement& placement : *placed) {
      sum += placement.length.n * placement.legs.size();
      for (const auto& leg : placement.legs) {
        auto pv = static_cast<std::size_t>(leg.pv.uuid.chars[0] - '0');
        free.take(pv, {leg.start, placement.length});  // CHECKs that it was free
      }
    }
    EXPECT_EQ(sum, request.extents.n) << "round " << round;
  }
}

}  // namespace
}  // namespace lvm::alloc
