// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/hinted_scan.h"

#include <gtest/gtest.h>

#include "scan/images_test.h"
#include "scan/scan.h"
#include "syntax/document.h"
#include "system/fake/fake_system.h"

namespace lvm::scan {
namespace {

// Three PVs of one VG on /dev/a, /dev/b and /dev/c, and /dev/empty.
class UnitHintedScan : public ::testing::Test {
 protected:
  UnitHintedScan() {
    load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs.txt");
    machine_.io.add("/dev/empty", Bytes(1u << 24));
    scanned();
    hints_.known = hints_.found;
  }
  std::string scanned() {
    auto world = discover(machine_.system, config_, Request{}, &hints_);
    EXPECT_TRUE(world);
    if (!world) return {};
    std::string out;
    for (const world::PvDevice& pv : world->pvs) out += pv.device.path.substr(5) + " ";
    devices_ = world->devices.size();
    return out;
  }

  FakeSystem machine_;
  config::Config config_;
  HintedScan hints_;
  std::size_t devices_ = 0;
};

TEST_F(UnitHintedScan, OnlyWhatIsHintedAtIsRead) {
  ASSERT_EQ(hints_.found.hints.size(), 3u);
  EXPECT_EQ(hints_.found.devices.count, 4u);
  EXPECT_EQ(scanned(), "a b c ");
  EXPECT_TRUE(hints_.used);
  EXPECT_EQ(devices_, 4u) << "devices that were not read are there";
  // A PV that came behind LVM's back is not seen: nothing looked there.
  machine_.io.poke("/dev/empty", Bytes(0), machine_.io.peek("/dev/a", Bytes(0), 1u << 20));
  EXPECT_EQ(scanned(), "a b c ");
  EXPECT_EQ(hints_.ambiguous, "");
  hints_.known.reset();
  scanned();
  EXPECT_EQ(hints_.ambiguous, "duplicate_pvs");
}

TEST_F(UnitHintedScan, AWrongHintHasAllDevicesRead) {
  device::Hints right = *hints_.known;
  for (const char* vg : {"another", ""}) {
    hints_.known = right;
    hints_.known->hints[1].vg = vg;
    EXPECT_EQ(scanned(), "a b c ");
    EXPECT_TRUE(hints_.wrong) << vg;
    EXPECT_FALSE(hints_.used);
  }
  hints_.known = right;
  hints_.known->hints[1].pv_id = std::string(32, 'x');
  EXPECT_EQ(scanned(), "a b c ");
  EXPECT_TRUE(hints_.wrong);
  hints_.known = right;
  hints_.known->hints[1].path = "/dev/gone";
  EXPECT_EQ(scanned(), "a b c ");
  EXPECT_TRUE(hints_.wrong);
  hints_.known = right;
  hints_.known->hints[1].path = "/dev/empty";
  EXPECT_EQ(scanned(), "a b c ");
  EXPECT_TRUE(hints_.wrong);
}

TEST_F(UnitHintedScan, OtherDevicesOrSettingsMakeHintsVoid) {
  machine_.io.add("/dev/new", Bytes(1u << 24));
  scanned();
  EXPECT_FALSE(hints_.used);
  EXPECT_FALSE(hints_.wrong);
  hints_.known = hints_.found;
  auto document = syntax::Document::parse("devices { scan_lvs = 1 }", "test");
  ASSERT_TRUE(document);
  config_.add(config::Config::Layer::command_line, *std::move(document));
  scanned();
  EXPECT_FALSE(hints_.used);
  EXPECT_NE(hints_.found, *hints_.known);
}

TEST_F(UnitHintedScan, OfOneVgOnlyItsPvsAreRead) {
  hints_.vg_name = "nosuch";
  EXPECT_EQ(scanned(), "");
  EXPECT_TRUE(hints_.used);
  hints_.vg_name = hints_.known->hints[0].vg;
  EXPECT_EQ(scanned(), "a b c ");
}

}  // namespace
}  // namespace lvm::scan
