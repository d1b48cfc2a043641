// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/system/system_transport.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include "idm/testing/drive_text.h"

namespace lvm::idm {
namespace {

using namespace std::chrono_literals;
using testing::command;
using Kind = TransportError::Kind;

const DriveId kDrive = *DriveId::parse("naa.5000c500a1b2c3d4");
const DriveId kOther = *DriveId::parse("eui.0025388b710116a1");

// What each path answers, and what was sent to it. Shared with the transport's threads.
struct Script {
  struct Path {
    std::optional<TransportError> open_fails;
    std::optional<TransportError> fails;  // every command but the probe
    bool supported = true;
    bool hangs = false;
    int probes = 0, opened = 0;
    std::vector<Command> sent;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Path> paths;

  void release() {
    std::lock_guard lock(mutex);
    for (auto& [name, path] : paths) path.hangs = false;
    changed.notify_all();
  }
};

class ScriptedNode final : public Node {
 public:
  ScriptedNode(std::shared_ptr<Script> script, std::string name) : script_(std::move(script)), name_(std::move(name)) {}

  Outcome run(const Command& what) override {
    std::unique_lock lock(script_->mutex);
    Script::Path& path = script_->paths[name_];
    if (std::holds_alternative<Probe>(what)) {
      ++path.probes;
      if (!path.supported) return std::unexpected(TransportError{Kind::unsupported, false, "an ordinary drive"});
      return Reply{.version = {8, 4}};
    }
    path.sent.push_back(what);
    script_->changed.notify_all();
    script_->changed.wait(lock, [&] { return !path.hangs; });
    if (path.fails) return std::unexpected(*path.fails);
    return Reply{};
  }

 private:
  std::shared_ptr<Script> script_;
  std::string name_;
};

class UnitSystemTransport : public ::testing::Test {
 protected:
  void start(const std::vector<DrivePath>& paths, std::size_t workers = 4) {
    SystemTransportOptions options;
    options.workers_per_drive = workers;
    options.open = [script = script_](const DrivePath& path) -> OpenedNode {
      std::lock_guard lock(script->mutex);
      Script::Path& scripted = script->paths[path.name];
      ++scripted.opened;
      if (scripted.open_fails) return std::unexpected(*scripted.open_fails);
      return std::make_unique<ScriptedNode>(script, path.name);
    };
    transport_ = SystemTransport::make(std::move(options)).value();
    transport_->set_paths(paths);
  }
  ~UnitSystemTransport() override { script_->release(); }

  static DrivePath path(const std::string& name, const DriveId& drive = kDrive) {
    return {drive, name, "/dev/" + name, DrivePath::Kind::scsi};
  }
  Outcome ask_for(Command what, const DriveId& drive = kDrive, Time timeout = 1h) {
    return ask(*transport_, drive, std::move(what), timeout);
  }
  Script::Path& of(const std::string& name) { return script_->paths[name]; }
  std::size_t sent(const std::string& name) {
    std::lock_guard lock(script_->mutex);
    return of(name).sent.size();
  }
  void wait_until_sent(const std::string& name, std::size_t count) {
    std::unique_lock lock(script_->mutex);
    script_->changed.wait(lock, [&] { return of(name).sent.size() >= count; });
  }

  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<SystemTransport> transport_;
};

TEST_F(UnitSystemTransport, ProbesOnceBeforeTheFirstVendorCommand) {
  start({path("sda")});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask_for(command("try ex", 'A')));
  EXPECT_EQ(of("sda").probes, 1);
  EXPECT_EQ(of("sda").opened, 1);
  EXPECT_EQ(sent("sda"), 3u);
}

TEST_F(UnitSystemTransport, fault_13_an_ordinary_drive_is_never_sent_a_vendor_command) {
  of("sda").supported = false;
  start({path("sda")});
  for (const Command& what : {Command(command("try ex", 'A')), Command(ReadCounts{}), Command(ReadRecords{1}),
                              Command(ResetTable{}), Command(command("try ex", 'A'))}) {
    const Outcome outcome = ask_for(what);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::unsupported);
    EXPECT_FALSE(outcome.error().may_have_run);
    EXPECT_NE(outcome.error().text.find(kDrive.text()), std::string::npos) << outcome.error().text;
  }
  EXPECT_EQ(sent("sda"), 0u);
  EXPECT_EQ(of("sda").probes, 1);
  // A probe that is asked for looks again: firmware may have been updated.
  of("sda").supported = true;
  EXPECT_TRUE(ask_for(Probe{}));
  EXPECT_TRUE(ask_for(command("try ex", 'A')));
}

TEST_F(UnitSystemTransport, UnknownDrives) {
  start({path("sda")});
  const Outcome outcome = ask_for(Probe{}, kOther);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::unknown_drive);
}

TEST_F(UnitSystemTransport, TriesTheOtherPathWhenTheFirstDidNotTakeTheCommand) {
  of("sda").fails = TransportError{Kind::no_path, false, "no connection"};
  start({path("sda"), path("sdb")});
  EXPECT_TRUE(ask_for(command("try ex", 'A')));
  EXPECT_EQ(sent("sda"), 1u);
  EXPECT_EQ(sent("sdb"), 1u);
  // And goes on with the one that worked.
  EXPECT_TRUE(ask_for(command("unlock ex", 'A')));
  EXPECT_EQ(sent("sda"), 1u);
  EXPECT_EQ(sent("sdb"), 2u);
  of("sdb").fails = TransportError{Kind::no_path, false, "no connection"};
  const Outcome outcome = ask_for(command("try ex", 'A'));
  EXPECT_EQ(outcome.error().kind, Kind::no_path);
  EXPECT_FALSE(outcome.error().may_have_run);
}

