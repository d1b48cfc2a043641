// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/system/paths.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temporary_folder.h"

namespace lvm::idm {
namespace {

namespace fs = std::filesystem;

// A VPD 83h page with one designator per argument: code set, association and type, bytes.
struct Designator {
  std::uint8_t code_set, kind;
  std::vector<std::uint8_t> bytes;
};
std::vector<std::uint8_t> page(const std::vector<Designator>& designators) {
  std::vector<std::uint8_t> out = {0, 0x83, 0, 0};
  for (const Designator& one : designators) {
    out.insert(out.end(), {one.code_set, one.kind, 0, static_cast<std::uint8_t>(one.bytes.size())});
    out.insert(out.end(), one.bytes.begin(), one.bytes.end());
  }
  out[3] = static_cast<std::uint8_t>(out.size() - 4);
  return out;
}
const std::vector<std::uint8_t> kNaa8 = {0x50, 0, 0xC5, 0, 1, 2, 3, 4};
const std::vector<std::uint8_t> kNaa16 = {0x60, 1, 0x40, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
const std::vector<std::uint8_t> kEui = {0, 0x25, 0x38, 1, 2, 3, 4, 5};

TEST(UnitIdmPaths, TheBestDesignatorOfTheUnit) {
  const auto text = [](const std::vector<Designator>& designators) {
    const auto id = drive_id_of_page(page(designators));
    return id ? id->text() : "none";
  };
  EXPECT_EQ(text({{1, 3, kNaa8}}), "naa.5000c50001020304");
  EXPECT_EQ(text({{1, 3, kNaa8}, {1, 3, kNaa16}}),
            "naa.6001400501020304"
            "05060708090a0b0c");
  EXPECT_EQ(text({{1, 2, kEui}, {1, 3, kNaa8}}), "naa.5000c50001020304");
  EXPECT_EQ(text({{1, 2, kEui}}), "eui.0025380102030405");
  // Of the port, not of the unit; as text; of another type; all zeros.
  EXPECT_EQ(text({{1, 0x13, kNaa8}}), "none");
  EXPECT_EQ(text({{2, 3, kNaa8}}), "none");
  EXPECT_EQ(text({{1, 1, kNaa8}}), "none");
  EXPECT_EQ(text({{1, 3, std::vector<std::uint8_t>(8, 0)}}), "none");
  EXPECT_EQ(text({{1, 3, {1, 2, 3}}}), "none");
}

TEST(UnitIdmPaths, BrokenPagesNameNothingAndAreNotReadBeyond) {
  const auto whole = page({{1, 3, kNaa8}});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(drive_id_of_page(std::span(whole).first(size))) << size;
  auto other = whole;
  other[1] = 0x80;
  EXPECT_FALSE(drive_id_of_page(other));
}

TEST(UnitIdmPaths, NvmeNamesInFullWidth) {
  const char* nguid = "002538b1-71b3-cd7e-0025-387100000001\n";
  EXPECT_EQ(drive_id_of_nvme(nguid, "00 25 38 b1 71 b3 cd 7e\n")->text(), "eui.002538b171b3cd7e0025387100000001");
  EXPECT_EQ(drive_id_of_nvme("00000000-0000-0000-0000-000000000000\n", "00 25 38 b1 71 b3 cd 7e\n")->text(),
            "eui.002538b171b3cd7e");
  EXPECT_FALSE(drive_id_of_nvme("", "00 00 00 00 00 00 00 00\n"));
  EXPECT_FALSE(drive_id_of_nvme("", ""));
}

// A sysfs with two SCSI disks that are two paths to one drive, one NVMe drive, and stacks on them.
class UnitIdmSystemPaths : public testing::Test {
 protected:
  UnitIdmSystemPaths() {
    fs::create_directories(root_ / "dev");
    fs::create_directories(root_ / "sys/block");
    scsi_disk("sda", "8:0", page({{1, 3, kNaa8}}), "sg0");
    scsi_disk("sdb", "8:16", page({{1, 3, kNaa8}}), "");
    disk("nvme0n1", "259:0");
    write("devices/nvme0n1/nguid", "002538b1-71b3-cd7e-0025-387100000001\n");
    disk("nvme0c0n1", "259:9");
    write("devices/nvme0c0n1/nguid", "002538b1-71b3-cd7e-0025-387100000001\n");
    write("devices/nvme0c0n1/hidden", "1\n");
    disk("loop0", "7:0");
    fs::create_directories(sys("devices/sda/sda1"));
    write("devices/sda/sda1/partition", "1\n");
    link_number("sda/sda1", "8:1");
    stack("dm-0", "253:0", {"sda", "sdb"});       // multipath
    stack("dm-1", "253:1", {"dm-0", "nvme0n1"});  // a volume over both
    stack("dm-2", "253:2", {"sda/sda1"});
    stack("dm-3", "253:3", {"nvme0n1", "loop0"});
    stack("dm-4", "253:4", {});  // an error target
  }

  fs::path sys(const std::string& name) const { return root_ / "sys" / name; }
  void write(const std::string& name, const std::string& content) { std::ofstream(sys(name)) << content; }
  void link_number(const std::string& name, const std::string& number) {
    fs::create_directories(sys("dev/block"));
    fs::create_symlink(sys("devices/" + name), sys("dev/block/" + number));
  }
  void disk(const std::string& name, const std::string& number) {
    fs::create_directories(sys("devices/" + name + "/slaves"));
    fs::create_symlink(sys("devices/" + name), sys("block/" + name));
    link_number(name, number);
  }
  void scsi_disk(const std::string& name, const std::string& number, const std::vector<std::uint8_t>& vpd,
                 const std::string& generic) {
    disk(name, number);
    const std::string device = "devices/" + name + "/device";
    fs::create_directories(sys(device));
    write(device + "/vpd_pg83", {vpd.begin(), vpd.end()});
    if (generic.empty()) return;
    fs::create_directories(sys("devices/" + generic));
    fs::create_symlink(sys("devices/" + generic), sys(device + "/generic"));
    std::ofstream(root_ / "dev" / generic) << "";
    fs::create_directories(sys("dev/char"));
    fs::create_symlink(sys("devices/" + name), sys("dev/char/21:0"));
  }
  void stack(const std::string& name, const std::string& number, const std::vector<std::string>& parts) {
    disk(name, number);
    for (const std::string& part : parts)
      fs::create_symlink(sys("devices/" + part),
                         sys("devices/" + name + "/slaves/" + part.substr(part.rfind('/') + 1)));
  }
  std::string below(std::uint32_t major, std::uint32_t minor) {
    const auto drives = paths().below(major, minor);
    if (!drives) return "error: " + drives.error().text();
    std::string out;
    for (const DriveId& id : *drives) out += id.text() + " ";
    return out;
  }
  SystemPaths paths() const { return SystemPaths((root_ / "sys").string(), (root_ / "dev").string()); }

  TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

constexpr const char* kScsi = "naa.5000c50001020304 ";
constexpr const char* kNvme = "eui.002538b171b3cd7e0025387100000001 ";

TEST_F(UnitIdmSystemPaths, ListsEveryPath) {
  const auto list = paths().list();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3u);
  const std::string dev = (root_ / "dev").string();
  EXPECT_EQ((*list)[0].name, "nvme0n1");
  EXPECT_EQ((*list)[0].kind, DrivePath::Kind::nvme);
  EXPECT_EQ((*list)[0].node, dev + "/nvme0n1");
  EXPECT_EQ((*list)[1].node, dev + "/sg0");
  EXPECT_EQ((*list)[1].kind, DrivePath::Kind::scsi);
  EXPECT_EQ((*list)[2].node, dev + "/sdb");
  EXPECT_EQ((*list)[1].drive, (*list)[2].drive);
}

TEST_F(UnitIdmSystemPaths, FollowsEveryPartOfAStack) {
  EXPECT_EQ(below(8, 0), kScsi);
  EXPECT_EQ(below(8, 1), kScsi);
  EXPECT_EQ(below(253, 0), kScsi);
  EXPECT_EQ(below(253, 1), std::string(kScsi) + kNvme);
  EXPECT_EQ(below(253, 2), kScsi);
}

TEST_F(UnitIdmSystemPaths, APartWithoutANameIsNoSilentLossOfAVote) {
  EXPECT_NE(below(7, 0).find("loop0: the device has no world-wide name"), std::string::npos);
  EXPECT_NE(below(253, 3).find("loop0"), std::string::npos);
  EXPECT_NE(below(253, 4).find("dm-4"), std::string::npos);
  EXPECT_NE(below(1, 1).find("error: the kernel knows no block device 1:1"), std::string::npos);
  fs::remove(sys("devices/dm-2/slaves/sda1"));
  fs::create_symlink(sys("devices/gone"), sys("devices/dm-2/slaves/gone"));
  EXPECT_NE(below(253, 2).find("its part gone has gone"), std::string::npos);
}

TEST_F(UnitIdmSystemPaths, AnOpenNodeSaysWhoIsBehindIt) {
  EXPECT_EQ(paths().behind_node(true, 21, 0)->text() + " ", kScsi);
  EXPECT_EQ(paths().behind_node(false, 259, 0)->text() + " ", kNvme);
  EXPECT_FALSE(paths().behind_node(false, 7, 0));
  EXPECT_FALSE(paths().behind_node(true, 21, 7));
}

TEST_F(UnitIdmSystemPaths, OnlyBlockDevicesAreAskedFor) {
  const auto file = paths().below((root_ / "dev/sg0").string());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), Code::usage);
  EXPECT_FALSE(paths().below("/nonexistent"));
}

}  // namespace
}  // namespace lvm::idm
