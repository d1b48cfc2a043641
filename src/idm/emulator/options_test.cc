// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/emulator/options.h"

#include <gtest/gtest.h>

namespace lvm::idm::emulator {
namespace {

TEST(UnitIdmDriveOptions, Start) {
  const auto parse = [](std::vector<std::string> words) { return parse_start(words); };
  const auto options = parse({"d1", "--backing", "/x", "--size", "64M", "--firmware", "2020", "--fault", "busy=3",
                              "--no-disk", "--block-size", "4096", "--id", "naa.5000c500a1b2c3d4"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->name, "d1");
  EXPECT_EQ(options->size, Bytes(64u << 20));
  EXPECT_EQ(options->limits.records, 128u);
  EXPECT_EQ(options->block_size, 4096u);
  EXPECT_FALSE(options->disk);
  EXPECT_EQ(options->id.text(), "naa.5000c500a1b2c3d4");
  EXPECT_EQ(options->faults.size(), 1u);
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {},
           {"d1"},
           {"d1", "d2", "--backing", "/x"},
           {"d/1", "--backing", "/x"},
           {"d1", "--backing"},
           {"d1", "--backing", "/x", "--size", "0"},
           {"d1", "--backing", "/x", "--size", "9X"},
           {"d1", "--backing", "/x", "--id", "5000"},
           {"d1", "--backing", "/x", "--hosts", "0"},
           {"d1", "--backing", "/x", "--fault", "gone"},
           {"d1", "--backing", "/x", "--fault", "gone=x"},
           {"d1", "--backing", "/x", "--firmware", "new"},
           {"d1", "--backing", "/x", "--nvme", "--id", "naa.5000c500a1b2c3d4"},
           {"d1", "--backing", "/x", "--nvme", "--id", "eui.000102030405060708090a0b"},
           {"d1", "--backing", "/x", "--listen", "localhost"},
           {"d1", "--backing", "/x", "--listen", "::1"},
           {"d1", "--backing", "/x", "--listen", "[::1"},
           {"d1", "--backing", "/x", "--listen", "127.0.0.1:65536"},
           {"d1", "--backing", "/x", "--bogus"}}) {
    const auto result = parse(wrong);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Code::usage);
  }
}

TEST(UnitIdmDriveOptions, Nvme) {
  const auto parse = [](std::vector<std::string> words) { return parse_start(words).value(); };
  EXPECT_FALSE(parse({"d1", "--backing", "/x"}).nvme);
  const auto local = parse({"d1", "--backing", "/x", "--nvme"});
  EXPECT_EQ(local.nvme->address, "127.0.0.1");
  EXPECT_EQ(local.nvme->port, 0);
  EXPECT_EQ(local.id.kind, DriveId::Kind::eui);
  const auto six = parse({"d1", "--backing", "/x", "--listen", "[2001:db8::1]:4420", "--nvme"});
  EXPECT_EQ(six.nvme->address, "2001:db8::1");
  EXPECT_EQ(six.nvme->port, 4420);
  EXPECT_EQ(parse({"d1", "--backing", "/x", "--listen", "[::1]"}).nvme->address, "::1");
  EXPECT_EQ(parse({"d1", "--backing", "/x", "--listen", "192.0.2.1"}).nvme->port, 0);
}

TEST(UnitIdmDriveOptions, DefaultIdsDifferAndStay) {
  EXPECT_EQ(default_id("d1"), default_id("d1"));
  EXPECT_NE(default_id("d1"), default_id("d2"));
  EXPECT_EQ(default_id("d1").bytes.size(), 16u);
  EXPECT_TRUE(default_id("d1").text().starts_with("naa.6001405"));
}

}  // namespace
}  // namespace lvm::idm::emulator
