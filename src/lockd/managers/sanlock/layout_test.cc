// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/sanlock/layout.h"

#include <gtest/gtest.h>

namespace lvm::lockd::sanlock {
namespace {

TEST(UnitSanlockLayout, Arguments) {
  EXPECT_EQ(volume_of("1.0.0:lvmlock"), "lvmlock");
  EXPECT_EQ(volume_of("2.0.0:lvmlock:notimeout:persist"), "lvmlock");
  for (const char* bad : {"", "lvmlock", "1.0.0", "1.0.0:", "3.0.0:lvmlock", "0.0.0:lvmlock", "1.0.0:../x"})
    EXPECT_FALSE(volume_of(bad)) << bad;
  EXPECT_EQ(offset_of("1.0.0:70254592"), kLvsAt << 20);
  for (const char* bad : {"", "dlm", "1.0.0:", "1.0.0:x", "2.0.0:1048576", "1.0.0:7x", "1.0.0:0"})
    EXPECT_FALSE(offset_of(bad)) << bad;
}

TEST(UnitSanlockLayout, DeviceNamesDoubleHyphens) {
  EXPECT_EQ(device_path("/dev/mapper", "my-vg", "lvmlock"), "/dev/mapper/my--vg-lvmlock");
}

}  // namespace
}  // namespace lvm::lockd::sanlock
