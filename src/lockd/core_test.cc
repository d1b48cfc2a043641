// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/core.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "lockd/testing/host.h"

namespace lvm::lockd {
namespace {

using namespace testing;

constexpr Mode un = Mode::unlocked, sh = Mode::shared, ex = Mode::exclusive;

class UnitLockdCore : public ::testing::Test {
 protected:
  VirtualExecutor executor;
  std::shared_ptr<Cluster> cluster = std::make_shared<Cluster>();
  Host a{executor, cluster, 1};
  Host b{executor, cluster, 2};
  ClientId one = a.core->connect(), two = a.core->connect(), far = b.core->connect();

  void start_both(ManagerKind kind = ManagerKind::dlm) {
    ASSERT_EQ(a.ask(one, start_vg(kind, "vg")), 0);
    ASSERT_EQ(b.ask(far, start_vg(kind, "vg")), 0);
  }
};

TEST_F(UnitLockdCore, AVgThatIsNotStartedHasNoLocks) {
  auto reply = a.send(one, lock_vg("vg", ex));
  a.run();
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->result, -error::no_lockspace);
  EXPECT_EQ((*reply)->flags, (std::vector<std::string>{"NO_LOCKSPACES", "NO_GL_LS"}));
}

TEST_F(UnitLockdCore, StartingTwiceIsSaid) {
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::dlm, "vg")), 0);
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::dlm, "vg")), -EEXIST);
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::none, "other")), -EPROTONOSUPPORT);
}

TEST_F(UnitLockdCore, WhileItStartsItCannotBeLocked) {
  executor.latency = Time{500};
  Request start = start_vg(ManagerKind::dlm, "vg");
  start.options.wait = false;
  auto begun = a.send(one, start);
  a.run(Time{600});
  ASSERT_TRUE(*begun);  // prepared, joining
  EXPECT_EQ((*begun)->result, 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), -error::starting);
  Request wait;
  wait.op = Op::start_wait;
  EXPECT_EQ(a.ask(one, wait), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
}

TEST_F(UnitLockdCore, ExclusiveWaitsForSharersOfItsHost) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
  auto waits = a.send(two, lock_vg("vg", ex));
  a.run();
  EXPECT_FALSE(*waits);
  EXPECT_EQ(a.ask(one, lock_vg("vg", un)), 0);
  a.run();
  ASSERT_TRUE(*waits);
  EXPECT_EQ((*waits)->result, 0);
}

TEST_F(UnitLockdCore, SharedDoesNotPassAnExclusiveThatCameFirst) {
  start_both();
  ClientId three = a.core->connect();
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
  auto exclusive = a.send(two, lock_vg("vg", ex));
  auto later = a.send(three, lock_vg("vg", sh));
  a.run();
  EXPECT_FALSE(*exclusive);
  EXPECT_FALSE(*later);
  a.ask(one, lock_vg("vg", un));
  a.run();
  EXPECT_TRUE(*exclusive);
  EXPECT_FALSE(*later);
  a.ask(two, lock_vg("vg", un));
  a.run();
  EXPECT_TRUE(*later);
}

TEST_F(UnitLockdCore, AVgLockHeldElsewhereIsTriedAgainAndThenSaidWithItsHolder) {
  start_both();
  EXPECT_EQ(b.ask(far, lock_vg("vg", ex)), 0);
  auto reply = a.send(one, lock_vg("vg", sh));
  a.run(Time{3500});
  EXPECT_FALSE(*reply);  // the fourth retry is at 4 s
  a.run(Time{1000});
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->result, -EAGAIN);
  ASSERT_TRUE((*reply)->owner);
  EXPECT_EQ((*reply)->owner->host_id, 2u);
}

TEST_F(UnitLockdCore, ARetryGetsTheLockThatWasGivenBackMeanwhile) {
  start_both();
  EXPECT_EQ(b.ask(far, lock_vg("vg", ex)), 0);
  auto reply = a.send(one, lock_vg("vg", sh));
  a.run(Time{1500});
  EXPECT_EQ(b.ask(far, lock_vg("vg", un)), 0);
  a.run(Time{1500});
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->result, 0);
}