TEST_F(UnitSystemTransport, APathThatCannotBeOpenedIsPassedOver) {
  of("sda").open_fails = TransportError{Kind::no_path, false, "No such device"};
  start({path("sda"), path("sdb")});
  EXPECT_TRUE(ask_for(command("try ex", 'A')));
}

TEST_F(UnitSystemTransport, WhatMayHaveRunIsNotSentTwice) {
  of("sda").fails = TransportError{Kind::lost, true, "reset"};
  start({path("sda"), path("sdb")});
  const Outcome outcome = ask_for(command("try ex", 'A'));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::lost);
  EXPECT_TRUE(outcome.error().may_have_run);
  EXPECT_EQ(sent("sdb"), 0u);
}

TEST_F(UnitSystemTransport, WhatMayBeRepeatedIs) {
  of("sda").fails = TransportError{Kind::lost, true, "reset"};
  start({path("sda"), path("sdb")});
  EXPECT_TRUE(ask_for(command("refresh ex", 'A')));
  of("sdb").fails = TransportError{Kind::no_path, false, "no connection"};
  const Outcome outcome = ask_for(ReadCounts{});
  ASSERT_FALSE(outcome);
  // The path that failed last did not send it, the one before may have.
  EXPECT_TRUE(outcome.error().may_have_run);
}

TEST_F(UnitSystemTransport, PermissionIsNoMatterOfThePath) {
  of("sda").open_fails = TransportError{Kind::permission, false, "Operation not permitted"};
  start({path("sda"), path("sdb")});
  EXPECT_EQ(ask_for(command("try ex", 'A')).error().kind, Kind::permission);
  EXPECT_EQ(of("sdb").opened, 0);
}

TEST_F(UnitSystemTransport, ADriveThatHangsBlocksNoOther) {
  of("sda").hangs = true;
  start({path("sda"), path("nvme0n1", kOther)}, 1);
  bool called = false;
  transport_->submit(kDrive, command("try ex", 'A'), 1h, [&](const Outcome&) { called = true; });
  wait_until_sent("sda", 1);
  EXPECT_TRUE(ask_for(command("try ex", 'A'), kOther));
  EXPECT_FALSE(called);
}

TEST_F(UnitSystemTransport, TheDeadlineHoldsAndSaysWhatWasSent) {
  of("sda").hangs = true;
  start({path("sda")}, 1);
  std::map<char, TransportError> errors;
  for (char who : {'A', 'B'})
    transport_->submit(kDrive, command("try ex", who), 50ms, [&errors, who](Outcome outcome) {
      ASSERT_FALSE(outcome);
      errors[who] = outcome.error();
    });
  wait_until_sent("sda", 1);
  while (errors.size() < 2) {
    pollfd ready{.fd = transport_->ready_fd(), .events = POLLIN, .revents = 0};
    ASSERT_GE(::poll(&ready, 1, -1), 0);
    transport_->dispatch();
  }
  EXPECT_EQ(errors['A'].kind, Kind::timed_out);
  EXPECT_TRUE(errors['A'].may_have_run);
  EXPECT_EQ(errors['B'].kind, Kind::timed_out);
  EXPECT_FALSE(errors['B'].may_have_run);
  // Neither comes back, and what was given up on is never sent.
  script_->release();
  EXPECT_TRUE(ask_for(command("try ex", 'C')));
  EXPECT_EQ(errors.size(), 2u);
  EXPECT_EQ(sent("sda"), 2u);
}

TEST_F(UnitSystemTransport, ForgottenCommandsCompleteNothing) {
  of("sda").hangs = true;
  start({path("sda")});
  bool called = false;
  const auto ticket = transport_->submit(kDrive, command("try ex", 'A'), 1h, [&](const Outcome&) { called = true; });
  wait_until_sent("sda", 1);
  transport_->forget(ticket);
  script_->release();
  EXPECT_TRUE(ask_for(ReadCounts{}));
  EXPECT_FALSE(called);
}

TEST_F(UnitSystemTransport, ItsEndWaitsForNobody) {
  of("sda").hangs = true;
  start({path("sda")});
  bool called = false;
  transport_->submit(kDrive, command("try ex", 'A'), 1h, [&](const Outcome&) { called = true; });
  wait_until_sent("sda", 1);
  transport_.reset();
  EXPECT_FALSE(called);
}

TEST_F(UnitSystemTransport, NewPathsAreUsedAndKnownOnesStayOpen) {
  start({path("sda")});
  EXPECT_TRUE(ask_for(command("try ex", 'A')));
  transport_->set_paths({path("sda"), path("sdb")});
  EXPECT_TRUE(ask_for(command("unlock ex", 'A')));
  EXPECT_EQ(of("sda").opened, 1);
  transport_->set_paths({path("sdb")});
  EXPECT_TRUE(ask_for(command("try ex", 'A')));
  EXPECT_EQ(of("sda").probes + of("sdb").probes, 1);
  transport_->set_paths({});
  EXPECT_EQ(ask_for(command("try ex", 'A')).error().kind, Kind::no_path);
}

TEST(UnitIdmSystemError, ErrnosAreNoLockAnswers) {
  for (const auto& [number, kind, may_have_run] : {std::tuple{ENODEV, Kind::no_path, false},
                                                   {EACCES, Kind::permission, false},
                                                   {EINVAL, Kind::malformed, false},
                                                   {EIO, Kind::lost, true},
                                                   {EINTR, Kind::lost, true},
                                                   {ETIMEDOUT, Kind::timed_out, true}}) {
    EXPECT_EQ(system_error(number, true).kind, kind) << number;
    EXPECT_EQ(system_error(number, true).may_have_run, may_have_run) << number;
  }
  EXPECT_EQ(system_error(EIO, false).kind, Kind::no_path);
}

}  // namespace
}  // namespace lvm::idm
