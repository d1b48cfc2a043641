// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/text.h"

#include <gtest/gtest.h>

namespace lvm::dm {
namespace {

TEST(UnitDmNames, HyphensAreDoubled) {
  EXPECT_EQ(device_name("vg-a", "lv", "real"), "vg--a-lv-real");
  EXPECT_EQ(device_name("vg", "l-v"), "vg-l--v");
  EXPECT_EQ(device_name("vg", "pool", "_tdata"), "vg-pool_tdata");
  EXPECT_EQ(device_name("vg", "lv", "missing_0_1"), "vg-lv-missing_0_1");
}

TEST(UnitDmNames, SplitIsTheInverse) {
  for (const SplitName& parts : {SplitName{"vg-a", "lv", "real"}, SplitName{"a", "b-c-d", ""}, SplitName{"a-", "b", ""},
                                 SplitName{"--", "x", "missing_0_0"}})
    EXPECT_EQ(split_device_name(device_name(parts.vg, parts.lv, parts.layer)), parts) << parts.vg;
}

// What `dmsetup splitname` says of names that no VG and LV make.
TEST(UnitDmNames, SplitOfForeignNames) {
  EXPECT_EQ(split_device_name("a"), (SplitName{"a", "", ""}));
  EXPECT_EQ(split_device_name("a-"), (SplitName{"a-", "", ""}));
  EXPECT_EQ(split_device_name("a---"), (SplitName{"a--", "", ""}));
  EXPECT_EQ(split_device_name("a-b-"), (SplitName{"a", "b-", ""}));
  EXPECT_EQ(split_device_name("a-b-c-d"), (SplitName{"a", "b", "c"}));
  EXPECT_EQ(split_device_name(""), SplitName{});
}

TEST(UnitDmText, DeviceNumbers) {
  EXPECT_EQ(parse_device_number("253:17"), (DeviceNumber{253, 17}));
  for (const char* bad : {"", ":", "1:", ":1", "8:0 ", "8:-1", "a:b", "99999999999:1", "8:0:1", "/dev/sda"})
    EXPECT_FALSE(parse_device_number(bad)) << bad;
}

TEST(UnitDmText, BadParametersAreErrors) {
  for (const char* line : {"", "0", "0 8", "x 8 error", "0 0 error", "-1 8 error", "0 8 linear", "0 8 linear 8:0",
                           "0 8 linear 8:0 1 2", "0 8 linear /dev/sda 0", "0 8 linear 8:0 x", "0 8 error 1",
                           "0 8 zero 8:0", "0 8 striped 0 8", "0 8 striped 2 8 8:0 0", "0 8 striped 1 8 8:0 0 8:16 0",
                           "0 8 striped 18446744073709551615 8 8:0 0", "0 99999999999999999999 error"})
    EXPECT_FALSE(parse_target(line)) << line;
}

TEST(UnitDmText, TableLinesMustFollowEachOther) {
  auto table = parse_table("# a comment\n0 8192 linear 8:0 2048\n\n8192 8192 error\n");
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->size(), 2u);
  EXPECT_EQ(table_length(*table), Sectors(16384));
  EXPECT_EQ(format_table(*table).value(), "0 8192 linear 8:0 2048\n8192 8192 error");
  EXPECT_FALSE(parse_table("0 8 error\n9 8 error"));
  EXPECT_FALSE(parse_table("0 8 error\n7 8 error"));
  EXPECT_FALSE(parse_table("1 8 error"));
  EXPECT_EQ(table_length({}), Sectors(0));
}

TEST(UnitDmText, DevicesByUuidNeedAResolver) {
  Target target{Sectors(0), Sectors(8), LinearTarget{ByUuid{"LVM-x"}, Sectors(4)}};
  EXPECT_FALSE(format_target(target));
  EXPECT_EQ(describe_target(target), "0 8 linear <LVM-x> 4");
  auto resolve = [](std::string_view uuid) -> Result<DeviceNumber> {
    if (uuid == "LVM-x") return DeviceNumber{253, 3};
    return fail(Code::not_found, "no");
  };
  EXPECT_EQ(format_target(target, resolve).value(), "0 8 linear 253:3 4");
  target.body = StripedTarget{Sectors(8), {{ByUuid{"LVM-y"}, Sectors(0)}}};
  EXPECT_EQ(format_target(target, resolve).error().code(), Code::not_found);
}

}  // namespace
}  // namespace lvm::dm
