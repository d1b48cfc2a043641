// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commit/testing/disks.h"
#include "ondisk/mda_header.h"
#include "ondisk/ring.h"

namespace lvm::commit {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two PVs of one area each, unless a test says otherwise.
class UnitCommitWriter : public ::testing::Test {
 protected:
  void make(std::vector<std::vector<Bytes>> areas) {
    char letter = 'a';
    for (auto& sizes : areas) {
      labels_.push_back(label(fake_.io, std::string("/dev/sd") + letter, pv_id(letter), sizes));
      ++letter;
    }
    for (const auto& made : labels_) {
      auto written = writer().write_label(made);
      ASSERT_TRUE(written) << written.error().text();
    }
    vg_ = make_vg("vg0", labels_);
  }
  // What vgcreate does.
  void create() { ASSERT_TRUE(write(nullptr, vg_)); }
  Writer& writer() {
    if (!writer_) writer_ = std::make_unique<Writer>(fake_.system, config_, devices_);
    return *writer_;
  }
  Result<> write(const model::Vg* before, const model::Vg& after, const std::string& command = "test",
                 std::span<const step::AreaUse> use = {}) {
    TRY(writer().precommit(before, after, origin(command), use));
    return writer().commit(after);
  }
  model::Vg next(std::size_t ballast) const {
    model::Vg out = vg_;
    ++out.seqno;
    set_ballast(out, ballast);
    return out;
  }
  // Moves on as the next command would: everything read anew.
  void reread() {
    devices_ = look(fake_.io).devices;
    writer_.reset();
  }

