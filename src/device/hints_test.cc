// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/hints.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace lvm::device {
namespace {

TEST(UnitHints, LeavesTheSentinelOnlyBesideHints) {
  std::string run = ::testing::TempDir() + "lvm_hints_XXXXXX";
  ASSERT_NE(::mkdtemp(run.data()), nullptr);
  SystemFiles files;
  ASSERT_TRUE(outdate_hints(files, run));
  EXPECT_FALSE(std::filesystem::exists(run + "/newhints"));
  std::ofstream(run + "/hints") << "hints_version: 2.1\n";
  ASSERT_TRUE(outdate_hints(files, run));
  EXPECT_TRUE(std::filesystem::exists(run + "/newhints"));
  EXPECT_TRUE(outdate_hints(files, run)) << "it may stand already";
  std::filesystem::remove_all(run);
}

}  // namespace
}  // namespace lvm::device