TEST_F(UnitLockdCore, AnLvLockHeldElsewhereFailsAtOnce) {
  start_both();
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), 0);
  auto reply = a.send(one, lock_lv("vg", "lv1", ex));
  a.run();
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->result, -EAGAIN);
  EXPECT_EQ((*reply)->owner->host_id, 2u);
}

TEST_F(UnitLockdCore, SharedOnBothHosts) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", sh)), 0);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", sh)), 0);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), -EAGAIN);
}

TEST_F(UnitLockdCore, TransientLocksEndWithTheirClientPersistentOnesStay) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), 0);
  EXPECT_EQ(a.ask(one, lock_lv("vg", "kept", ex)), 0);
  EXPECT_EQ(a.ask(one, lock_lv("vg", "gone", ex, false)), 0);
  a.core->disconnect(one);
  a.run();
  EXPECT_EQ(b.ask(far, lock_vg("vg", ex)), 0);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "gone", ex)), 0);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "kept", ex)), -EAGAIN);
  // Any client of the host may give a persistent lock back.
  EXPECT_EQ(a.ask(two, lock_lv("vg", "kept", un)), 0);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "kept", ex)), 0);
}

TEST_F(UnitLockdCore, APersistentLockOfAClientThatVanishedIsNotKept) {
  executor.latency = Time{500};
  start_both();
  a.send(one, lock_lv("vg", "lv1", ex));
  a.run(Time{100});
  a.core->disconnect(one);
  a.run(Time{3000});
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), 0);
}

TEST_F(UnitLockdCore, WhatIsActiveHereMayBeUsedHere) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex)), 0);
  EXPECT_EQ(a.ask(two, lock_lv("vg", "lv1", ex)), -EALREADY);
  EXPECT_EQ(a.ask(two, lock_lv("vg", "lv1", ex, false)), 0);
  EXPECT_EQ(a.ask(two, lock_lv("vg", "lv1", un, false)), -ENOENT);  // nothing was recorded
}

TEST_F(UnitLockdCore, ExclusiveUseOfASharedActiveLvIsRefused) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", sh)), 0);
  auto reply = a.send(two, lock_lv("vg", "lv1", ex, false));
  a.run();
  ASSERT_TRUE(*reply);
  EXPECT_EQ((*reply)->result, -EEXIST);
  EXPECT_EQ((*reply)->flags, std::vector<std::string>{"SH_EXISTS"});
}

TEST_F(UnitLockdCore, ATransientLockBecomesPersistent) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex, false)), 0);
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", sh)), -EEXIST);
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex)), 0);
  a.core->disconnect(one);
  a.run();
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), -EAGAIN);
}

TEST_F(UnitLockdCore, Conversions) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), -EALREADY);
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
  EXPECT_EQ(b.ask(far, lock_vg("vg", sh)), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), -EAGAIN);  // another host shares
  EXPECT_EQ(b.ask(far, lock_vg("vg", un)), 0);
  EXPECT_EQ(a.ask(two, lock_vg("vg", sh)), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), -EAGAIN);  // another client shares
}

TEST_F(UnitLockdCore, AVersionGoesWithTheLock) {
  start_both();
  Request update = vg_op(Op::update, "vg");
  update.version = 7;
  EXPECT_EQ(a.ask(one, update), -EINVAL);
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), 0);
  EXPECT_EQ(a.ask(one, update), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", un)), 0);
  EXPECT_EQ(b.ask(far, lock_vg("vg", sh)), 0);
  EXPECT_NE(b.core->info().find("info=r name=VGLK type=vg mode=sh sh_count=1 version=7"), std::string::npos)
      << b.core->info();
}

TEST_F(UnitLockdCore, AWaitingRequestCanBeCancelled) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), 0);
  auto waits = a.send(two, lock_vg("vg", ex));
  Request cancel = lock_vg("vg", un);
  cancel.options.unlock_cancel = true;
  EXPECT_EQ(a.ask(two, cancel), -ENOENT);
  ASSERT_TRUE(*waits);
  EXPECT_EQ((*waits)->result, -ECANCELED);
}

TEST_F(UnitLockdCore, AVgInUseCannotBeStopped) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex)), 0);
  EXPECT_EQ(a.ask(one, vg_op(Op::stop, "vg")), -EBUSY);
  EXPECT_FALSE(a.core->may_end());
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", un)), 0);
  EXPECT_EQ(a.ask(one, vg_op(Op::stop, "vg")), 0);
  EXPECT_TRUE(a.core->may_end());
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), -error::no_lockspace);
}

