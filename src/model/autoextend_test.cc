// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/autoextend.h"

#include <gtest/gtest.h>

namespace lvm::model {
namespace {

// The example of lvm.conf: with 70 and 20, 1 GiB grows to 1.2 GiB above 700 MiB, and to 1.44 GiB above 840 MiB.
TEST(UnitAutoextend, GrowsByPercentAboveTheThreshold) {
  const AutoextendPolicy policy{70, 20};
  EXPECT_EQ(autoextended(policy, Extents(1000), 700, 1000), std::nullopt);
  EXPECT_EQ(autoextended(policy, Extents(1000), 701, 1000), Extents(1200));
  EXPECT_EQ(autoextended(policy, Extents(1200), 841, 1200), Extents(1440));
}

TEST(UnitAutoextend, NeverAtHundredOrByNothing) {
  EXPECT_EQ(autoextended({100, 20}, Extents(10), 10, 10), std::nullopt);
  EXPECT_EQ(autoextended({70, 0}, Extents(10), 10, 10), std::nullopt);
  EXPECT_EQ(autoextended({70, 20}, Extents(10), 0, 0), std::nullopt);
}

TEST(UnitAutoextend, LowThresholdsCountAsFifty) {
  EXPECT_EQ(autoextended({10, 20}, Extents(10), 5, 10), std::nullopt);
  EXPECT_EQ(autoextended({10, 20}, Extents(10), 6, 10), Extents(12));
}

TEST(UnitAutoextend, RoundsUpAndStaysInRange) {
  EXPECT_EQ(autoextended({50, 20}, Extents(1), 1, 1), Extents(2));
  EXPECT_EQ(autoextended({70, 10}, Extents(11), 8, 11), Extents(13));
  EXPECT_EQ(autoextended({50, 20}, Extents(~std::uint64_t{0}), 1, 1), std::nullopt);
}

// As the reference was seen to: 20 extents of which three quarters are in use, with 50 and 20.
TEST(UnitAutoextend, GrowsUntilTheThresholdIsNoLongerPassed) {
  EXPECT_EQ(autoextended({50, 20}, Extents(20), 240, 320), Extents(30));
  EXPECT_EQ(autoextended({50, 20}, Extents(8), 10296, 16384), Extents(11));
  EXPECT_EQ(autoextended({50, 10}, Extents(11), 11, 11), Extents(22));
}

TEST(UnitAutoextend, OverprovisioningIsToldByHowBadItIs) {
  auto told = [](std::uint64_t promised) {
    return overprovisioning({Sectors(promised), Sectors(100), Sectors(50), Sectors(200)});
  };
  EXPECT_EQ(told(100), Overprovisioning::none);
  EXPECT_EQ(told(101), Overprovisioning::beyond_pool);
  EXPECT_EQ(told(150), Overprovisioning::beyond_pool);
  EXPECT_EQ(told(151), Overprovisioning::beyond_free);
  EXPECT_EQ(told(201), Overprovisioning::beyond_vg);
}

}  // namespace
}  // namespace lvm::model