  FakeSystem fake_;
  config::Config config_;
  Devices devices_;
  std::vector<step::WriteLabel> labels_;
  model::Vg vg_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(UnitCommitWriter, CreatedVgIsInEveryArea) {
  make({{Bytes(61440)}, {Bytes(61440), Bytes(32768)}});
  create();
  Picture picture = look(fake_.io);
  ASSERT_EQ(picture.texts.size(), 3u);
  for (const Found& found : picture.texts) EXPECT_EQ(found.vg, vg_);
  EXPECT_THAT(picture.broken, IsEmpty());
  for (const auto& [id, pv] : picture.devices) {
    EXPECT_TRUE(pv.used);
    for (const auto& area : pv.areas) EXPECT_FALSE(area.precommitted);
    // What the writer knows is what a scan sees.
    ASSERT_EQ(devices_.at(id).areas.size(), pv.areas.size());
    for (std::size_t i = 0; i < pv.areas.size(); ++i) {
      EXPECT_EQ(devices_.at(id).areas[i].text_offset, pv.areas[i].text_offset);
      EXPECT_EQ(devices_.at(id).areas[i].text_size, pv.areas[i].text_size);
      EXPECT_EQ(devices_.at(id).areas[i].text_checksum, pv.areas[i].text_checksum);
      EXPECT_EQ(devices_.at(id).areas[i].seqno, 1u);
    }
    EXPECT_TRUE(devices_.at(id).used);
  }
  EXPECT_THAT(fake_.trace.warnings, IsEmpty());
}

TEST_F(UnitCommitWriter, PrecommittedVgIsNotYetTheVg) {
  make({{Bytes(61440)}});
  create();
  model::Vg after = next(100);
  ASSERT_TRUE(writer().precommit(&vg_, after, origin("x")));
  Picture picture = look(fake_.io);
  EXPECT_EQ(picture.vg(vg_.id), vg_);
  EXPECT_TRUE(picture.devices.at(pv_id('a')).areas[0].precommitted);
  ASSERT_TRUE(writer().commit(after));
  EXPECT_EQ(look(fake_.io).vg(vg_.id), after);
}

TEST_F(UnitCommitWriter, RevertLeavesTheOldVgAndNoTrace) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  model::Vg after = next(100);
  ASSERT_TRUE(writer().precommit(&vg_, after, origin("x")));
  ASSERT_TRUE(writer().revert(after));
  Picture picture = look(fake_.io);
  EXPECT_EQ(picture.vg(vg_.id), vg_);
  for (const auto& [id, pv] : picture.devices) EXPECT_FALSE(pv.areas[0].precommitted);
  // The same change can be made right away.
  ASSERT_TRUE(write(&vg_, after));
  EXPECT_EQ(look(fake_.io).vg(vg_.id), after);
}

TEST_F(UnitCommitWriter, RingsWrapIndependentlyTwoHundredTimes) {
  make({{Bytes(32768)}, {Bytes(61440)}});
  create();
  std::size_t wraps = 0;
  for (int round = 0; wraps < 200; ++round) {
    ASSERT_LT(round, 20000);
    model::Vg after = next(static_cast<std::size_t>(round * 7919 % 13000));
    Bytes old_offset = devices_.at(pv_id('a')).areas[0].text_offset;
    auto written = write(&vg_, after);
    ASSERT_TRUE(written) << written.error().text();
    if (devices_.at(pv_id('a')).areas[0].text_offset < old_offset) ++wraps;
    vg_ = after;
    if (round % 50 == 0) reread();
    if (round % 25 != 0) continue;
    Picture picture = look(fake_.io);
    ASSERT_THAT(picture.broken, IsEmpty());
    ASSERT_EQ(picture.texts.size(), 2u);
    for (const Found& found : picture.texts) ASSERT_EQ(found.vg, vg_);
  }
}

TEST_F(UnitCommitWriter, TooLargeATextIsRefusedBeforeAnythingIsWritten) {
  make({{Bytes(61440)}, {Bytes(32768)}});
  create();
  model::Vg after = next(16000);
  fake_.io.clear_events();
  auto refused = writer().precommit(&vg_, after, origin("vgchange"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::no_space);
  EXPECT_THAT(refused.error().message(), HasSubstr("VG vg0 2 metadata on /dev/sdb ("));
  EXPECT_THAT(refused.error().message(), HasSubstr(" bytes) exceeds maximum metadata size (15616 bytes)"));
  EXPECT_THAT(refused.error().message(), HasSubstr("Failed to write VG vg0."));
  EXPECT_EQ(fake_.io.write_count(), 0u);
  EXPECT_TRUE(writer().revert(after));
  EXPECT_EQ(look(fake_.io).vg(vg_.id), vg_);
}

// A VG that fills its area to the last byte can still be cleared of something, whatever the command line.
TEST_F(UnitCommitWriter, RemovalFitsAFullAreaWithAnyCommandLine) {
  make({{Bytes(32768)}});
  create();
  std::size_t ballast = 16000;
  model::Vg full = next(ballast);
  while (!write(&vg_, full, "")) full = next(--ballast);
  vg_ = full;
  EXPECT_GE(devices_.at(pv_id('a')).areas[0].text_size.n, 15616u - 8);
  model::Vg after = next(ballast - 200);
  auto written = write(&vg_, after, std::string(5000, 'c'));
  ASSERT_TRUE(written) << written.error().text();
  EXPECT_EQ(look(fake_.io).vg(vg_.id), after);
}

TEST_F(UnitCommitWriter, AChangeBehindItsBackIsNoticed) {
  make({{Bytes(61440)}});
  create();
  Devices stale = devices_;
  model::Vg other = next(10);
  ASSERT_TRUE(write(&vg_, other));
  devices_ = stale;
  fake_.io.clear_events();
  auto refused = writer().precommit(&vg_, next(20), origin("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::busy);
  EXPECT_THAT(refused.error().message(), HasSubstr("VG vg0 has changed on /dev/sda"));
  EXPECT_EQ(fake_.io.write_count(), 0u);
  EXPECT_EQ(look(fake_.io).vg(vg_.id), other);
}

TEST_F(UnitCommitWriter, APlanFromAnOlderSeqnoIsRefused) {
  make({{Bytes(61440)}});
  create();
  model::Vg second = next(10);
  ASSERT_TRUE(write(&vg_, second));
  auto refused = writer().precommit(&vg_, next(20), origin("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::busy);
}

TEST_F(UnitCommitWriter, APrecommitLeftByACrashIsOverwritten) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  ASSERT_TRUE(writer().precommit(&vg_, next(3000), origin("crashed")));
  reread();
  EXPECT_TRUE(devices_.at(pv_id('a')).areas[0].precommitted);
  model::Vg after = next(10);
  auto written = write(&vg_, after);
  ASSERT_TRUE(written) << written.error().text();
  Picture picture = look(fake_.io);
  EXPECT_EQ(picture.vg(vg_.id), after);
  EXPECT_FALSE(picture.devices.at(pv_id('a')).areas[0].precommitted);
}

TEST_F(UnitCommitWriter, OneFailingDeviceOfTwoIsLeftBehind) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  fake_.io.fail_writes_to("/dev/sda");
  model::Vg after = next(10);
  ASSERT_TRUE(write(&vg_, after));
  EXPECT_THAT(fake_.trace.warnings, ::testing::Contains(HasSubstr("Failed to write an MDA of VG vg0.")));
  fake_.io.mend();
  Picture picture = look(fake_.io);
  EXPECT_EQ(picture.vg(vg_.id), after);
  EXPECT_EQ(picture.devices.at(pv_id('a')).areas[0].seqno, 1u);
  EXPECT_EQ(picture.devices.at(pv_id('b')).areas[0].seqno, 2u);
  // The next change brings the old one up to date.
  reread();
  vg_ = after;
  after = next(20);
  ASSERT_TRUE(write(&vg_, after));
  picture = look(fake_.io);
  EXPECT_EQ(picture.devices.at(pv_id('a')).areas[0].seqno, 3u);
  EXPECT_EQ(picture.devices.at(pv_id('b')).areas[0].seqno, 3u);
  EXPECT_THAT(fake_.trace.warnings, ::testing::Contains("WARNING: updating old metadata to 3 on /dev/sda for VG vg0."));
}

TEST_F(UnitCommitWriter, NoWorkingDeviceFailsTheCommand) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  fake_.io.fail_writes_to("/dev/sda");
  fake_.io.fail_writes_to("/dev/sdb");
  auto failed = write(&vg_, next(10));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().text(), HasSubstr("Failed to write VG vg0."));
  fake_.io.mend();
  EXPECT_EQ(look(fake_.io).vg(vg_.id), vg_);
}

TEST_F(UnitCommitWriter, AMissingPvIsFlaggedInTheText) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  fake_.io.unplug("/dev/sdb");
  reread();
  model::Vg after = next(10);
  ASSERT_TRUE(write(&vg_, after));
  auto read = look(fake_.io).vg(vg_.id);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->pvs[0].missing());
  EXPECT_TRUE(read->pvs[1].missing());
}

