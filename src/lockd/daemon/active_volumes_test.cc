// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/daemon/active_volumes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temporary_folder.h"

namespace lvm::lockd {
namespace {

namespace fs = std::filesystem;

TEST(UnitLockdVgInUse, ByTheLocksOfProcessesThatAreNoClients) {
  const TemporaryFolder place;
  const std::string& folder = place.path();
  const std::string locks = folder + "/locks";
  std::ofstream(folder + "/V_vg") << "";
  struct stat file{};
  ASSERT_EQ(::stat((folder + "/V_vg").c_str(), &file), 0);
  const std::string name = fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), file.st_ino);
  const auto in_use = [&](const std::string& text, const std::set<int>& clients) {
    std::ofstream(locks) << "1: POSIX  ADVISORY  WRITE 7 00:19:1 0 EOF\n" << text;
    return vg_in_use("vg", clients, folder, locks);
  };
  EXPECT_FALSE(in_use("", {}));
  EXPECT_TRUE(in_use("2: FLOCK  ADVISORY  WRITE 4711 " + name + " 0 EOF\n", {}));
  EXPECT_TRUE(in_use("2: FLOCK  ADVISORY  READ  4711 " + name + " 0 EOF\n", {12}));
  EXPECT_FALSE(in_use("2: FLOCK  ADVISORY  WRITE 4711 " + name + " 0 EOF\n", {4711})) << "it waits for us";
  EXPECT_FALSE(in_use("2: -> FLOCK  ADVISORY  WRITE 4711 " + name + " 0 EOF\n", {})) << "it waits for another";
  EXPECT_FALSE(in_use("2: FLOCK  ADVISORY  WRITE 4711 00:00:1 0 EOF\n", {}));
  EXPECT_FALSE(vg_in_use("other", {}, folder, locks));
}

}  // namespace
}  // namespace lvm::lockd