TEST_F(UnitLockdCore, AVgThatOthersHaveStartedCannotBeFreed) {
  start_both();
  EXPECT_EQ(a.ask(one, vg_op(Op::busy, "vg")), -EBUSY);
  EXPECT_EQ(a.ask(one, vg_op(Op::free, "vg")), -EBUSY);
  EXPECT_EQ(b.ask(far, vg_op(Op::stop, "vg")), 0);
  EXPECT_EQ(a.ask(one, vg_op(Op::busy, "vg")), 0);
  EXPECT_EQ(a.ask(one, vg_op(Op::free, "vg")), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", un)), -error::no_lockspace);
}

TEST_F(UnitLockdCore, AKilledVgOnlyUnlocks) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex)), 0);
  EXPECT_EQ(a.ask(two, vg_op(Op::kill_vg, "vg")), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), -error::vg_killed);
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", un)), 0);
  EXPECT_EQ(a.ask(one, vg_op(Op::drop_vg, "vg")), 0);
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::dlm, "vg")), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
}

TEST_F(UnitLockdCore, StopAllStopsWhatIsNotInUse) {
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::dlm, "free")), 0);
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::dlm, "used")), 0);
  EXPECT_EQ(a.ask(one, lock_lv("used", "lv1", ex)), 0);
  Request stop;
  stop.op = Op::stop_all;
  stop.options.wait = true;
  EXPECT_EQ(a.ask(one, stop), -EBUSY);
  EXPECT_EQ(a.ask(one, lock_vg("free", sh)), -error::no_lockspace);
  EXPECT_EQ(a.ask(one, lock_lv("used", "lv1", un)), 0);
  EXPECT_EQ(a.ask(one, stop), 0);
  EXPECT_TRUE(a.core->may_end());
}

TEST_F(UnitLockdCore, TheGlobalLockOfDlmStartsByItselfAndEndsWithTheLastVg) {
  EXPECT_EQ(a.ask(one, lock_gl(ex, ManagerKind::dlm)), 0);
  EXPECT_EQ(b.ask(far, lock_gl(sh, ManagerKind::dlm)), -EAGAIN);
  EXPECT_EQ(a.ask(one, lock_gl(un)), 0);
  EXPECT_EQ(b.ask(far, lock_gl(sh)), 0);
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::dlm, "vg")), 0);
  EXPECT_EQ(a.ask(one, vg_op(Op::stop, "vg")), 0);
  a.run();
  EXPECT_EQ(a.core->info().find("lvm_global"), std::string::npos);
}

TEST_F(UnitLockdCore, TheGlobalLockOfSanlockIsInOneVg) {
  auto reply = a.send(one, lock_gl(ex, ManagerKind::sanlock));
  a.run();
  EXPECT_EQ((*reply)->result, -error::no_lockspace);
  EXPECT_EQ((*reply)->flags, (std::vector<std::string>{"NO_LOCKSPACES", "NO_GL_LS"}));
  Request init = vg_op(Op::init, "vg");
  init.manager = ManagerKind::sanlock;
  EXPECT_EQ(a.ask(one, init), 0);
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::sanlock, "vg")), 0);
  EXPECT_EQ(a.ask(one, lock_gl(ex, ManagerKind::sanlock)), 0);
  EXPECT_EQ(a.ask(one, lock_gl(un)), 0);
  EXPECT_EQ(a.ask(one, vg_op(Op::disable, "vg")), 0);
  EXPECT_EQ(a.ask(one, lock_gl(ex)), -error::no_lockspace);
  EXPECT_EQ(a.ask(one, vg_op(Op::enable, "vg")), 0);
  EXPECT_EQ(a.ask(one, lock_gl(ex)), 0);
}

TEST_F(UnitLockdCore, TheGlobalLockIsFoundWhereAnotherHostEnabledIt) {
  start_both(ManagerKind::sanlock);
  EXPECT_EQ(b.ask(far, lock_gl(ex)), -error::no_lockspace);
  EXPECT_EQ(a.ask(one, vg_op(Op::enable, "vg")), 0);
  EXPECT_EQ(b.ask(far, lock_gl(ex)), 0);
}