TEST_F(UnitCommitWriter, DeviceHintsFollowTheDevices) {
  make({{Bytes(61440)}});
  create();
  devices_.at(pv_id('a')).device.aliases = {"/dev/disk/by-id/x"};
  model::Vg after = next(0);
  after.pvs[0].device_hint = "/dev/old";
  ASSERT_TRUE(write(&vg_, after));
  EXPECT_EQ(look(fake_.io).vg(vg_.id)->pvs[0].device_hint, "/dev/sda");
}

TEST_F(UnitCommitWriter, AnIgnoredAreaGetsNoText) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  std::vector<step::AreaUse> ignore = {{pv_id('b'), 0, true}};
  model::Vg second = next(10);
  ASSERT_TRUE(write(&vg_, second, "x", ignore));
  const auto& area = devices_.at(pv_id('b')).areas[0];
  EXPECT_TRUE(area.ignored);
  EXPECT_EQ(area.text_checksum, devices_.at(pv_id('a')).areas[0].text_checksum) << "its last text is this one";
  vg_ = second;
  model::Vg third = next(20);
  ASSERT_TRUE(write(&vg_, third));
  EXPECT_EQ(devices_.at(pv_id('b')).areas[0].text_size.n, 0u) << "the next header write drops it";
  reread();
  Picture picture = look(fake_.io);
  ASSERT_EQ(picture.texts.size(), 1u);
  EXPECT_EQ(picture.vg(vg_.id), third);
  // Taken into use again, its ring starts anew.
  vg_ = third;
  std::vector<step::AreaUse> use = {{pv_id('b'), 0, false}};
  model::Vg fourth = next(30);
  ASSERT_TRUE(write(&vg_, fourth, "x", use));
  picture = look(fake_.io);
  EXPECT_EQ(picture.texts.size(), 2u);
  EXPECT_EQ(picture.devices.at(pv_id('b')).areas[0].text_offset, Bytes(512));
}

// The newest text lies in an area that went out of use, and the others have come back with an old one: that is no
// change behind anybody's back.
TEST_F(UnitCommitWriter, AnIgnoredAreaIsNoReasonToRefuse) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  std::vector<step::AreaUse> ignore = {{pv_id('b'), 0, true}};
  auto disks = fake_.io;
  ASSERT_TRUE(write(&vg_, next(10), "x", ignore));
  fake_.io.poke("/dev/sda", Bytes(), disks.peek("/dev/sda", Bytes(), 1 << 20));
  reread();
  auto again = write(&vg_, next(20));
  ASSERT_TRUE(again) << again.error().text();
}

