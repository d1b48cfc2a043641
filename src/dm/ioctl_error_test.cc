// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/ioctl_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace lvm::dm {
namespace {

// Whoever was killed between a message to a thin pool and the end of the transaction is followed by a command that
// sends it again: what was done before must be told from what failed.
TEST(UnitIoctlError, AMessageThatAPoolHasHeardBefore) {
  EXPECT_EQ(fail_ioctl("message", "vg-pool-tpool", EEXIST).error().code(), Code::exists);
  EXPECT_EQ(fail_ioctl("message", "vg-pool-tpool", ENODATA).error().code(), Code::not_found);
  EXPECT_EQ(fail_ioctl("message", "vg-pool-tpool", EINVAL).error().code(), Code::io);
}

}  // namespace
}  // namespace lvm::dm