TEST_F(UnitLockdCore, LeasesOfSanlockHavePlaces) {
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::sanlock, "vg")), 0);
  Request init = lock_lv("vg", "lv1", un);
  init.op = Op::init;
  init.manager = ManagerKind::sanlock;
  auto reply = a.send(one, init);
  a.run();
  EXPECT_EQ((*reply)->lv_args, "1.0.0:70254592");
  EXPECT_EQ(a.ask(one, init), -EEXIST);
  init.op = Op::free;
  EXPECT_EQ(a.ask(one, init), 0);
  init.op = Op::init;
  EXPECT_EQ(a.ask(one, init), 0);
}

TEST_F(UnitLockdCore, WhichLockManagerRuns) {
  Request which;
  which.op = Op::running_lm;
  EXPECT_EQ(a.ask(one, which), -EXFULL);
  Host only(executor, cluster, 3, {ManagerKind::sanlock});
  EXPECT_EQ(only.ask(only.core->connect(), which), 3);
  Host none(executor, cluster, 4, {});
  EXPECT_EQ(none.ask(none.core->connect(), which), -ENOLCK);
}

TEST_F(UnitLockdCore, LongNamesThatBecomeTheSameAreRefused) {
  const std::string stem(60, 'v');
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::sanlock, stem + "1")), 0);
  EXPECT_EQ(a.ask(one, start_vg(ManagerKind::sanlock, stem + "2")), -EEXIST);
}

// Found by the simulation: what ends a lockspace took locks away from commands that were at work under them.
TEST_F(UnitLockdCore, WhatEndsALockspaceWaitsForItsCommands) {
  start_both();
  for (Op op : {Op::stop, Op::drop_vg}) {
    a.ask(one, start_vg(ManagerKind::dlm, "vg"));
    EXPECT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
    EXPECT_EQ(a.ask(two, lock_vg("vg", sh)), 0);
    auto stopped = a.send(one, vg_op(op, "vg"));  // its own does not matter
    a.run();
    EXPECT_FALSE(*stopped);
    EXPECT_EQ(b.ask(far, lock_vg("vg", ex), Time{100}), -110) << "it is still held";
    EXPECT_EQ(a.ask(two, lock_vg("vg", un)), 0);
    a.run();
    ASSERT_TRUE(*stopped);
    EXPECT_EQ((*stopped)->result, 0);
    b.run(Time{5000});
    EXPECT_EQ(b.ask(far, lock_vg("vg", un)), 0);
  }
}

TEST_F(UnitLockdCore, LocksOfACommandThatOutlivesTheDaemonAreKeptForIt) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), 0);
  const AdoptState state = a.core->adopt_state();
  cluster->crash(1);
  bool in_use = true;
  CoreOptions options;
  options.vg_in_use = [&](const std::string&, const std::set<int>&) { return in_use; };
  Host again(executor, cluster, 1, {ManagerKind::dlm}, options);
  bool done = false;
  again.core->adopt(state, [&](const std::vector<std::string>&) { done = true; });
  again.run(Time{5000});
  EXPECT_TRUE(done);
  EXPECT_EQ(b.ask(far, lock_vg("vg", sh)), -EAGAIN);
  in_use = false;
  again.run(Time{2000});
  EXPECT_EQ(b.ask(far, lock_vg("vg", sh)), 0);
}

TEST_F(UnitLockdCore, ADaemonThatStartsAnewTakesItsLocksOver) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex)), 0);
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv2", sh)), 0);
  EXPECT_EQ(a.ask(one, lock_vg("vg", ex)), 0);
  AdoptState state = a.core->adopt_state();
  EXPECT_EQ(state.vgs.size(), 1u);
  EXPECT_EQ(state.lvs.size(), 2u);
  cluster->crash(1);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), -EAGAIN);

  Host again(executor, cluster, 1);
  ClientId client = again.core->connect();
  std::optional<std::vector<std::string>> problems;
  state.lvs[1].mode = ex;  // the file was written before a conversion
  again.core->adopt(state, [&](std::vector<std::string> said) { problems = std::move(said); });
  again.run(Time{5000});
  ASSERT_TRUE(problems);
  EXPECT_TRUE(problems->empty()) << problems->front();
  EXPECT_EQ(again.core->adopt_state().lvs.size(), 2u);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), -EAGAIN);
  EXPECT_EQ(b.ask(far, lock_vg("vg", ex)), 0);  // the dead command's lock is free
  EXPECT_EQ(again.ask(client, lock_lv("vg", "lv1", un)), 0);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), 0);
}