// What the refusal of a text that is too large advises must work.
TEST_F(UnitCommitWriter, AnAreaThatIsTooSmallCanBeTakenOutOfUse) {
  make({{Bytes(61440)}, {Bytes(32768)}});
  create();
  std::vector<step::AreaUse> ignore = {{pv_id('b'), 0, true}};
  model::Vg after = next(20000);
  auto written = write(&vg_, after, "x", ignore);
  ASSERT_TRUE(written) << written.error().text();
  Picture picture = look(fake_.io);
  EXPECT_EQ(picture.vg(vg_.id), after);
  EXPECT_TRUE(picture.devices.at(pv_id('b')).areas[0].ignored);
}

TEST_F(UnitCommitWriter, TheLastAreaInUseCannotBeIgnored) {
  make({{Bytes(61440)}, {}});
  create();
  std::vector<step::AreaUse> ignore = {{pv_id('a'), 0, true}};
  auto refused = writer().precommit(&vg_, next(10), origin("x"), ignore);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("no usable metadata area"));
}

TEST_F(UnitCommitWriter, RevertOfATakenIntoUseAreaKeepsTheVg) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  std::vector<step::AreaUse> ignore = {{pv_id('b'), 0, true}};
  model::Vg second = next(10);
  ASSERT_TRUE(write(&vg_, second, "x", ignore));
  vg_ = second;
  std::vector<step::AreaUse> use = {{pv_id('b'), 0, false}};
  model::Vg third = next(20);
  ASSERT_TRUE(writer().precommit(&vg_, third, origin("x"), use));
  ASSERT_TRUE(writer().revert(third));
  EXPECT_EQ(look(fake_.io).vg(vg_.id), vg_);
  ASSERT_TRUE(write(&vg_, third, "x", use)) << "what the writer knows still matches the disk";
  EXPECT_EQ(look(fake_.io).vg(vg_.id), third);
}

TEST_F(UnitCommitWriter, ADamagedAreaIsRepairedByTheNextWrite) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  fake_.io.poke("/dev/sda", Bytes(4096 + 30), std::vector<std::byte>(20, std::byte{0xff}));
  reread();
  ASSERT_TRUE(devices_.at(pv_id('a')).areas[0].damaged);
  model::Vg after = next(10);
  ASSERT_TRUE(write(&vg_, after));
  Picture picture = look(fake_.io);
  EXPECT_THAT(picture.broken, IsEmpty());
  EXPECT_EQ(picture.texts.size(), 2u);
}

TEST_F(UnitCommitWriter, AnAreaThatWasGoodAMomentAgoIsNotOverwritten) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  fake_.io.poke("/dev/sda", Bytes(4096 + 30), std::vector<std::byte>(20, std::byte{0xff}));
  auto refused = writer().precommit(&vg_, next(10), origin("x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::corrupt);
}

TEST_F(UnitCommitWriter, LeavingPvsAreSetFree) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  model::Vg after = next(0);
  after.pvs.pop_back();
  ASSERT_TRUE(write(&vg_, after));
  Picture picture = look(fake_.io);
  ASSERT_EQ(picture.texts.size(), 1u);
  EXPECT_EQ(picture.vg(vg_.id), after);
  EXPECT_FALSE(picture.devices.at(pv_id('b')).used);
  EXPECT_TRUE(picture.devices.at(pv_id('a')).used);
  EXPECT_FALSE(devices_.at(pv_id('b')).vg_id);
}

// vgsplit writes the new VG first; the old one must then not clear what the new one holds.
TEST_F(UnitCommitWriter, PvsThatAnotherVgTookOverAreLeftAlone) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  model::Vg split = vg_;
  split.id = vg_id('B');
  split.name = "vg1";
  split.seqno = 1;
  split.pvs.erase(split.pvs.begin());
  ASSERT_TRUE(write(nullptr, split));
  model::Vg rest = next(0);
  rest.pvs.pop_back();
  ASSERT_TRUE(write(&vg_, rest));
  Picture picture = look(fake_.io);
  EXPECT_EQ(picture.vg(split.id), split);
  EXPECT_EQ(picture.vg(vg_.id), rest);
  EXPECT_TRUE(picture.devices.at(pv_id('b')).used);
}

TEST_F(UnitCommitWriter, RemovedVgLeavesOrphans) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  ASSERT_TRUE(writer().remove(vg_));
  Picture picture = look(fake_.io);
  EXPECT_THAT(picture.texts, IsEmpty());
  EXPECT_THAT(picture.broken, IsEmpty());
  for (const auto& [id, pv] : picture.devices) EXPECT_FALSE(pv.used);
  // The text itself stays for rescue.
  auto text = fake_.io.peek("/dev/sda", Bytes(4096 + 512), 3);
  EXPECT_EQ(static_cast<char>(text[0]), 'v');
}

