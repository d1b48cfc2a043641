// SPDX-License-Identifier: LGPL-2.1-or-later
// lvmlockd's way to idmlockd, over the real service: what becomes of locks when either of them ends. Each was found by
// the simulation.
#include <gtest/gtest.h>

#include <optional>

#include "idm/daemon/testing/bench.h"
#include "lockd/managers/idm/idm_manager.h"

namespace lvm::simulation {
namespace {

using idm::testing::Bench;
using lockd::LockResult;
using lockd::ManagedLockspace;
using lockd::Mode;
using lockd::ResourceId;
using lockd::ResourceKind;
namespace error = lockd::error;

// A host: idmlockd, which ends and begins, and connections of lvmlockd to it.
class Daemons {
 public:
  explicit Daemons(Bench& bench) : bench_(bench) {}

  void stop() {
    ++life_;
    bench_.service.reset();
  }
  void start() {
    bench_.start();
    bench_.timers.run_for(std::chrono::seconds(2));
  }
  // The next request is done, and its answer does not arrive.
  void lose_next_answer() { lose_ = true; }

  std::unique_ptr<ManagedLockspace> lockspace() {
    if (!manager_) manager_ = lockd::make_idm_manager({}, [this] { return connect(); });
    auto out = manager_->prepare({"lvm_vg", "vg", "v", "", 1, {"/dev/d0", "/dev/d1", "/dev/d2"}, 1});
    EXPECT_TRUE(out);
    EXPECT_EQ((*out)->join({}).result, 0);
    return std::move(*out);
  }

 private:
  class Line final : public lockd::idm::Exchange {
   public:
    explicit Line(Daemons& daemons) : daemons_(daemons), life_(daemons.life_) {
      id_ = daemons.bench_.service->connect(idm::Service::Protocol::text, 7);
    }
    ~Line() override {
      if (life_ == daemons_.life_) daemons_.bench_.service->disconnect(id_);
    }
    Result<std::string> exchange(const std::string& line) override {
      const auto gone = [] { return fail(Code::io, "idmlockd is gone"); };
      if (life_ != daemons_.life_) return gone();
      const std::string text = line + "\n";
      daemons_.bench_.service->receive(id_, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
      while (!daemons_.bench_.service->output(id_).ends_with("\n\n"))
        if (!daemons_.bench_.timers.run_one()) return gone();
      std::string out = std::exchange(daemons_.bench_.service->output(id_), {});
      if (!std::exchange(daemons_.lose_, false)) return out;
      daemons_.stop();
      return gone();
    }

   private:
    Daemons& daemons_;
    int life_;
    idm::Service::ClientId id_ = 0;
  };
  Result<std::unique_ptr<lockd::idm::Exchange>> connect() {
    if (!bench_.service) return fail(Code::io, "idmlockd does not run");
    return std::make_unique<Line>(*this);
  }

