// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/memory_lock.h"

#include <gtest/gtest.h>

namespace lvm::dm {
namespace {

TEST(UnitMemoryLock, HeldFromTheFirstSuspensionToTheLastResumption) {
  std::string calls;
  {
    MemoryLock lock([&](bool hold) { calls += hold ? '+' : '-'; });
    lock.runs("a");
    EXPECT_EQ(calls, "");
    lock.suspending("a");
    lock.suspending("a");
    lock.suspending("b");
    EXPECT_EQ(calls, "+");
    lock.runs("a");
    lock.runs("a");
    EXPECT_EQ(calls, "+");
    lock.runs("b");
    EXPECT_EQ(calls, "+-");
    lock.suspending("c");
    EXPECT_EQ(calls, "+-+");
  }
  EXPECT_EQ(calls, "+-+-");
}

}  // namespace
}  // namespace lvm::dm