// pvchange -u: the label first, then the VG under the new id, with the areas as they are known.
TEST_F(UnitCommitWriter, APvMayGetAnotherId) {
  make({{Bytes(61440)}, {Bytes(61440)}});
  create();
  step::WriteLabel label = labels_[0];
  label.id = pv_id('n');
  label.layout.used = true;
  label.wipe_head = label.format_areas = false;
  ASSERT_TRUE(writer().write_label(label));
  EXPECT_FALSE(devices_.contains(pv_id('a')));
  model::Vg after = next(0);
  after.pvs[0].id = pv_id('n');
  auto written = write(&vg_, after);
  ASSERT_TRUE(written) << written.error().text();
  Picture picture = look(fake_.io);
  EXPECT_EQ(picture.vg(vg_.id), after);
  EXPECT_EQ(picture.texts.size(), 2u);
  EXPECT_TRUE(picture.devices.at(pv_id('n')).used);
}

// pvresize: the second area moves, and gets the text at its new place.
TEST_F(UnitCommitWriter, AMovedAreaIsFormattedAndGetsTheText) {
  make({{Bytes(61440), Bytes(4 << 20)}});
  create();
  step::WriteLabel label = labels_[0];
  label.layout.areas[1].start = Bytes(50 << 20);
  label.layout.device_size = Bytes(54 << 20);
  label.layout.used = true;
  label.wipe_head = label.format_areas = false;
  ASSERT_TRUE(writer().write_label(label));
  EXPECT_EQ(look(fake_.io).vg(vg_.id), vg_) << "the first area keeps the VG meanwhile";
  model::Vg after = next(0);
  ASSERT_TRUE(write(&vg_, after));
  Picture picture = look(fake_.io);
  ASSERT_EQ(picture.texts.size(), 2u);
  EXPECT_EQ(picture.texts[0].vg, after);
  EXPECT_EQ(picture.texts[1].vg, after);
  EXPECT_EQ(picture.devices.at(pv_id('a')).areas[1].start, Bytes(50 << 20));
}

TEST_F(UnitCommitWriter, ALabelIsRemovedFromEverySectorThatHoldsOne) {
  make({{Bytes(61440)}});
  auto sector = fake_.io.peek("/dev/sda", Bytes(512), 512);
  step::WriteLabel other = labels_[0];
  other.layout.label_sector = 3;
  other.wipe_head = false;
  ASSERT_TRUE(writer().write_label(other));
  EXPECT_EQ(fake_.io.peek("/dev/sda", Bytes(512), 512), std::vector<std::byte>(512)) << "never two labels";
  fake_.io.poke("/dev/sda", Bytes(512), sector);
  ASSERT_TRUE(writer().remove_label({labels_[0].device}));
  EXPECT_EQ(fake_.io.peek("/dev/sda", Bytes(0), 2048), std::vector<std::byte>(2048));
  EXPECT_TRUE(devices_.empty());
}

TEST_F(UnitCommitWriter, StaleHeadersOfMembersAreUpdatedAndSaid) {
  make({{Bytes(61440)}});
  create();
  ASSERT_TRUE(writer().clear_used(pv_id('a')));
  ASSERT_FALSE(look(fake_.io).devices.at(pv_id('a')).used);
  devices_.at(pv_id('a')).vg_id = vg_.id;
  ASSERT_TRUE(write(&vg_, next(0)));
  EXPECT_THAT(fake_.trace.warnings, ::testing::ElementsAre("WARNING: Updating PV header on /dev/sda for VG vg0."));
  EXPECT_TRUE(look(fake_.io).devices.at(pv_id('a')).used);
}

TEST_F(UnitCommitWriter, AnotherPvOnTheDeviceIsNotTouched) {
  make({{Bytes(61440)}});
  auto intruder = labels_[0];
  intruder.id = pv_id('z');
  Devices others;
  ASSERT_TRUE(Writer(fake_.system, config_, others).write_label(intruder));
  auto refused = write(nullptr, vg_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::busy);
  EXPECT_TRUE(look(fake_.io).devices.contains(pv_id('z')));
}

TEST_F(UnitCommitWriter, EverythingIsFlushedBeforeItCounts) {
  make({{Bytes(61440)}});
  create();
  fake_.io.clear_events();
  ASSERT_TRUE(write(&vg_, next(10)));
  std::string order;
  for (const auto& event : fake_.io.events())
    order += event.kind == device::DiskEvent::Kind::flush ? 'F' : event.offset.n == 4096 ? 'H' : 't';
  EXPECT_EQ(order, "tHFHF");
}

}  // namespace
}  // namespace lvm::commit
