// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/enumerate.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/testing/temporary_folder.h"
#include "device/block_list.h"
#include "device/names.h"

namespace lvm::device {
namespace {

namespace fs = std::filesystem;

TEST(UnitBlockList, ReadsProcPartitions) {
  auto devices = parse_partitions(
      "major minor  #blocks  name\n\n   8       16    2048 sdb\n   8        0  10485760 sda\n"
      "   8        1    1024 sda1\n 259        0       7 nvme0n1\n 259        1    1 nvme0n1p1\n"
      "  11        0       0 sr0\n broken line\n 104 0 64 cciss/c0d0\n 104 1 32 cciss/c0d0p1\n"
      " 7 1 10 loop1\n 7 10 10 loop10\n 9 127 5 md127\n");
  finish_list(devices);
  std::vector<std::string> names;
  for (const auto& device : devices)
    names.push_back(device.kernel_name + (device.partitioned ? "+" : "") + (device.disk ? "-" : ""));
  EXPECT_EQ(names, (std::vector<std::string>{"loop1", "loop10", "sda+", "sda1-", "sdb", "md127", "cciss/c0d0+",
                                             "cciss/c0d0p1-", "nvme0n1+", "nvme0n1p1-"}));
  EXPECT_EQ(devices[2].size, Bytes(10485760ull * 1024));
  EXPECT_EQ(devices[2].number, (dm::DeviceNumber{8, 0}));
}

TEST(UnitDeviceNumber, ParsesStrictly) {
  EXPECT_EQ(parse_device_number("253:17"), (dm::DeviceNumber{253, 17}));
  for (const char* bad : {"", "253", "253:", ":1", "a:b", "1:2x", "-1:2", "99999999999:1"})
    EXPECT_EQ(parse_device_number(bad), std::nullopt) << bad;
}

class UnitNameOrder : public ::testing::Test {
 protected:
  static std::string best(std::vector<Name> names, const std::vector<std::string>& preferred = {}) {
    auto order = NameOrder::make("/dev", preferred);
    EXPECT_TRUE(order);
    order->sort(names);
    return names.front().path;
  }
};

// As LVM2 2.03.16 chooses.
TEST_F(UnitNameOrder, BuiltInPreferences) {
  EXPECT_EQ(best({{"/dev/disk/by-id/x", true}, {"/dev/sda", false}}), "/dev/sda");
  EXPECT_EQ(best({{"/dev/aaa/x", true}, {"/dev/sda", false}}), "/dev/sda");
  EXPECT_EQ(best({{"/dev/zzz", true}, {"/dev/sda", false}}), "/dev/zzz");
  EXPECT_EQ(best({{"/dev/zzz", true}, {"/dev/aaa", true}, {"/dev/sda", false}}), "/dev/aaa");
  EXPECT_EQ(best({{"/dev/dm-0", false}, {"/dev/mapper/x", true}, {"/dev/disk/by-id/a", true}}), "/dev/mapper/x");
  EXPECT_EQ(best({{"/dev/vg/lv", true}, {"/dev/mapper/vg-lv", true}}), "/dev/vg/lv");
  EXPECT_EQ(best({{"/dev/dm-0", false}, {"/dev/block/253:0", true}}), "/dev/dm-0");
}

TEST_F(UnitNameOrder, PreferredNamesComeFirst) {
  std::vector<Name> names{{"/dev/sda", false}, {"/dev/disk/by-id/x", true}, {"/dev/mapper/y", true}};
  EXPECT_EQ(best(names, {"nothing", "by-id", "^/dev/mapper"}), "/dev/disk/by-id/x");
  EXPECT_EQ(best(names, {"^/dev/mapper", "by-id"}), "/dev/mapper/y");
}

// A machine of files: block nodes need root, so a plain name is a link to a real device's node.
class UnitEnumerate : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"/sys/dev/block", "/proc", "/dev/mapper"}) fs::create_directories(root_ + name);
    options_.directory = root_ + "/dev";
    options_.scan = {options_.directory};
    options_.sys_root = root_ + "/sys";
    options_.proc_root = root_ + "/proc";
  }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  // False where nodes may not be made.
  bool node(const std::string& path, unsigned major_number, unsigned minor_number) {
    return ::mknod((root_ + path).c_str(), S_IFBLK | 0600, makedev(major_number, minor_number)) == 0;
  }
  Result<std::vector<Device>> run() {
    Sysfs sysfs(options_.sys_root);
    return enumerate_devices(options_, sysfs, nullptr, false);
  }
  std::vector<std::string> paths() {
    auto devices = run();
    EXPECT_TRUE(devices);
    std::vector<std::string> out;
    for (const Device& device : devices.value_or(std::vector<Device>())) {
      EXPECT_TRUE(device.path.starts_with(root_));
      out.push_back(device.path.substr(root_.size()));
    }
    return out;
  }
  TemporaryFolder folder_;
  const std::string& root_ = folder_.path();
  SystemOptions options_;
};

