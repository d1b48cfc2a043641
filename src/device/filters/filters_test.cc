// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/filters/filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/endian.h"
#include "device/fake/memory_io.h"
#include "device/filters/regex.h"
#include "device/filters/rows.h"
#include "device/filters/type.h"
#include "dm/fake/fake_engine.h"
#include "syntax/document.h"

namespace lvm::device {
namespace {

// Holds one file.
class OneFile final : public Files {
 public:
  std::string text;
  std::map<std::string, std::string> more;
  Result<std::string> read(const std::string& path) override {
    if (auto other = more.find(path); other != more.end()) return other->second;
    if (text.empty() || path != "/proc/devices") return fail(Code::not_found, path);
    return text;
  }
  Result<std::vector<std::string>> list(const std::string& path) override { return fail(Code::not_found, path); }
  Result<std::int64_t> modified(const std::string& path) override { return fail(Code::not_found, path); }
  Result<> replace(const std::string& path, std::string_view, std::uint32_t) override { return fail(Code::io, path); }
  Result<> create_new(const std::string& path, std::string_view, std::uint32_t) override {
    return fail(Code::io, path);
  }
  Result<> remove(const std::string& path) override { return fail(Code::io, path); }
  Result<> make_directories(const std::string& path, std::uint32_t) override { return fail(Code::io, path); }
};

class UnitFilters : public ::testing::Test {
 protected:
  void set(const std::string& text) {
    auto document = syntax::Document::parse(text, "test");
    ASSERT_TRUE(document) << document.error().text();
    config_.add(config::Config::Layer::command_line, *std::move(document));
  }
  std::string why(const Device& device) {
    auto filters = Filters::make(config_, engine_, files_);
    EXPECT_TRUE(filters) << filters.error().text();
    return std::string(filters->reject(device).value_or("usable"));
  }
  std::string why(const Device& device, std::span<const std::byte> head) {
    auto filters = Filters::make(config_, engine_, files_);
    EXPECT_TRUE(filters);
    return std::string(filters->reject_content(device, head).value_or("usable"));
  }
  static Device disk(const std::string& path = "/dev/sda") {
    return {.path = path, .number = {8, 0}, .size = Bytes(1u << 30)};
  }
  config::Config config_;
  dm::FakeEngine engine_;
  OneFile files_;
};

TEST_F(UnitFilters, AnOrdinaryDiskIsUsable) {
  EXPECT_EQ(why(disk()), "usable");
  EXPECT_EQ(why(disk(), std::vector<std::byte>(8192)), "usable");
  EXPECT_EQ(why(disk(), {}), "usable");
}

TEST_F(UnitFilters, TheFirstAcceptedNameIsShownUnlessNamesArePreferred) {
  auto shown = [&] {
    Device device = disk("/dev/aaa");
    device.aliases = {"/dev/disk/by-id/x", "/dev/sda", "/dev/sdb"};
    auto filters = Filters::make(config_, engine_, files_);
    EXPECT_TRUE(filters);
    filters->choose_name(device);
    std::string out = device.path;
    for (const std::string& alias : device.aliases) out += " " + alias.substr(5);
    return out;
  };
  set(R"(devices { filter = [ "r|aaa|" ] })");
  EXPECT_EQ(shown(), "/dev/aaa disk/by-id/x sda sdb");
  set(R"(devices { filter = [ "a|/sdb|", "a|/sda|", "r|.*|" ] })");
  EXPECT_EQ(shown(), "/dev/sda aaa disk/by-id/x sdb");
  set(R"(devices { global_filter = [ "a|/sdb|" ] filter = [ "a|.*|" ] })");
  EXPECT_EQ(shown(), "/dev/sdb aaa disk/by-id/x sda");
  set(R"(devices { global_filter = [ "a|/sdb|" ] filter = [ "a|/sda|" ] })");
  EXPECT_EQ(shown(), "/dev/sda sdb aaa disk/by-id/x");
  set(R"(devices { preferred_names = [] })");
  EXPECT_EQ(shown(), "/dev/sda sdb aaa disk/by-id/x");
  set(R"(devices { preferred_names = [ "nosuch" ] })");
  EXPECT_EQ(shown(), "/dev/aaa disk/by-id/x sda sdb");
}

TEST_F(UnitFilters, APathThatMultipathRemembersIsAComponentBeforeMultipathRuns) {
  files_.more["/etc/multipath/wwids"] = "# Valid WWIDs:\n/3600a0b80/\n/1ATA_QEMU_HARDDISK_7/\n//\n";
  files_.more["/sys/dev/block/8:0/device/wwid"] = "naa.600a0b80\n";
  EXPECT_EQ(why(disk()), "device is a multipath component");
  files_.more["/sys/dev/block/8:0/device/wwid"] = "t10.ATA     QEMU HARDDISK    7   \n";
  EXPECT_EQ(why(disk()), "device is a multipath component");
  files_.more["/sys/dev/block/8:0/device/wwid"] = "naa.600a0b81\n";
  EXPECT_EQ(why(disk()), "usable");
  files_.more.erase("/sys/dev/block/8:0/device/wwid");
  files_.more["/sys/dev/block/8:0/wwid"] = "naa.600a0b80\n";
  EXPECT_EQ(why(disk()), "device is a multipath component");
  set("devices { multipath_component_detection = 0 }");
  EXPECT_EQ(why(disk()), "usable");
}

TEST_F(UnitFilters, RegexFirstMatchDecides) {
  set("devices { filter = [ \"a|^/dev/sda$|\", \"r/^\\/dev\\/sd/\", \"a(loop)\" ] }");
  EXPECT_EQ(why(disk("/dev/sda")), "usable");
  EXPECT_EQ(why(disk("/dev/sdb")), "device is rejected by filter config");
  EXPECT_EQ(why(disk("/dev/vda")), "usable") << "what matches nothing is accepted";
}

TEST_F(UnitFilters, OneAcceptedNameIsEnough) {
  set("devices { filter = [ \"a|by-id|\", \"r|.*|\" ] }");
  Device device = disk();
  EXPECT_EQ(why(device), "device is rejected by filter config");
  device.aliases = {"/dev/other", "/dev/disk/by-id/x"};
  EXPECT_EQ(why(device), "usable");
}

TEST_F(UnitFilters, GlobalFilterCannotBeOverridden) {
  set("devices { filter = [ \"a|.*|\" ] global_filter = [ \"r|sda|\" ] }");
  EXPECT_EQ(why(disk("/dev/sda")), "device is rejected by filter config");
  EXPECT_EQ(why(disk("/dev/sdb")), "usable");
}

TEST_F(UnitFilters, AListOfDevicesTakesThePlaceOfPatterns) {
  set("devices { filter = [ \"r|.*|\" ] global_filter = [ \"r|.*|\" ] }");
  auto filters = Filters::make(config_, engine_, files_, true);
  ASSERT_TRUE(filters);
  EXPECT_EQ(filters->reject(disk()), std::nullopt);
}

TEST(UnitRegexFilter, SaysWhatIsWrong) {
  for (const char* bad : {"", "x|a|", "a", "a|", "a|b", "a(b(", "a|(|", "r{x|"}) {
    auto filter = RegexFilter::make(std::vector<std::string>{bad});
    ASSERT_FALSE(filter) << bad;
    EXPECT_EQ(filter.error().code(), Code::refused);
  }
  for (const char* good : {"a||", "r(x)", "a{x}", "a[x]", "r#x#"})
    EXPECT_TRUE(RegexFilter::make(std::vector<std::string>{good})) << good;
}

TEST_F(UnitFilters, TypesOfProcDevices) {
  files_.text =
      "Character devices:\n  8 sd\n\nBlock devices:\n  7 loop\n  8 sd\n 22 ide1\n253 zram\n254 virtblk\n259 blkext\n";
  EXPECT_EQ(why(disk()), "usable");
  Device device = disk();
  device.number = {253, 0};
  EXPECT_EQ(why(device), "device type is unknown");
  device.number = {22, 0};
  EXPECT_EQ(why(device), "usable");
  device.number = {0, 0};
  device.image.emplace();
  EXPECT_EQ(why(device), "usable") << "an image file has no type";
  device.image.reset();
  set("devices { types = [ \"zram\", 1 ] }");
  device.number = {253, 0};
  EXPECT_EQ(why(device), "usable");
}

TEST(UnitDeviceTypes, OnlyBlockDevicesCount) {
  auto majors = accepted_majors("Character devices:\n 4 sd\n\nBlock devices:\n 8 sd\nbroken\n 9\n", {});
  EXPECT_EQ(majors, (std::map<std::uint32_t, std::uint32_t>{{8, 16}}));
  EXPECT_TRUE(accepted_majors("", {}).empty());
}

TEST_F(UnitFilters, WhatTheKernelKnows) {
  Device device = disk();
  device.partitioned = true;
  EXPECT_EQ(why(device), "device is partitioned");
  device = disk();
  device.multipath_component = true;
  EXPECT_EQ(why(device), "device is a multipath component");
  device = disk();
  device.md_component = true;
  EXPECT_EQ(why(device), "device is an md component");
  set("devices { multipath_component_detection = 0 md_component_detection = 0 }");
  device.multipath_component = true;
  EXPECT_EQ(why(device), "usable");
}

TEST_F(UnitFilters, Size) {
  Device device = disk();
  device.size = Bytes((2u << 20) - 512);
  EXPECT_EQ(why(device), "device is too small (pv_min_size)");
  device.size = Bytes(2u << 20);
  EXPECT_EQ(why(device), "usable");
  set("devices { pv_min_size = 100 }");
  device.size = Bytes(511u << 10);
  EXPECT_EQ(why(device), "device is too small (pv_min_size)") << "never less than 512 KiB";
  device.size = Bytes(512u << 10);
  EXPECT_EQ(why(device), "usable");
}

TEST_F(UnitFilters, OwnVolumes) {
  Device device = disk("/dev/vg/lv");
  device.dm_uuid = "LVM-" + std::string(64, 'x');
  device.number = {253, 0};
  EXPECT_EQ(why(device), "device is an LV");
  set("devices { scan_lvs = 1 }");
  EXPECT_EQ(why(device), "device is not in a usable state") << "there is no such device";
  ASSERT_TRUE(engine_.create({.name = "vg-lv", .uuid = device.dm_uuid, .persistent = device.number}));
  EXPECT_EQ(why(device), "device is not in a usable state") << "no table";
  dm::Table table{{.length = Sectors(8), .body = dm::LinearTarget{.device = dm::DeviceNumber{8, 0}}}};
  ASSERT_TRUE(engine_.load(device.dm_uuid, table, false));
  ASSERT_TRUE(engine_.resume(device.dm_uuid, {}, {}));
  EXPECT_EQ(why(device), "usable");
  Device inner = device;
  inner.dm_uuid += "-real";
  EXPECT_EQ(why(inner), "device is not in a usable state");
}

TEST_F(UnitFilters, DeviceMapperDevicesThatWouldNotAnswer) {
  Device device = disk("/dev/mapper/x");
  device.dm_uuid = "CRYPT-x";
  device.number = {253, 1};
  ASSERT_TRUE(engine_.create({.name = "x", .uuid = device.dm_uuid, .persistent = device.number}));
  dm::Table table{{.length = Sectors(8), .body = dm::ErrorTarget{}}};
  ASSERT_TRUE(engine_.load(device.dm_uuid, table, false));
  ASSERT_TRUE(engine_.resume(device.dm_uuid, {}, {}));
  EXPECT_EQ(why(device), "device is not in a usable state") << "nothing but errors";
  table[0].body = dm::ZeroTarget{};
  ASSERT_TRUE(engine_.load(device.dm_uuid, table, false));
  ASSERT_TRUE(engine_.resume(device.dm_uuid, {}, {}));
  EXPECT_EQ(why(device), "usable");
  ASSERT_TRUE(engine_.suspend(device.dm_uuid, {}));
  EXPECT_EQ(why(device), "usable") << "waits for it, unless told otherwise";
  set("devices { ignore_suspended_devices = 1 }");
  EXPECT_EQ(why(device), "device is not in a usable state");
}

std::vector<std::byte> head_with(std::initializer_list<std::pair<std::size_t, std::vector<int>>> parts) {
  std::vector<std::byte> head(8192);
  for (const auto& [offset, bytes] : parts)
    for (std::size_t i = 0; i < bytes.size(); ++i) head[offset + i] = static_cast<std::byte>(bytes[i]);
  return head;
}
const std::pair<std::size_t, std::vector<int>> kBootMagic{510, {0x55, 0xaa}};
const std::pair<std::size_t, std::vector<int>> kEntry{446, {0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0}};
const std::pair<std::size_t, std::vector<int>> kProtective{446, {0, 0, 0, 0, 0xee, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0}};

TEST_F(UnitFilters, PartitionTables) {
  EXPECT_EQ(why(disk(), head_with({kBootMagic, kEntry})), "device is partitioned");
  EXPECT_EQ(why(disk(), head_with({kBootMagic})), "usable") << "an empty table";
  EXPECT_EQ(why(disk(), head_with({kEntry})), "usable") << "no magic";
  EXPECT_EQ(why(disk(), head_with({kBootMagic, kEntry, {462, {0x13}}})), "usable") << "a boot sector, not a table";
  Device device = disk("/dev/sda1");
  device.partition = true;
  EXPECT_EQ(why(device, head_with({kBootMagic, kEntry})), "usable");
  device = disk("/dev/loop0");
  device.number = {7, 0};
  files_.text = "Block devices:\n 7 loop\n 8 sd\n";
  EXPECT_EQ(why(device, head_with({kBootMagic, kEntry})), "usable") << "as LVM2: loop devices have no partitions";
  EXPECT_EQ(why(disk(), head_with({kBootMagic, kEntry})), "device is partitioned");
}

TEST_F(UnitFilters, GuidPartitionTables) {
  std::pair<std::size_t, std::vector<int>> header{512, {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'}};
  std::pair<std::size_t, std::vector<int>> where{512 + 72, {2, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0}};
  EXPECT_EQ(why(disk(), head_with({kBootMagic, kProtective, header, where})), "usable") << "no partition in it";
  EXPECT_EQ(why(disk(), head_with({kBootMagic, kProtective, header, where, {1024 + 128, {1}}})),
            "device is partitioned");
  EXPECT_EQ(why(disk(), head_with({kBootMagic, kProtective})), "device is partitioned") << "its table is elsewhere";
}

TEST_F(UnitFilters, OldAndForeignMarks) {
  EXPECT_EQ(why(disk(), head_with({{0, {'H', 'M', 1, 0}}})), "device has a signature");
  EXPECT_EQ(why(disk(), head_with({{0, {'H', 'M', 9, 0}}})), "usable");
  for (std::size_t at : {0u, 4096u})
    EXPECT_EQ(why(disk(), head_with({{at, {0xfc, 0x4e, 0x2b, 0xa9, 1, 0, 0, 0}}})), "device is an md component");
  set("devices { md_component_detection = 0 }");
  EXPECT_EQ(why(disk(), head_with({{0, {0xfc, 0x4e, 0x2b, 0xa9, 1, 0, 0, 0}}})), "usable");
}

TEST_F(UnitFilters, MdMembersThatSaySoAtTheirEnd) {
  MemoryIo io;
  Device device = io.add("/dev/sda", Bytes((10u << 20) + 5120));
  auto handle = io.open(device, Access::read);
  ASSERT_TRUE(handle);
  auto filters = Filters::make(config_, engine_, files_);
  ASSERT_TRUE(filters);
  EXPECT_TRUE(filters->wants_end(device, Bytes(10u << 20)));
  EXPECT_FALSE(filters->wants_end(device, device.size));
  EXPECT_EQ(filters->reject_end(device, **handle), std::nullopt);
  le32 magic(0xa92b4efc);
  auto bytes = std::as_bytes(std::span(&magic, 1));
  for (std::uint64_t at : {std::uint64_t{(10u << 20) - (64u << 10)}, round_down((10u << 20) + 5120 - 8192, 4096)}) {
    io.poke("/dev/sda", Bytes(at), bytes);
    EXPECT_EQ(filters->reject_end(device, **handle), kMdComponentReason) << at;
    io.poke("/dev/sda", Bytes(at), std::vector<std::byte>(4));
  }
  set("devices { md_component_checks = \"full\" }");
  EXPECT_TRUE(Filters::make(config_, engine_, files_)->wants_end(device, device.size));
  set("devices { md_component_checks = \"start\" }");
  EXPECT_FALSE(Filters::make(config_, engine_, files_)->wants_end(device, Bytes(1)));
}

}  // namespace
}  // namespace lvm::device
