// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/value_block.h"

#include <gtest/gtest.h>

namespace lvm::lockd {
namespace {

TEST(UnitLockdValue, BytesAsLvm2HasThem) {
  EXPECT_EQ(pack_value({0x01020304, true}), (ValueBlock{1, 1, 1, 0, 4, 3, 2, 1}));
  EXPECT_EQ(unpack_value({1, 1, 1, 0, 4, 3, 2, 1}), (Value{0x01020304, true}));
  EXPECT_EQ(unpack_value({}), Value{});
  EXPECT_FALSE(unpack_value({1, 2, 0, 0, 0, 0, 0, 0})) << "a newer major version";
}

}  // namespace
}  // namespace lvm::lockd
