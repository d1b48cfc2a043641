// SPDX-License-Identifier: LGPL-2.1-or-later
// What LVM2's own tests of shared VGs on such drives do to the lock manager, each by the name it has there: the
// commands are reduced to the locks that they take, the waits are as long as there.
#include <gtest/gtest.h>

#include <cerrno>

#include "idm/daemon/testing/bench.h"

namespace lvm::idm {
namespace {

using testing::Bench;
using testing::Program;

constexpr std::uint32_t kEx = 1, kSh = 2;
constexpr Time kSecond = std::chrono::seconds(1);

// lvmlockd's connection for one VG.
Program lvmlockd(Bench& bench, std::size_t drives) {
  Program out(bench, drives);
  out.call({.command = wire::Verb::set_killpath, .path = "/usr/sbin/lvmlockctl", .arguments = "--kill vg"});
  return out;
}

// A command that changes the VG: 'v' is the VG's lock.
int change(Program& program) {
  if (const int result = program.lock('v', kEx); result != 0) return result;
  return program.unlock('v');
}

TEST(UnitIdmScenarios, idm_fabric_failure) {
  Bench bench(3);
  Program vg = lvmlockd(bench, 3);
  ASSERT_EQ(vg.lock('l', kEx), 0);
  bench.cut_all(true);
  bench.timers.run_for(10 * kSecond);
  EXPECT_GT(bench.looked_again, 0) << "the drives come back under other names; nobody else asks for them";
  bench.names = "/dev/e";
  bench.cut_all(false);
  bench.timers.run_for(5 * kSecond);
  EXPECT_FALSE(bench.killed());
  vg.use({0, 1, 2});
  EXPECT_EQ(change(vg), 0);
  EXPECT_EQ(vg.unlock('l'), 0);
}

TEST(UnitIdmScenarios, idm_fabric_failure_half_brain) {
  Bench bench(2);
  Program vg = lvmlockd(bench, 2);
  ASSERT_EQ(vg.lock('l', kEx), 0);
  bench.links[1]->cut = true;
  EXPECT_EQ(change(vg), -EIO);
  bench.timers.run_for(70 * kSecond);
  EXPECT_FALSE(bench.killed());
  bench.links[1]->cut = false;
  bench.timers.run_for(kSecond);
  EXPECT_EQ(vg.unlock('l'), 0);
  EXPECT_EQ(change(vg), 0);
}

TEST(UnitIdmScenarios, idm_fabric_failure_timeout) {
  Bench bench(1);
  Program vg = lvmlockd(bench, 1);
  ASSERT_EQ(vg.lock('l', kEx), 0);
  bench.links[0]->cut = true;
  EXPECT_EQ(change(vg), -EIO);
  bench.timers.run_for(70 * kSecond);
  EXPECT_TRUE(bench.killed());
  EXPECT_EQ(bench.fenced[0].second.arguments, "--kill vg");
  vg.unlock('l');  // --drop
  bench.links[0]->cut = false;
  bench.timers.run_for(kSecond);
  EXPECT_EQ(change(vg), 0);
}

TEST(UnitIdmScenarios, idm_ilm_failure) {
  Bench bench(3);
  Program vg = lvmlockd(bench, 3), lv = lvmlockd(bench, 3);
  lv.use({0});
  for (int start = 0; start < 12; ++start) {  // wherever the renewals stand
    ASSERT_EQ(lv.lock('l', kEx), 0);
    bench.timers.run_for(start * kSecond);
    ASSERT_EQ(lv.inject(40), 0);
    bench.timers.run_for(40 * kSecond);
    ASSERT_EQ(lv.inject(0), 0);
    EXPECT_FALSE(bench.killed()) << start;
    bench.timers.run_for(2 * kSecond);
    ASSERT_EQ(lv.unlock('l'), 0);
  }
  // Nothing is held: nothing can be lost.
  ASSERT_EQ(vg.inject(100), 0);
  bench.timers.run_for(70 * kSecond);
  ASSERT_EQ(vg.inject(0), 0);
  EXPECT_FALSE(bench.killed());
  EXPECT_EQ(change(vg), 0);
  ASSERT_EQ(lv.lock('l', kEx), 0);
  ASSERT_EQ(vg.inject(100), 0);
  bench.timers.run_for(70 * kSecond);
  EXPECT_TRUE(bench.killed());
  ASSERT_EQ(vg.inject(0), 0);
  lv.unlock('l');
  EXPECT_EQ(change(vg), 0);
}

TEST(UnitIdmScenarios, lvmlockd_failure) {
  Bench bench(3);
  {
    Program killed = lvmlockd(bench, 3);
    ASSERT_EQ(killed.lock('l', kEx), 0);
    killed.die();
  }
  Program vg = lvmlockd(bench, 3);
  bench.timers.run_for(5 * kSecond);
  ASSERT_EQ(vg.lock('l', kEx), 0) << "it is this host's";
  EXPECT_EQ(vg.unlock('l'), 0);
  EXPECT_EQ(vg.lock('l', kSh), 0);
  EXPECT_EQ(vg.lock('m', kEx), 0);
  for (char name : {'l', 'm'}) EXPECT_EQ(vg.unlock(name), 0);
  EXPECT_EQ(change(vg), 0);
}

TEST(UnitIdmScenarios, multi_hosts_vg) {
  Bench a(4), b(a);
  Program on_a = lvmlockd(a, 4), on_b = lvmlockd(b, 4);
  for (int drive = 0; drive < 4; ++drive) {
    const auto lv = static_cast<char>('a' + drive), vg = static_cast<char>('A' + drive);
    on_a.use({drive});
    on_b.use({drive});
    ASSERT_EQ(on_a.lock(vg, kEx), 0);
    ASSERT_EQ(on_a.unlock(vg), 0);
    EXPECT_EQ(on_b.lock(vg, kSh), 0);
    EXPECT_EQ(on_b.lock(lv, kEx), 0);
    EXPECT_EQ(on_b.unlock(lv), 0);
    EXPECT_EQ(on_b.unlock(vg), 0);
    EXPECT_EQ(on_b.count(vg), (std::pair{0, 0}));
    EXPECT_EQ(change(on_b), 0);
  }
}

TEST(UnitIdmScenarios, multi_hosts_lv) {
  Bench a(3), b(a);
  Program on_a = lvmlockd(a, 3), on_b = lvmlockd(b, 3);
  for (char name = 'a'; name < 'a' + 20; ++name) {
    ASSERT_EQ(on_a.lock(name, kEx), 0);
    EXPECT_EQ(on_b.lock(name, kSh), -1);
    ASSERT_EQ(on_a.unlock(name), 0);
  }
  for (std::uint32_t mode : {kSh, kEx}) {
    for (char name = 'a'; name < 'a' + 20; ++name) ASSERT_EQ(on_b.lock(name, mode), 0) << name;
    for (char name = 'a'; name < 'a' + 20; ++name) ASSERT_EQ(on_b.unlock(name), 0) << name;
  }
}

TEST(UnitIdmScenarios, multi_hosts_lv_ex_timeout) {
  Bench a(3), b(a);
  Program on_a = lvmlockd(a, 3), on_b = lvmlockd(b, 3);
  ASSERT_EQ(on_a.lock('l', kEx), 0);
  a.cut_all(true);
  EXPECT_EQ(on_b.lock('l', kEx), -1);
  a.timers.run_for(70 * kSecond);
  EXPECT_TRUE(a.killed());
  EXPECT_EQ(on_b.lock('l', kEx), 0);
  // The host comes back, 30 seconds later: what it had is not its own any more.
  a.timers.run_for(30 * kSecond);
  a.cut_all(false);
  a.timers.run_for(30 * kSecond);
  EXPECT_NE(on_a.convert('l', kSh), 0);
  on_a.unlock('l');
  EXPECT_EQ(on_a.lock('l', kEx), -1);
  EXPECT_EQ(on_b.unlock('l'), 0);
}

TEST(UnitIdmScenarios, multi_hosts_lv_sh_timeout) {
  Bench a(3), b(a);
  Program on_a = lvmlockd(a, 3), on_b = lvmlockd(b, 3);
  ASSERT_EQ(on_a.lock('l', kSh), 0);
  a.cut_all(true);
  EXPECT_EQ(on_b.lock('l', kSh), 0);
  EXPECT_EQ(on_b.convert('l', kEx), -1);
  a.timers.run_for(70 * kSecond);
  EXPECT_TRUE(a.killed());
  EXPECT_EQ(on_b.convert('l', kEx), 0);
  EXPECT_EQ(on_b.unlock('l'), 0);
}

TEST(UnitIdmScenarios, stress_single_thread) {
  Bench bench(3);
  Program vg = lvmlockd(bench, 3);
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(change(vg), 0);              // lvcreate -an, lvchange --minor
    ASSERT_EQ(vg.lock('l', kEx), 0);       // activate
    ASSERT_EQ(change(vg), 0);              // lvextend
    ASSERT_EQ(vg.unlock('l'), 0);          // off
    ASSERT_EQ(vg.lock('l', kSh), 0);       // -asy
    ASSERT_EQ(vg.lock('l', kEx), -EBUSY);  // lvextend fails
    ASSERT_EQ(vg.convert('l', kEx), 0);    // -aey
    ASSERT_EQ(change(vg), 0);              // lvreduce
    ASSERT_EQ(vg.unlock('l'), 0);          // lvremove
  }
  for (const auto& drive : bench.emulated) EXPECT_LE(drive->record_count(), 2u);
}

// Two VGs at once, and a third that is made and removed all the time.
TEST(UnitIdmScenarios, stress_multi_threads) {
  Bench bench(3);
  std::vector<Program> programs;
  for (int i = 0; i < 3; ++i) programs.push_back(lvmlockd(bench, 3));
  for (int round = 0; round < 100; ++round)
    for (std::size_t i = 0; i < programs.size(); ++i) {
      const auto vg = static_cast<char>('A' + i), lv = static_cast<char>('a' + i);
      ASSERT_EQ(programs[i].lock(vg, kEx), 0);
      ASSERT_EQ(programs[i].lock(lv, round % 2 == 0 ? kEx : kSh), 0);
      ASSERT_EQ(programs[(i + 1) % 3].count(vg), (std::pair{1, 0}));
      ASSERT_EQ(programs[i].unlock(vg), 0);
      ASSERT_EQ(programs[i].unlock(lv), 0);
    }
}

}  // namespace
}  // namespace lvm::idm
