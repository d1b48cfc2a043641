// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/in_process_transport.h"

#include <gtest/gtest.h>

#include <optional>

#include "idm/virtual_timers.h"

namespace lvm::idm {
namespace {

using namespace std::chrono_literals;

const DriveId kDrive = *DriveId::parse("naa.5000c500a1b2c3d4");

class UnitInProcessTransport : public testing::Test {
 protected:
  UnitInProcessTransport() : link_(transport_.add_path(kDrive, drive_)) {}

  MutexCommand command(Operation operation, std::uint8_t host = 1) {
    Record record;
    record.countdown = 60'000;
    record.host.bytes[0] = host;
    return {operation, record};
  }
  Transport::Ticket submit(Command what, std::optional<Outcome>& outcome, Time timeout = 15s) {
    return transport_.submit(kDrive, std::move(what), timeout, [&outcome](Outcome got) { outcome = std::move(got); });
  }
  Outcome ask(Command what) {
    std::optional<Outcome> outcome;
    submit(std::move(what), outcome);
    while (!outcome && timers_.run_one()) continue;
    return *outcome;
  }

  VirtualTimers timers_;
  std::shared_ptr<Drive> drive_ = std::make_shared<Drive>();
  InProcessTransport transport_{timers_, 1};
  Link& link_;
};

TEST_F(UnitInProcessTransport, AnswersAfterItsLatency) {
  link_.request_latency = 2ms, link_.reply_latency = 1ms;
  drive_->faults.delay = 10ms;
  auto outcome = ask(command(Operation::try_lock));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, Status::good);
  EXPECT_EQ(timers_.now(), 13ms);
}

TEST_F(UnitInProcessTransport, NeverCompletesInsideSubmit) {
  std::optional<Outcome> outcome;
  transport_.submit(*DriveId::parse("naa.5000c50000000000"), Probe{}, 1s, [&](Outcome got) { outcome = got; });
  EXPECT_FALSE(outcome);
  timers_.run_one();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().kind, TransportError::Kind::unknown_drive);
  EXPECT_FALSE(outcome->error().may_have_run);
}

TEST_F(UnitInProcessTransport, ALostReplyMayHaveRun) {
  drive_->faults.lose_replies = 1;
  auto outcome = ask(command(Operation::try_lock));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, TransportError::Kind::timed_out);
  EXPECT_TRUE(outcome.error().may_have_run);
  EXPECT_EQ(drive_->record_count(), 1u);
  EXPECT_EQ(timers_.now(), 15s);
  EXPECT_EQ(ask(command(Operation::try_lock))->status, Status::terminated);
}

TEST_F(UnitInProcessTransport, ALostRequestDidNotRunButNobodyKnows) {
  drive_->faults.lose_requests = 1;
  auto outcome = ask(command(Operation::try_lock));
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().may_have_run);
  EXPECT_EQ(drive_->record_count(), 0u);
}

TEST_F(UnitInProcessTransport, NonsenseIsNoLockAnswer) {
  drive_->faults.nonsense = 1;
  auto outcome = ask(command(Operation::try_lock));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, TransportError::Kind::malformed);
  EXPECT_TRUE(outcome.error().may_have_run);
}

TEST_F(UnitInProcessTransport, ADeadDriveIsTriedOnEveryPath) {
  transport_.add_path(kDrive, drive_);
  drive_->faults.gone = true;
  auto outcome = ask(command(Operation::try_lock));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, TransportError::Kind::no_path);
  EXPECT_FALSE(outcome.error().may_have_run);
}

TEST_F(UnitInProcessTransport, TheSecondPathTakesOver) {
  Link& second = transport_.add_path(kDrive, drive_);
  link_.cut = true;
  EXPECT_EQ(ask(command(Operation::try_lock))->status, Status::good);
  second.cut = true;
  EXPECT_EQ(ask(command(Operation::unlock)).error().kind, TransportError::Kind::no_path);
}

TEST_F(UnitInProcessTransport, APathThatDiesUnderACommandLeavesItOpen) {
  link_.request_latency = 1ms, link_.reply_latency = 1ms;
  std::optional<Outcome> outcome;
  submit(command(Operation::try_lock), outcome);
  timers_.run_for(1500us);
  link_.cut = true;
  timers_.run_for(1s);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().kind, TransportError::Kind::lost);
  EXPECT_TRUE(outcome->error().may_have_run);
  EXPECT_EQ(drive_->record_count(), 1u);
}

TEST_F(UnitInProcessTransport, ForgottenCommandsStillRun) {
  link_.request_latency = 1ms;
  std::optional<Outcome> outcome;
  const auto ticket = submit(command(Operation::try_lock), outcome);
  timers_.run_for(500us);
  transport_.forget(ticket);
  EXPECT_EQ(transport_.under_way(), 0u);
  timers_.run_for(20s);
  EXPECT_FALSE(outcome);
  EXPECT_EQ(drive_->record_count(), 1u);
}

TEST_F(UnitInProcessTransport, CommandsOfADeadHostStillRun) {
  auto dying = std::make_unique<InProcessTransport>(timers_, 2);
  dying->add_path(kDrive, drive_).request_latency = 1ms;
  bool called = false;
  dying->submit(kDrive, command(Operation::try_lock), 1s, [&](const Outcome&) { called = true; });
  timers_.run_for(500us);
  dying.reset();
  timers_.run_for(20s);
  EXPECT_FALSE(called);
  EXPECT_EQ(drive_->record_count(), 1u);
}

TEST_F(UnitInProcessTransport, APausedHostGetsItsAnswersLater) {
  std::optional<Outcome> outcome;
  submit(command(Operation::try_lock), outcome);
  transport_.set_paused(true);
  timers_.run_for(5s);
  EXPECT_FALSE(outcome);
  EXPECT_EQ(drive_->record_count(), 1u);
  transport_.set_paused(false);
  timers_.run_for(0s);
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ((*outcome)->status, Status::good);
}

TEST_F(UnitInProcessTransport, AnOrdinaryDriveIsTold) {
  DriveBehaviour ordinary;
  ordinary.supported = false;
  const DriveId id = *DriveId::parse("eui.0025388b710116a1");
  transport_.add_path(id, std::make_shared<Drive>(DriveLimits{}, ordinary));
  std::optional<Outcome> outcome;
  transport_.submit(id, command(Operation::try_lock), 1s, [&](Outcome got) { outcome = got; });
  timers_.run_for(0s);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().kind, TransportError::Kind::unsupported);
}

TEST_F(UnitInProcessTransport, TheSameSeedDoesTheSame) {
  auto history = [](std::uint64_t seed) {
    VirtualTimers timers;
    auto drive = std::make_shared<Drive>();
    InProcessTransport transport(timers, seed);
    Link& link = transport.add_path(kDrive, drive);
    link.jitter = 1ms, link.lose_request = 100'000, link.lose_reply = 100'000;
    std::vector<std::pair<Time, bool>> out;
    for (int i = 0; i < 200; ++i)
      transport.submit(kDrive, ReadCounts{}, 1s,
                       [&](const Outcome& got) { out.emplace_back(timers.now(), got.has_value()); });
    while (timers.run_one()) continue;
    return out;
  };
  EXPECT_EQ(history(7), history(7));
  EXPECT_NE(history(7), history(8));
}

}  // namespace
}  // namespace lvm::idm
