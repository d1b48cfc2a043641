// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "device/devices_file.h"
#include "scan/images_test.h"
#include "scan/listed_devices.h"
#include "syntax/document.h"
#include "system/fake/fake_system.h"

namespace lvm::scan {
namespace {

constexpr const char* kPath = "/etc/lvm/devices/system.devices";

// Three PVs of one VG on /dev/a, /dev/b and /dev/c.
class UnitListedScan : public ::testing::Test {
 protected:
  UnitListedScan() {
    load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs.txt");
    for (const world::PvDevice& pv : scanned({.devices_file = ""}).pvs) ids_[pv.device.path] = pv.id.plain();
    set("devices { use_devicesfile = 1 }");
  }

  void set(const std::string& text) {
    auto document = syntax::Document::parse(text, "test");
    ASSERT_TRUE(document);
    config_.add(config::Config::Layer::command_line, *std::move(document));
  }
  void write(const std::string& text, const std::string& path = kPath) {
    ASSERT_TRUE(machine_.files.replace(path, text, 0644));
  }
  std::string entry(const std::string& type, const std::string& name, const std::string& dev_name,
                    const std::string& pv_of) {
    return "IDTYPE=" + type + " IDNAME=" + name + " DEVNAME=" + dev_name + " PVID=" + ids_.at(pv_of) + "\n";
  }
  world::World scanned(const Request& request = {}) {
    auto world = discover(machine_.system, config_, request);
    EXPECT_TRUE(world) << world.error().text();
    return world ? *std::move(world) : world::World();
  }
  static std::string devices(const world::World& world) {
    std::string out;
    for (const world::PvDevice& pv : world.pvs) out += pv.device.path + " ";
    return out;
  }
  static std::string texts(const world::World& world) {
    std::string out;
    for (const world::Finding& finding : world.findings) out += finding.text + "\n";
    return out;
  }

  FakeSystem machine_;
  config::Config config_;
  std::map<std::string, std::string> ids_;
};

TEST_F(UnitListedScan, WithoutTheFileAllDevicesAreUsed) {
  EXPECT_EQ(devices(scanned()), "/dev/a /dev/b /dev/c ");
  auto named = discover(machine_.system, config_, {.devices_file = "mine.devices"});
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().text(), "Devices file /etc/lvm/devices/mine.devices does not exist.");
  auto bad = discover(machine_.system, config_, {.devices_file = "../x"});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code(), Code::usage);
}

TEST_F(UnitListedScan, OnlyListedDevicesAreUsedAndTheyKnowHowTheyAreListed) {
  machine_.io.set_ids("/dev/b", {{{"sys_wwid", "naa.b"}}, 0});
  write("VERSION=1.1.1\n" + entry("sys_wwid", "naa.b", "/dev/b", "/dev/b"));
  world::World world = scanned();
  EXPECT_EQ(devices(world), "/dev/b ");
  EXPECT_EQ(world.pvs[0].device.id_type, "sys_wwid");
  EXPECT_EQ(world.pvs[0].device.id_name, "naa.b");
  EXPECT_EQ(world.find_rejected("/dev/a")->reason, "device is not in devices file");
  EXPECT_EQ(world.devices_file, kPath);
  EXPECT_FALSE(world.devices_file_update);
  EXPECT_EQ(texts(world), "");
  EXPECT_EQ(devices(scanned({.devices_file = ""})), "/dev/a /dev/b /dev/c ");
  EXPECT_EQ(devices(scanned({.accept_named = true, .paths = {"/dev/c"}})), "/dev/b /dev/c ");
}

TEST_F(UnitListedScan, AnIdFindsItsDeviceUnderAnyNameAndTheNameIsBroughtUpToDate) {
  machine_.io.set_ids("/dev/c", {{{"sys_wwid", "naa.c"}}, 0});
  write("VERSION=1.1.4\n" + entry("sys_wwid", "naa.c", "/dev/a", "/dev/c"));
  world::World world = scanned();
  EXPECT_EQ(devices(world), "/dev/c ");
  ASSERT_TRUE(world.devices_file_update);
  EXPECT_EQ(world.devices_file_update->entries[0].dev_name, "/dev/c");
}

TEST_F(UnitListedScan, DevicesKnownByNameAreFoundByTheirPvWhenNamesHaveMoved) {
  write("VERSION=1.1.4\n" + entry("devname", "/dev/a", "/dev/a", "/dev/b") +
        entry("devname", "/dev/b", "/dev/b", "/dev/a") + entry("devname", "/dev/gone", "/dev/gone", "/dev/c"));
  world::World world = scanned();
  EXPECT_EQ(devices(world), "/dev/a /dev/b /dev/c ");
  ASSERT_TRUE(world.devices_file_update);
  EXPECT_EQ(world.devices_file_update->entries[0].name, "/dev/b");
  EXPECT_EQ(world.devices_file_update->entries[1].name, "/dev/a");
  EXPECT_EQ(world.devices_file_update->entries[2].dev_name, "/dev/c");
  set("devices { search_for_devnames = \"none\" }");
  world = scanned();
  EXPECT_EQ(devices(world), "") << "another device of that name is none of the listed";
  EXPECT_NE(texts(world).find("Devices file PVID " + ids_["/dev/b"] + " not found on device /dev/a (device PVID " +
                              ids_["/dev/a"] + ")."),
            std::string::npos);
}