TEST_F(UnitLockdCore, WithoutAdoptingAnOrphanIsSaid) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex)), 0);
  cluster->crash(1);
  Host again(executor, cluster, 1);
  ClientId client = again.core->connect();
  EXPECT_EQ(again.ask(client, start_vg(ManagerKind::dlm, "vg")), 0);
  EXPECT_EQ(again.ask(client, lock_lv("vg", "lv1", ex)), -error::orphan);
  Request adopt = lock_lv("vg", "lv1", ex);
  adopt.options.adopt = true;
  EXPECT_EQ(again.ask(client, adopt), 0);
}

TEST_F(UnitLockdCore, AHostThatDiesIsFollowedOnlyWhenItIsFenced) {
  start_both();
  EXPECT_EQ(a.ask(one, lock_lv("vg", "lv1", ex)), 0);
  cluster->crash(1);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), -EAGAIN);
  cluster->fence(1);
  EXPECT_EQ(b.ask(far, lock_lv("vg", "lv1", ex)), 0);
}

TEST(UnitLockdAdoptFile, RoundTripAndRefusals) {
  AdoptState state;
  state.vgs.push_back({"vg-uuid", "vg", ManagerKind::sanlock, "1.0.0:lvmlock"});
  state.lvs.push_back({"vg-uuid", "lv-uuid", "1.0.0:70254592", Mode::exclusive, 3});
  const std::string text = write_adopt_file_text(state, 12, 4, "Thu Nov 16 10:02:03 2023");
  EXPECT_EQ(text,
            "lvmlockd adopt_version 1.0 pid 12 updates 4 Thu Nov 16 10:02:03 2023\n"
            "VG: vg-uuid vg sanlock 1.0.0:lvmlock\nLV: vg-uuid lv-uuid 1.0.0:70254592 ex 3\n");
  auto got = read_adopt_file(text);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, state);
  EXPECT_FALSE(read_adopt_file(""));
  EXPECT_FALSE(read_adopt_file("lvmlockd adopt_version 2.0 pid 1\n"));
  EXPECT_FALSE(read_adopt_file("lvmlockd adopt_version 1.0\nVG: a b\n"));
  EXPECT_FALSE(read_adopt_file("lvmlockd adopt_version 1.0\nLV: a b c un 1\n"));
  EXPECT_FALSE(read_adopt_file("lvmlockd adopt_version 1.0\nXY: a\n"));
}

// Fault 1 of docs/idm.md: after vgextend another host asks the former drives. What it read under that lock does not
// count: each of its commands reads again.
TEST_F(UnitLockdCore, AVgLockOnFormerDrivesMovesAndItsHoldersReadAgain) {
  Request start = start_vg(ManagerKind::idm, "vg");
  start.drives = {"/dev/a"};
  ASSERT_EQ(a.ask(one, start), 0);
  Request place = vg_op(Op::place, "vg");
  place.drives = {"/dev/a", "/dev/b", "/dev/c"};
  EXPECT_EQ(a.ask(one, place), -EINVAL);  // it does not hold the lock
  ASSERT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
  ASSERT_EQ(a.ask(two, lock_vg("vg", sh)), 0);
  const auto moved = [&](ClientId client) {
    auto reply = a.send(client, place);
    a.run();
    EXPECT_EQ((*reply)->result, 0);
    return (*reply)->flags == std::vector<std::string>{"MOVED"};
  };
  EXPECT_TRUE(moved(one));
  EXPECT_FALSE(moved(one));
  EXPECT_TRUE(moved(two));  // though it was moved by the other
  EXPECT_FALSE(moved(two));
  ASSERT_EQ(a.ask(one, lock_vg("vg", un)), 0);
  ASSERT_EQ(a.ask(one, lock_vg("vg", sh)), 0);
  EXPECT_FALSE(moved(one));
}

}  // namespace
}  // namespace lvm::lockd
