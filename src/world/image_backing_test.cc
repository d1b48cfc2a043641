// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world/image_backing.h"

#include <gtest/gtest.h>

#include "model/testing.h"

namespace lvm::world {
namespace {

class UnitImageBacking : public ::testing::Test {
 protected:
  UnitImageBacking() {
    vg_.name = "vg";
    vg_.extent_size = Sectors(8192);
    vg_.pvs.resize(1);
    vg_.pvs[0].pe_start = Sectors(2048);
    vg_.pvs[0].pe_count = Extents(4);
    pv_.device.path = "a.img@2";
    pv_.device.image = device::ImagePart{"/images/a.img", Bytes(1 << 20), 2};
    pv_.device.size = Bytes(64 << 20);
    pv_.areas.push_back({.start = Bytes(4096), .size = Bytes((1 << 20) - 4096)});
  }
  std::string refused() {
    auto backing = image_backing(pv_, vg_);
    return backing ? "" : backing.error().text();
  }
  model::Vg vg_;
  PvDevice pv_;
};

TEST_F(UnitImageBacking, IsTheImagesPart) {
  auto backing = image_backing(pv_, vg_);
  ASSERT_TRUE(backing);
  EXPECT_EQ(*backing, (dm::user::Backing{"/images/a.img", Bytes(1 << 20), Bytes(64 << 20), false}));
}

TEST_F(UnitImageBacking, ExtentsOverTheLabelOrMetadataAreRefused) {
  vg_.pvs[0].pe_start = Sectors(0);
  EXPECT_NE(refused().find("over its label"), std::string::npos) << refused();
  vg_.pvs[0].pe_start = Sectors(2);
  EXPECT_NE(refused().find("over its metadata area"), std::string::npos) << refused();
  vg_.pvs[0].pe_start = Sectors(2047);
  EXPECT_NE(refused().find("over its metadata area"), std::string::npos) << refused();
  vg_.pvs[0].pe_start = Sectors(2048);
  // The second area, at the end.
  pv_.areas.push_back({.start = to_bytes(Sectors(2048 + 4 * 8192)), .size = Bytes(1 << 20)});
  EXPECT_EQ(refused(), "");
  vg_.pvs[0].pe_count = Extents(5);
  EXPECT_NE(refused().find("over its metadata area"), std::string::npos) << refused();
}

TEST_F(UnitImageBacking, SizesThatNothingHasDoNotWrapAround) {
  vg_.pvs[0].pe_start = Sectors(~std::uint64_t{0});
  vg_.pvs[0].pe_count = Extents(4294967295);
  EXPECT_EQ(refused(), "");
  vg_.pvs[0].pe_start = Sectors(100);
  vg_.extent_size = Sectors(4294967295);
  EXPECT_NE(refused().find("over its metadata area"), std::string::npos) << refused();
}

}  // namespace
}  // namespace lvm::world
