// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/devices_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/crc.h"
#include "base/testing/temporary_folder.h"
#include "device/io/device_ids.h"

namespace lvm::device {
namespace {

const std::string kText =
    "# LVM uses devices listed in this file.\n"
    "# Created by LVM command vgcreate pid 7 at Thu Nov 16 10:00:00 2023\n"
    "SYSTEMID=host1\n"
    "VERSION=1.1.5\n"
    "IDTYPE=sys_wwid IDNAME=naa.6000c2 DEVNAME=/dev/sdb PVID=abcdefghijklmnopqrstuvwxyzABCDEF\n"
    "IDTYPE=loop_file IDNAME=/disks/disk0 DEVNAME=/dev/loop0 PVID=. PART=2\n";

TEST(UnitDevicesFile, IsWrittenAsItWasRead) {
  DevicesFile file = parse_devices_file(kText, "f");
  EXPECT_TRUE(file.problems.empty());
  EXPECT_FALSE(file.damaged);
  EXPECT_EQ(file.counter, 5u);
  EXPECT_EQ(file.system_id, "host1");
  ASSERT_EQ(file.entries.size(), 2u);
  EXPECT_EQ(file.entries[1].part, 2u);
  EXPECT_EQ(file.entries[1].pv_id, "");
  EXPECT_EQ(write_devices_file(file, "vgcreate pid 7 at Thu Nov 16 10:00:00 2023"), kText);
}

TEST(UnitDevicesFile, WhatNewerReleasesAddIsKept) {
  std::string body =
      "PRODUCT_UUID=4c4c4544\nREFRESH_UNTIL=20260101000000\nVERSION=1.1.9\n"
      "IDTYPE=wwid_naa IDNAME=naa.5 DEVNAME=/dev/sda PVID=. SOMETHING=new\n"
      "IDTYPE=future_kind IDNAME=x DEVNAME=/dev/sdb PVID=.\n";
  DevicesFile file = parse_devices_file("# HASH=0\n" + body, "f");
  EXPECT_TRUE(file.problems.empty());
  EXPECT_FALSE(file.hash_differs);
  EXPECT_FALSE(file.entries[1].known_type());
  std::string written = write_devices_file(file, "x");
  EXPECT_TRUE(written.ends_with(body)) << written;
  DevicesFile again = parse_devices_file(written, "f");
  EXPECT_TRUE(again.hash && *again.hash != 0);
  EXPECT_FALSE(again.hash_differs);
  written.replace(written.find("/dev/sda"), 8, "/dev/sdz");
  EXPECT_TRUE(parse_devices_file(written, "f").hash_differs);
}

TEST(UnitDevicesFile, BadLinesAreNamedAndTheOthersCount) {
  DevicesFile file = parse_devices_file(
      "VERSION=1.1.7\n"
      "garbage line\n"
      "IDTYPE=devname IDNAME=/dev/sda DEVNAME=/dev/sda PVID=short\n"
      "IDTYPE=devname IDNAME=. DEVNAME=. PVID=.\n"
      "IDTYPE=devname IDNAME=/dev/sdb DEVNAME=/dev/sdb PVID=. PART=many\n"
      "IDTYPE=devname IDNAME=/dev/sdc DEVNAME=/dev/sdc PVID=.\n"
      "IDTYPE=devname IDNAME=/dev/sd",
      "/etc/f");
  ASSERT_EQ(file.problems.size(), 4u);
  EXPECT_EQ(file.problems[0], "/etc/f, line 2: is neither a device nor a heading");
  EXPECT_TRUE(file.problems[1].starts_with("/etc/f, line 3: "));
  EXPECT_TRUE(file.problems[2].starts_with("/etc/f, line 4: "));
  EXPECT_TRUE(file.problems[3].starts_with("/etc/f, line 5: "));
  ASSERT_EQ(file.entries.size(), 2u);
  EXPECT_FALSE(file.damaged);
}

TEST(UnitDevicesFile, AnEmptyHugeOrForeignTextIsDamagedNotAnEmptyList) {
  EXPECT_TRUE(parse_devices_file("", "f").damaged);
  EXPECT_TRUE(parse_devices_file("# LVM uses devi", "f").damaged);
  EXPECT_TRUE(parse_devices_file(std::string(4096, '\0'), "f").damaged);
  EXPECT_TRUE(parse_devices_file(std::string(kLongestDevicesFile + 1, '#'), "f").damaged);
  EXPECT_FALSE(parse_devices_file("VERSION=1.1.3\n", "f").damaged);  // all were removed by lvmdevices
}

TEST(UnitDevicesFile, EveryCutOfAFileIsReadWithoutHarm) {
  for (std::size_t length = 0; length <= kText.size(); ++length) {
    DevicesFile file = parse_devices_file(std::string_view(kText).substr(0, length), "f");
    EXPECT_LE(file.entries.size(), 2u);
    if (length < kText.find("VERSION=")) {
      EXPECT_TRUE(file.damaged) << length;
    }
  }
}

TEST(UnitDevicesFile, EntriesMatchByKindNameAndPartition) {
  DeviceIds ids{{{"sys_wwid", "t10.ATA_____Disk_1"}, {"wwid_naa", "naa.5"}, {"devname", "/dev/sda1"}}, 1};
  EXPECT_TRUE(matches({.type = "sys_wwid", .name = "t10.ATA_Disk_1", .part = 1}, ids));  // as 2.03.19 writes it
  EXPECT_TRUE(matches({.type = "sys_wwid", .name = "naa.5", .part = 1}, ids));
  EXPECT_FALSE(matches({.type = "sys_wwid", .name = "naa.5", .part = 2}, ids));
  EXPECT_FALSE(matches({.type = "sys_serial", .name = "naa.5", .part = 1}, ids));
  EXPECT_FALSE(matches({.type = "sys_wwid", .name = "", .part = 1}, ids));
}

TEST(UnitDevicesFile, NamesOfFilesHaveNoPath) {
  EXPECT_TRUE(valid_devices_file_name("system.devices"));
  for (const char* bad : {"", "../x", "/etc/passwd", ".hidden", "a b"})
    EXPECT_FALSE(valid_devices_file_name(bad)) << bad;
}

TEST(UnitDeviceIds, OfAnNvmeNamespaceAndItsPartition) {
  namespace fs = std::filesystem;
  const TemporaryFolder folder;
  const std::string& root = folder.path();
  fs::create_directories(root + "/dev/block");
  auto write = [&](const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(root + "/block/nvme0n1/" + name).parent_path());
    std::ofstream(root + "/block/nvme0n1/" + name) << text << '\n';
  };
  write("nsid", "1");
  write("wwid", "uuid.0f0e0d0c-0b0a-0908-0706-050403020100");
  write("eui", "00 25 38 B1 11 B0 7F 01");
  write("nguid", "00000000-0000-0000-0000-000000000000");
  write("uuid", "0f0e0d0c-0b0a-0908-0706-050403020100");
  write("nvme0n1p2/partition", "2");
  fs::create_symlink("../../block/nvme0n1/nvme0n1p2", root + "/dev/block/259:2");
  Device device{.path = "/dev/nvme0n1p2", .number = {259, 2}, .partition = true};
  DeviceIds ids = read_device_ids(Sysfs(root), device);
  EXPECT_EQ(ids.part, 2u);
  EXPECT_EQ(ids.all, (std::vector<DeviceId>{{"sys_wwid", "uuid.0f0e0d0c-0b0a-0908-0706-050403020100"},
                                            {"nvme_eui64", "eui.002538b111b07f01"},
                                            {"nvme_uuid", "uuid.0f0e0d0c-0b0a-0908-0706-050403020100"},
                                            {"devname", "/dev/nvme0n1p2"}}));
  EXPECT_TRUE(matches({.type = "nvme_eui64", .name = "eui.002538b111b07f01", .part = 2}, ids));
  EXPECT_TRUE(matches({.type = "sys_wwid", .name = "eui.002538b111b07f01", .part = 2}, ids));
  EXPECT_FALSE(matches({.type = "nvme_nguid", .name = "eui.00000000000000000000000000000000", .part = 2}, ids));
}

TEST(UnitDeviceIds, OfTheUnitInVitalProductData) {
  auto bytes = [](std::initializer_list<int> list) {
    std::vector<std::byte> out;
    for (int value : list) out.push_back(static_cast<std::byte>(value));
    return out;
  };
  // A NAA id of the unit, one of the port (0x93), an EUI-64.
  auto page = bytes({0, 0x83, 0, 36, 1, 3, 0, 8, 0x50, 0x01, 2, 3, 4,    5,    6, 7, 1, 0x93, 0, 8,
                     1, 1,    1, 1,  1, 1, 1, 1, 1,    2,    0, 8, 0xaa, 0xbb, 0, 0, 0, 0,    0, 1});
  std::vector<DeviceId> ids = ids_in_vpd83(page);
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids[0], (DeviceId{"wwid_naa", "naa.5001020304050607"}));
  EXPECT_EQ(ids[1], (DeviceId{"wwid_eui", "eui.aabb000000000001"}));
  for (std::size_t length = 0; length < page.size(); ++length) ids_in_vpd83(std::span(page).first(length));
}

}  // namespace
}  // namespace lvm::device