// The first device with the number was taken, and its PV written into the entry: the VG of the other was gone.
TEST_F(UnitListedScan, DrivesThatShareASerialNumberAreToldApartByTheirPvs) {
  for (const char* path : {"/dev/a", "/dev/b"}) machine_.io.set_ids(path, {{{"sys_serial", "0001"}}, 0});
  write("VERSION=1.1.4\n" + entry("sys_serial", "0001", "/dev/a", "/dev/b"));
  world::World world = scanned();
  EXPECT_EQ(devices(world), "/dev/b ");
  ASSERT_TRUE(world.devices_file_update);
  EXPECT_EQ(world.devices_file_update->entries[0].dev_name, "/dev/b");
  EXPECT_EQ(world.devices_file_update->entries[0].name, "0001");
  write("VERSION=1.1.4\n" + entry("sys_serial", "0001", "/dev/a", "/dev/b") +
        entry("sys_serial", "0001", "/dev/b", "/dev/a"));
  EXPECT_EQ(devices(scanned()), "/dev/a /dev/b ") << "both are listed, their names have changed places";
  write("VERSION=1.1.4\n" + entry("sys_serial", "0001", "/dev/a", "/dev/c"));
  EXPECT_EQ(devices(scanned()), "") << "the PV is on neither; /dev/c has another number";
}

// A newer release's file, copied with the system to other hardware: every VG was out of sight.
TEST_F(UnitListedScan, AFileOfAnotherMachineIsBroughtUpToDateByPvs) {
  machine_.io.set_ids("/dev/b", {{{"sys_wwid", "naa.here"}}, 0});
  ASSERT_TRUE(machine_.files.replace("/sys/class/dmi/id/product_uuid", "0000-HERE\n", 0400));
  std::string entries =
      entry("sys_wwid", "naa.there", "/dev/sda", "/dev/b") + entry("sys_wwid", "naa.gone", "/dev/sdb", "/dev/c");
  write("PRODUCT_UUID=0000-there\nVERSION=1.1.4\n" + entries);
  world::World world = scanned();
  EXPECT_EQ(devices(world), "/dev/b /dev/c ");
  EXPECT_NE(texts(world).find("of another machine"), std::string::npos);
  ASSERT_TRUE(world.devices_file_update);
  EXPECT_EQ(world.devices_file_update->product_uuid, "0000-HERE");
  EXPECT_EQ(world.devices_file_update->entries[0].name, "naa.here");
  EXPECT_EQ(world.devices_file_update->entries[1].type, "devname");
  write("PRODUCT_UUID=0000-here\nVERSION=1.1.4\n" + entries);
  EXPECT_EQ(devices(scanned()), "") << "of this machine: what is not found by its id is gone";
}

// Each command read all other devices, as long as one was gone.
TEST_F(UnitListedScan, ASearchInVainIsNotRepeatedUntilDevicesChange) {
  std::string lost = entry("devname", "/dev/gone", "/dev/gone", "/dev/c");
  write("VERSION=1.1.4\n" + entry("devname", "/dev/a", "/dev/a", "/dev/a") + lost);
  std::vector<std::byte> head = machine_.io.peek("/dev/c", Bytes(0), 1u << 20);
  machine_.io.poke("/dev/c", Bytes(0), std::vector<std::byte>(head.size()));
  EXPECT_EQ(devices(scanned()), "/dev/a ");
  EXPECT_TRUE(machine_.files.read(kSearchedDevnames));
  machine_.io.poke("/dev/c", Bytes(0), head);
  EXPECT_EQ(devices(scanned()), "/dev/a ") << "the same search";
  machine_.io.add("/dev/new", Bytes(1u << 24));
  EXPECT_EQ(devices(scanned()), "/dev/a /dev/c ");
}

TEST_F(UnitListedScan, AListedDeviceThatIsNotThereIsNamed) {
  write("VERSION=1.1.4\n" + entry("loop_file", "/tmp/nosuch", "/dev/b", "/dev/b") +
        "IDTYPE=sys_wwid IDNAME=naa.1 DEVNAME=/dev/x PVID=.\n");
  world::World world = scanned();
  EXPECT_EQ(devices(world), "");
  EXPECT_EQ(texts(world), "Devices file loop_file /tmp/nosuch PVID " + ids_["/dev/b"] +
                              " last seen on /dev/b not found.\n"
                              "Devices file sys_wwid naa.1 PVID none last seen on /dev/x not found.\n");
}

TEST_F(UnitListedScan, ADamagedFileHidesNothing) {
  for (const char* text : {"", "# LVM uses devi",
                           "\x7f"
                           "ELF junk\n"}) {
    write(text);
    world::World world = scanned();
    EXPECT_EQ(devices(world), "/dev/a /dev/b /dev/c ");
    EXPECT_NE(texts(world).find(std::string("WARNING: devices file ") + kPath), std::string::npos);
  }
  write("VERSION=1.1.2\n" + entry("devname", "/dev/b", "/dev/b", "/dev/b"),
        "/etc/lvm/devices/backup/system.devices-20260101.000000.0002");
  world::World world = scanned();
  EXPECT_EQ(devices(world), "/dev/b ") << "its backup counts";
  EXPECT_NE(texts(world).find("its last backup"), std::string::npos);
}

TEST_F(UnitListedScan, AnotherHostsFileAndBadLinesAreNamedWithTheirLine) {
  write("SYSTEMID=other\nVERSION=1.1.2\nwhat is this\n" + entry("devname", "/dev/b", "/dev/b", "/dev/b"));
  world::World world = scanned();
  EXPECT_EQ(devices(world), "/dev/b ");
  EXPECT_NE(texts(world).find("system.devices, line 3: "), std::string::npos);
  EXPECT_NE(texts(world).find("WARNING: devices file has unmatching system id other vs local none."),
            std::string::npos);
}

}  // namespace
}  // namespace lvm::scan
