// SPDX-License-Identifier: LGPL-2.1-or-later
// Cuts the power after every single write of every kind of change. The VG read afterwards must be the old
// one or the new one, and the next change must work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "commit/testing/disks.h"

namespace lvm::commit {
namespace {

using namespace testing;

struct Scene {
  FakeSystem fake;
  config::Config config;
  Devices devices;
  std::vector<step::WriteLabel> labels;
  model::Vg vg;

  explicit Scene(std::vector<std::vector<Bytes>> areas) {
    Writer writer(fake.system, config, devices);
    char letter = 'a';
    for (auto& sizes : areas) {
      labels.push_back(label(fake.io, std::string("/dev/sd") + letter, pv_id(letter), sizes));
      CHECK(writer.write_label(labels.back()));
      ++letter;
    }
    vg = make_vg("vg0", labels);
  }
  void create() {
    Writer writer(fake.system, config, devices);
    CHECK(writer.precommit(nullptr, vg, origin("vgcreate")));
    CHECK(writer.commit(vg));
  }
  // Moves the ring on until the next text wraps.
  void advance_to_wrap(std::size_t ballast) {
    for (int round = 0; round < 1000; ++round) {
      const auto& area = devices.begin()->second.areas[0];
      if (area.text_offset.n + 2 * area.text_size.n > area.size.n) return;
      model::Vg after = vg;
      ++after.seqno;
      set_ballast(after, ballast);
      Writer writer(fake.system, config, devices);
      CHECK(writer.precommit(&vg, after, origin("advance")));
      CHECK(writer.commit(after));
      vg = after;
    }
    CHECK(false);
  }
};

// The states a cut may leave: all writes up to a point; the next one torn after a sector; or, of the writes
// since the last flush, one that a drive's cache lost.
void for_each_cut(const device::MemoryIo& before, const std::vector<device::DiskEvent>& events,
                  const std::function<void(device::MemoryIo&, const std::string&)>& examine) {
  for (std::size_t cut = 0; cut <= events.size(); ++cut) {
    device::MemoryIo io = before.after(events, cut);
    examine(io, "after " + std::to_string(cut));
    device::MemoryIo torn = before.after(events, cut, 512);
    examine(torn, "torn at " + std::to_string(cut));
    for (std::size_t lost = cut; lost-- > 0;) {
      if (events[lost].kind == device::DiskEvent::Kind::flush) break;
      auto rest = events;
      rest.resize(cut);
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(lost));
      device::MemoryIo partial = before.after(rest, rest.size());
      examine(partial, "lost " + std::to_string(lost) + " of " + std::to_string(cut));
    }
  }
}

// After a cut: old or new VG, nothing broken in the ring in force, and the next command succeeds.
void expect_old_or_new(device::MemoryIo& io, const std::string& where, const std::optional<model::Vg>& before,
                       const std::optional<model::Vg>& after) {
  Picture picture = look(io);
  VgId id = before ? before->id : after->id;
  auto read = picture.vg(id);
  ASSERT_TRUE(read == before || read == after) << where << ": " << (read ? "a third state" : "no VG at all");
  if (!read) return;
  FakeSystem fake;
  fake.io = io.after({}, 0);
  config::Config config;
  Devices devices = picture.devices;
  Writer writer(fake.system, config, devices);
  model::Vg next = *read;
  ++next.seqno;
  next.tags = {"next"};
  auto precommitted = writer.precommit(&*read, next, origin("next"));
  ASSERT_TRUE(precommitted) << where << ": " << precommitted.error().text();
  ASSERT_TRUE(writer.commit(next)) << where;
  EXPECT_EQ(look(fake.io).vg(id), next) << where;
}

void check_change(Scene& scene, const model::Vg& after, std::span<const step::AreaUse> use = {}) {
  device::MemoryIo before = scene.fake.io.after({}, 0);
  scene.fake.io.clear_events();
  Writer writer(scene.fake.system, scene.config, scene.devices);
  ASSERT_TRUE(writer.precommit(&scene.vg, after, origin("change"), use));
  ASSERT_TRUE(writer.commit(after));
  ASSERT_GT(scene.fake.io.write_count(), 2u);
  for_each_cut(before, scene.fake.io.events(),
               [&](device::MemoryIo& io, const std::string& where) { expect_old_or_new(io, where, scene.vg, after); });
}

TEST(UnitCommitCrash, ChangeOfAVgWithOneArea) {
  Scene scene({{Bytes(32768)}});
  scene.create();
  model::Vg after = scene.vg;
  ++after.seqno;
  set_ballast(after, 3000);
  check_change(scene, after);
}

TEST(UnitCommitCrash, ChangeThatWrapsTheRing) {
  for (std::size_t ballast : {900u, 5000u, 9000u}) {
    Scene scene({{Bytes(32768)}});
    scene.create();
    scene.advance_to_wrap(ballast);
    model::Vg after = scene.vg;
    ++after.seqno;
    set_ballast(after, ballast + 400);
    check_change(scene, after);
  }
}

TEST(UnitCommitCrash, ChangeWithThreeAreasOnTwoPvs) {
  Scene scene({{Bytes(32768), Bytes(61440)}, {Bytes(61440)}});
  scene.create();
  model::Vg after = scene.vg;
  ++after.seqno;
  set_ballast(after, 2000);
  check_change(scene, after);
}

TEST(UnitCommitCrash, AreasGoingInAndOutOfUse) {
  Scene scene({{Bytes(32768)}, {Bytes(32768)}});
  scene.create();
  std::vector<step::AreaUse> ignore = {{pv_id('a'), 0, true}};
  model::Vg after = scene.vg;
  ++after.seqno;
  check_change(scene, after, ignore);
  scene.vg = after;
  std::vector<step::AreaUse> swap = {{pv_id('a'), 0, false}, {pv_id('b'), 0, true}};
  ++after.seqno;
  check_change(scene, after, swap);
}

TEST(UnitCommitCrash, PvLeavingTheVg) {
  Scene scene({{Bytes(32768)}, {Bytes(32768)}});
  scene.create();
  model::Vg after = scene.vg;
  ++after.seqno;
  after.pvs.pop_back();
  check_change(scene, after);
}

TEST(UnitCommitCrash, PvJoiningTheVg) {
  Scene scene({{Bytes(32768)}, {Bytes(32768)}});
  model::Vg both = scene.vg;
  scene.vg.pvs.pop_back();
  scene.create();
  ++both.seqno;
  check_change(scene, both);
}

TEST(UnitCommitCrash, VgBeingCreated) {
  Scene scene({{Bytes(32768)}, {Bytes(32768)}});
  device::MemoryIo before = scene.fake.io.after({}, 0);
  scene.fake.io.clear_events();
  scene.create();
  for_each_cut(before, scene.fake.io.events(), [&](device::MemoryIo& io, const std::string& where) {
    EXPECT_EQ(look(io).devices.size(), 2u) << where;
    expect_old_or_new(io, where, std::nullopt, scene.vg);
  });
}

TEST(UnitCommitCrash, VgBeingRemoved) {
  Scene scene({{Bytes(32768)}, {Bytes(32768)}});
  scene.create();
  device::MemoryIo before = scene.fake.io.after({}, 0);
  scene.fake.io.clear_events();
  Writer writer(scene.fake.system, scene.config, scene.devices);
  ASSERT_TRUE(writer.remove(scene.vg));
  for_each_cut(before, scene.fake.io.events(), [&](device::MemoryIo& io, const std::string& where) {
    Picture picture = look(io);
    auto read = picture.vg(scene.vg.id);
    EXPECT_TRUE(!read || *read == scene.vg) << where;
    EXPECT_EQ(picture.devices.size(), 2u) << where;
    EXPECT_TRUE(picture.broken.empty()) << where;
  });
}

// A PV that says USED and that no VG has could be had with -ff only: a command that was cut short must not leave one.
void expect_no_orphan_says_used(const device::MemoryIo& before, const std::vector<device::DiskEvent>& events) {
  for_each_cut(before, events, [&](device::MemoryIo& io, const std::string& where) {
    for (const auto& [id, pv] : look(io).devices) EXPECT_TRUE(!pv.used || pv.vg_id) << where << ": " << pv.device.path;
  });
}

TEST(UnitCommitCrash, NoCutLeavesAnOrphanThatSaysUsed) {
  Scene scene({{Bytes(32768)}, {Bytes(32768)}});
  auto during = [&](const std::function<void(Writer&)>& change) {
    device::MemoryIo before = scene.fake.io.after({}, 0);
    scene.fake.io.clear_events();
    Writer writer(scene.fake.system, scene.config, scene.devices);
    change(writer);
    expect_no_orphan_says_used(before, scene.fake.io.events());
  };
  during([&](Writer& writer) {
    ASSERT_TRUE(writer.precommit(nullptr, scene.vg, origin("vgcreate")));
    ASSERT_TRUE(writer.commit(scene.vg));
  });
  EXPECT_TRUE(look(scene.fake.io).devices.at(pv_id('a')).used);
  model::Vg after = scene.vg;
  ++after.seqno;
  after.pvs.pop_back();
  during([&](Writer& writer) {
    ASSERT_TRUE(writer.precommit(&scene.vg, after, origin("vgreduce")));
    ASSERT_TRUE(writer.commit(after));
  });
  EXPECT_FALSE(look(scene.fake.io).devices.at(pv_id('b')).used);
  during([&](Writer& writer) { ASSERT_TRUE(writer.remove(after)); });
  EXPECT_FALSE(look(scene.fake.io).devices.at(pv_id('a')).used);
}

// vgreduce was killed behind its commit: the PV still has the old text. The next change of the VG lets it go.
TEST(UnitCommitCrash, APvThatWasLeavingIsSetFreeByTheNextChange) {
  Scene scene({{Bytes(32768)}, {Bytes(32768)}});
  scene.create();
  device::MemoryIo old = scene.fake.io.after({}, 0);
  model::Vg after = scene.vg;
  ++after.seqno;
  after.pvs.pop_back();
  {
    Writer writer(scene.fake.system, scene.config, scene.devices);
    ASSERT_TRUE(writer.precommit(&scene.vg, after, origin("vgreduce")));
    ASSERT_TRUE(writer.commit(after));
  }
  scene.fake.io.poke("/dev/sdb", Bytes(), old.peek("/dev/sdb", Bytes(), 1 << 20));
  Picture picture = look(scene.fake.io);
  ASSERT_EQ(picture.texts.size(), 2u);
  model::Vg next = after;
  ++next.seqno;
  Writer writer(scene.fake.system, scene.config, picture.devices);
  ASSERT_TRUE(writer.precommit(&after, next, origin("vgchange")));
  ASSERT_TRUE(writer.commit(next));
  picture = look(scene.fake.io);
  EXPECT_EQ(picture.texts.size(), 1u);
  EXPECT_FALSE(picture.devices.at(pv_id('b')).used);
}

// The header of the new metadata is written, but the drive does not say that it is safe: the VG is the new one, and
// the kernel's tables must follow.
TEST(UnitCommitCrash, AFailedFlushBehindTheHeaderIsNoWayBack) {
  Scene scene({{Bytes(32768)}});
  scene.create();
  model::Vg after = scene.vg;
  ++after.seqno;
  Writer writer(scene.fake.system, scene.config, scene.devices);
  ASSERT_TRUE(writer.precommit(&scene.vg, after, origin("change")));
  scene.fake.io.fail_flushes(true);
  EXPECT_TRUE(writer.commit(after));
  EXPECT_THAT(scene.fake.trace.warnings, ::testing::Contains(::testing::HasSubstr("may not survive a power failure")));
  EXPECT_EQ(look(scene.fake.io).vg(after.id), after);
}

// A device is blank, or a PV with all its areas; never a label that points at garbage.
TEST(UnitCommitCrash, LabelBeingWritten) {
  FakeSystem fake;
  config::Config config;
  Devices devices;
  auto made = label(fake.io, "/dev/sda", pv_id('a'), {Bytes(61440), Bytes(32768)});
  fake.io.poke("/dev/sda", Bytes(4096), std::vector<std::byte>(8192, std::byte{0x33}));
  device::MemoryIo before = fake.io.after({}, 0);
  ASSERT_TRUE(Writer(fake.system, config, devices).write_label(made));
  bool blank = false, whole = false;
  for_each_cut(before, fake.io.events(), [&](device::MemoryIo& io, const std::string& where) {
    Picture picture = look(io);
    EXPECT_TRUE(picture.broken.empty()) << where;
    (picture.devices.empty() ? blank : whole) = true;
  });
  EXPECT_TRUE(blank);
  EXPECT_TRUE(whole);
}

// The examiner itself must be able to fail: a writer that overwrites the text in force is caught.
TEST(UnitCommitCrash, CanaryAnOverwriteInPlaceIsCaught) {
  Scene scene({{Bytes(32768)}});
  scene.create();
  device::MemoryIo before = scene.fake.io.after({}, 0);
  scene.fake.io.clear_events();
  const auto& area = scene.devices.at(pv_id('a')).areas[0];
  auto handle = scene.fake.io.open(scene.labels[0].device, device::Access::write);
  ASSERT_TRUE((*handle)->write(area.start + area.text_offset, std::vector<std::byte>(512, std::byte{'#'})));
  bool lost = false;
  for_each_cut(before, scene.fake.io.events(), [&](device::MemoryIo& io, const std::string&) {
    if (!look(io).vg(scene.vg.id)) lost = true;
  });
  EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace lvm::commit