TEST_F(UnitEnumerate, NamesDevicesAndKnowsComponents) {
  write("/proc/partitions",
        "major minor  #blocks  name\n\n 8 0 4096 sda\n 8 1 1024 sda1\n 8 16 4096 sdb\n 8 32 4096 sdc\n"
        " 253 0 4096 dm-0\n 253 1 4096 dm-1\n 9 0 4096 md0\n 8 48 100 sdd\n");
  write("/sys/dev/block/253:0/dm/uuid", "mpath-3600\n");
  write("/sys/dev/block/253:0/dm/name", "mpatha\n");
  write("/sys/dev/block/253:0/slaves/sdb/dev", "8:16\n");
  write("/sys/dev/block/253:1/dm/uuid", "LVM-aaaa\n");
  write("/sys/dev/block/253:1/dm/name", "vg-lv\n");
  write("/sys/dev/block/9:0/slaves/sdc/dev", "8:32\n");
  if (!node("/dev/sda", 8, 0)) GTEST_SKIP() << "cannot make device nodes";
  node("/dev/sda1", 8, 1);
  node("/dev/sdb", 8, 16);
  node("/dev/sdc", 8, 32);
  node("/dev/md0", 9, 0);
  node("/dev/dm-0", 253, 0);
  fs::create_symlink("../dm-0", root_ + "/dev/mapper/mpatha");
  fs::create_symlink("sda", root_ + "/dev/root");

  EXPECT_EQ(paths(), (std::vector<std::string>{"/dev/root", "/dev/sda1", "/dev/sdb", "/dev/sdc", "/dev/md0",
                                               "/dev/mapper/mpatha", "/dev/vg/lv"}))
      << "sdd has no node, hence no name";
  auto devices = *run();
  EXPECT_TRUE(devices[0].partitioned);
  EXPECT_EQ(devices[0].aliases, std::vector{root_ + "/dev/sda"});
  EXPECT_FALSE(devices[1].partitioned);
  EXPECT_TRUE(devices[2].multipath_component);
  EXPECT_TRUE(devices[3].md_component);
  EXPECT_FALSE(devices[3].multipath_component);
  EXPECT_EQ(devices[5].dm_uuid, "mpath-3600");
  EXPECT_EQ(devices[6].dm_uuid, "LVM-aaaa");
}

TEST_F(UnitEnumerate, AllNamesWhenFiltersNeedThem) {
  write("/proc/partitions", " 8 0 4096 sda\n");
  if (!node("/dev/sda", 8, 0)) GTEST_SKIP() << "cannot make device nodes";
  fs::create_directories(root_ + "/dev/disk/by-id");
  fs::create_symlink("../../sda", root_ + "/dev/disk/by-id/one");
  fs::create_symlink("../nowhere", root_ + "/dev/disk/dangling");
  EXPECT_TRUE((*run())[0].aliases.empty());
  options_.all_names = true;
  EXPECT_EQ((*run())[0].aliases, std::vector{root_ + "/dev/disk/by-id/one"});
  EXPECT_EQ((*run())[0].path, root_ + "/dev/sda");
  options_.preferred_names = {"by-id"};
  EXPECT_EQ((*run())[0].path, root_ + "/dev/disk/by-id/one");
  options_.preferred_names = {"("};
  EXPECT_EQ(run().error().code(), Code::refused);
}

TEST_F(UnitEnumerate, OnlyWhatIsListed) {
  write("/proc/partitions", " 8 0 4096 sda\n 8 16 4096 sdb\n");
  write("/image", std::string(5000, 'x'));
  fs::create_hard_link(root_ + "/image", root_ + "/same");
  options_.only_paths = {root_ + "/image", root_ + "/same", root_ + "/missing"};
  auto devices = run();
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 1u) << "one file is one device, and what is not there is none";
  EXPECT_EQ((*devices)[0].path, root_ + "/image");
  EXPECT_FALSE((*devices)[0].number);
  EXPECT_EQ((*devices)[0].size, Bytes(5000));
  if (node("/dev/sdb", 8, 16)) {
    node("/dev/sda", 8, 0);
    options_.only_paths.push_back(root_ + "/dev/sdb");
    EXPECT_EQ(paths(), (std::vector<std::string>{"/image", "/dev/sdb"}));
  }
  options_.only_paths = {"/dev/null"};
  EXPECT_EQ(run().error().code(), Code::usage);
}

// Where /proc/partitions is hidden.
TEST_F(UnitEnumerate, FallsBackToSysfs) {
  fs::create_directories(root_ + "/sys/devices/block/sda");
  std::ofstream(root_ + "/sys/devices/block/sda/size") << "8192\n";
  fs::create_symlink("../../devices/block/sda", root_ + "/sys/dev/block/8:0");
  auto devices = list_block_devices(root_ + "/proc", Sysfs(root_ + "/sys"));
  ASSERT_EQ(devices.size(), 1u);
  EXPECT_EQ(devices[0].kernel_name, "sda");
  EXPECT_EQ(devices[0].size, Bytes(8192 * 512));
}

}  // namespace
}  // namespace lvm::device