  Bench& bench_;
  std::unique_ptr<lockd::Manager> manager_;
  int life_ = 0;
  bool lose_ = false;
};

const ResourceId kVg{ResourceKind::vg, "VGLK", {}, {}};
ResourceId lv(const char* uuid) { return {ResourceKind::lv, uuid, {}, {}}; }

class UnitIdmSpace : public ::testing::Test {
 protected:
  Bench bench{3}, other_bench{bench};
  Daemons here{bench}, far{other_bench};
};

TEST_F(UnitIdmSpace, WhatWasHeldIsTakenBackFromTheNextLockManagerWithItsValue) {
  auto space = here.lockspace();
  ASSERT_EQ(space->lock(kVg, Mode::exclusive, {}).result, 0);
  here.stop();
  here.start();
  ASSERT_EQ(space->unlock(kVg, Mode::exclusive, lockd::Value{7, false}), 0);
  const LockResult read = far.lockspace()->lock(kVg, Mode::shared, {});
  ASSERT_EQ(read.result, 0);
  EXPECT_EQ(read.value, (lockd::Value{7, false}));
}

TEST_F(UnitIdmSpace, AnUnlockThatWasNotAnsweredIsMadeUpFor) {
  auto space = here.lockspace(), there = far.lockspace();
  ASSERT_EQ(space->lock(lv("a"), Mode::exclusive, {}).result, 0);
  here.stop();
  EXPECT_EQ(space->unlock(lv("a"), Mode::exclusive, {}), -error::manager);
  here.start();
  EXPECT_EQ(there->lock(lv("a"), Mode::exclusive, {}).result, -EAGAIN);
  ASSERT_EQ(space->lock(kVg, Mode::shared, {}).result, 0);  // the next request of any kind
  EXPECT_EQ(there->lock(lv("a"), Mode::exclusive, {}).result, 0);
}

TEST_F(UnitIdmSpace, ALockOfWhichNobodyWasToldIsGivenBack) {
  auto space = here.lockspace(), there = far.lockspace();
  here.lose_next_answer();
  EXPECT_EQ(space->lock(lv("a"), Mode::exclusive, {}).result, -error::manager);
  here.start();
  ASSERT_EQ(space->lock(kVg, Mode::shared, {}).result, 0);
  EXPECT_EQ(there->lock(lv("a"), Mode::exclusive, {}).result, 0);
}

TEST_F(UnitIdmSpace, ADemotionThatWasNotAnsweredIsNotTakenBackAsExclusive) {
  auto space = here.lockspace(), there = far.lockspace();
  ASSERT_EQ(space->lock(lv("a"), Mode::exclusive, {}).result, 0);
  here.lose_next_answer();
  EXPECT_EQ(space->convert(lv("a"), Mode::exclusive, Mode::shared, {}).result, -error::manager);
  here.start();
  ASSERT_EQ(space->lock(kVg, Mode::shared, {}).result, 0);
  EXPECT_EQ(there->lock(lv("a"), Mode::shared, {}).result, 0);
  EXPECT_EQ(space->convert(lv("a"), Mode::exclusive, Mode::shared, {}).result, 0);
}

TEST_F(UnitIdmSpace, WhatAFormerDaemonLeftAndNobodyAdoptsIsForgotten) {
  auto there = far.lockspace();
  {
    auto former = here.lockspace();
    for (const char* uuid : {"a", "b"}) ASSERT_EQ(former->lock(lv(uuid), Mode::exclusive, {}).result, 0);
  }
  auto space = here.lockspace();
  EXPECT_EQ(space->lock(lv("c"), Mode::exclusive, {.adopt_only = true}).result, -error::adopt_none);
  EXPECT_EQ(space->lock(lv("a"), Mode::shared, {.adopt_only = true}).result, -error::adopt_retry);
  ASSERT_EQ(space->lock(lv("a"), Mode::exclusive, {.adopt_only = true}).result, 0);
  EXPECT_EQ(there->lock(lv("b"), Mode::exclusive, {}).result, -EAGAIN);
  space->forget_left();
  EXPECT_EQ(there->lock(lv("b"), Mode::exclusive, {}).result, 0);
  EXPECT_EQ(there->lock(lv("a"), Mode::exclusive, {}).result, -EAGAIN);
  // Without a lock manager nothing is known, which is not that there is none.
  here.stop();
  EXPECT_EQ(space->lock(lv("c"), Mode::exclusive, {.adopt_only = true}).result, -error::manager);
}

TEST_F(UnitIdmSpace, WhatIsDroppedWhileTheLockManagerIsAwayIsGivenBackByTheNextLockspace) {
  auto space = here.lockspace(), there = far.lockspace();
  ASSERT_EQ(space->lock(lv("a"), Mode::exclusive, {}).result, 0);
  here.stop();
  EXPECT_EQ(space->unlock(lv("b"), Mode::exclusive, {}), -error::manager);  // it notices
  EXPECT_EQ(space->leave(true), -error::manager);
  here.start();
  EXPECT_EQ(there->lock(lv("a"), Mode::exclusive, {}).result, -EAGAIN);
  space = here.lockspace();
  ASSERT_EQ(space->lock(kVg, Mode::shared, {}).result, 0);
  EXPECT_EQ(there->lock(lv("a"), Mode::exclusive, {}).result, 0);
}

// Seed 11057424: the connection looked well when the lockspace ended.
TEST_F(UnitIdmSpace, WhatIsDroppedOfALockManagerThatHasBeenReplacedIsGivenBackByTheNewOne) {
  auto space = here.lockspace(), there = far.lockspace();
  ASSERT_EQ(space->lock(lv("a"), Mode::exclusive, {}).result, 0);
  here.stop();
  here.start();
  EXPECT_EQ(space->leave(true), 0);
  EXPECT_EQ(there->lock(lv("a"), Mode::exclusive, {}).result, 0);
}

// A drive that is away still has to hear of the first lock's end when the second is there.
TEST_F(UnitIdmSpace, ALockThatIsBeingGivenBackIsNotTheOneThatIsAdopted) {
  {
    auto former = here.lockspace();
    ASSERT_EQ(former->lock(lv("a"), Mode::shared, {}).result, 0);
    bench.links[2]->cut = true;
    ASSERT_EQ(former->unlock(lv("a"), Mode::shared, {}), 0);
    ASSERT_EQ(former->lock(lv("a"), Mode::exclusive, {}).result, 0);
  }
  auto space = here.lockspace();
  EXPECT_EQ(space->lock(lv("a"), Mode::exclusive, {.adopt_only = true}).result, 0);
}

// No other host has it, and it is to be had again as soon as the drive answers.
TEST_F(UnitIdmSpace, WhatADriveHasNotHeardOfYetIsNoOtherHosts) {
  auto space = here.lockspace(), there = far.lockspace();
  const ResourceId on_two{ResourceKind::lv, "a", {}, {"/dev/d0", "/dev/d1"}};
  ASSERT_EQ(space->lock(on_two, Mode::exclusive, {}).result, 0);
  bench.links[1]->cut = true;
  EXPECT_EQ(space->unlock(on_two, Mode::exclusive, {}), -error::lock_io);
  EXPECT_EQ(space->lock(on_two, Mode::exclusive, {}).result, -error::lock_io);
  bench.links[1]->cut = false;
  EXPECT_EQ(there->lock(on_two, Mode::exclusive, {}).result, -EAGAIN);
  EXPECT_EQ(there->hosts().others, 1);
  EXPECT_EQ(space->hosts().others, 0);
  EXPECT_EQ(space->lock(on_two, Mode::exclusive, {}).result, 0);
}

}  // namespace
}  // namespace lvm::simulation
