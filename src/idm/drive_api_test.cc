// SPDX-License-Identifier: LGPL-2.1-or-later
// What any drive with in-drive mutexes must do, asked through every transport: the checks that drive makers' own
// tests have. Each command is once waited for and, in the tests named Async, sent beside others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

#include "idm/queries.h"
#include "idm/testing/drive_harness.h"

namespace lvm::idm {
namespace {

using testing::DriveHarness;
using testing::host;
using testing::lock;

struct Kind {
  const char* name;
  std::unique_ptr<DriveHarness> (*make)(std::string& why_not);
};
std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }

class IdmDriveApi : public ::testing::TestWithParam<Kind> {
 protected:
  // One pair of drives for all tests of a kind: starting real ones takes its time.
  void SetUp() override {
    static std::map<std::string, std::unique_ptr<DriveHarness>> harnesses;
    auto& harness = harnesses[GetParam().name];
    std::string why_not;
    if (!harness) harness = GetParam().make(why_not);
    ASSERT_NE(harness, nullptr) << why_not;
    drives_ = harness.get();
    drives_->reset();
  }

  static std::uint64_t seconds(int count) { return static_cast<std::uint64_t>(count) * 1000; }
  static MutexCommand command(std::string_view words, char who, int lease_seconds = 600, char digit = '1') {
    return testing::command(words, who, digit, seconds(lease_seconds));
  }
  // The errno of Seagate's lock manager.
  int run(std::string_view words, char who, int lease_seconds = 600) { return run(command(words, who, lease_seconds)); }
  int run(const MutexCommand& what) {
    const Outcome outcome = drives_->ask(what);
    EXPECT_TRUE(outcome) << outcome.error().text;
    return outcome ? to_errno(what.operation, outcome->status) : -EIO;
  }
  std::vector<Record> table() {
    const Outcome counts = drives_->ask(ReadCounts{});
    EXPECT_TRUE(counts) << counts.error().text;
    if (!counts || counts->counts.total == 0) return {};
    const Outcome read = drives_->ask(ReadRecords{counts->counts.total});
    EXPECT_TRUE(read) << read.error().text;
    return read ? read->records : std::vector<Record>{};
  }
  HostCount count(char who) { return count_hosts(table(), lock(), host(who)); }
  void wait(int count_of_seconds) { drives_->wait(std::chrono::seconds(count_of_seconds)); }

  DriveHarness* drives_ = nullptr;
};

TEST_P(IdmDriveApi, VersionIsReadable) {
  const Outcome outcome = drives_->ask(Probe{});
  ASSERT_TRUE(outcome) << outcome.error().text;
  EXPECT_EQ(outcome->version.major, 8);
}

TEST_P(IdmDriveApi, LockUnlockDestroy) {
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(run("destroy", 'A'), 0);
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(run("unlock sh", 'A'), 0);
  EXPECT_EQ(run("destroy", 'A'), -ENOENT);
}

TEST_P(IdmDriveApi, LockTwiceBySameHost) {
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(run("try ex", 'A'), -EAGAIN);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(run("try sh", 'A'), -EAGAIN);
}

TEST_P(IdmDriveApi, SecondUnlock) {
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(run("destroy", 'A'), 0);
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(run("unlock sh", 'A'), 0);
  EXPECT_EQ(run("unlock sh", 'A'), -ENOENT);
}

TEST_P(IdmDriveApi, TwoHostsExclusive) {
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(run("try ex", 'B'), -EBUSY);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(run("unlock ex", 'B'), 0);
}

TEST_P(IdmDriveApi, TwoHostsShared) {
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(run("try sh", 'B'), 0);
  EXPECT_EQ(run("unlock sh", 'A'), 0);
  EXPECT_EQ(run("destroy", 'A'), -EBUSY);
  EXPECT_EQ(run("unlock sh", 'B'), 0);
}

TEST_P(IdmDriveApi, Break) {
  struct Case {
    const char *first, *second;
  };
  for (const Case& one : {Case{"ex", "ex"}, {"ex", "sh"}, {"sh", "ex"}}) {
    SCOPED_TRACE(std::string(one.first) + " broken by " + one.second);
    drives_->reset();
    const std::string first = one.first, second = one.second;
    EXPECT_EQ(run("try " + first, 'A', 5), 0);
    EXPECT_EQ(run("try " + second, 'B', 5), -EBUSY);
    EXPECT_EQ(run("break " + second, 'B', 5), -EBUSY);
    wait(7);
    EXPECT_EQ(run("try " + second, 'B', 5), -EBUSY);
    EXPECT_EQ(run("break " + second, 'B'), 0);
    EXPECT_EQ(run("unlock " + first, 'A'), -ENOENT);
    EXPECT_EQ(run("unlock " + second, 'B'), 0);
  }
}

TEST_P(IdmDriveApi, Convert) {
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(run("refresh ex", 'A'), 0);
  EXPECT_EQ(run("unlock sh", 'A'), -EINVAL);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(run("refresh sh", 'A'), 0);
  EXPECT_EQ(run("unlock sh", 'A'), 0);
}

TEST_P(IdmDriveApi, TwoSharersCannotConvert) {
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(run("try sh", 'B'), 0);
  EXPECT_EQ(run("refresh ex", 'A'), -EPERM);
  EXPECT_EQ(run("refresh ex", 'B'), -EPERM);
  EXPECT_EQ(run("unlock sh", 'A'), 0);
  EXPECT_EQ(run("unlock sh", 'B'), 0);
}

TEST_P(IdmDriveApi, RenewWithinTheLease) {
  for (const std::string mode : {"ex", "sh"}) {
    EXPECT_EQ(run("try " + mode, 'A', 20), 0);
    for (int i = 0; i < 5; ++i) {
      wait(1);
      EXPECT_EQ(run("refresh " + mode, 'A', 20), 0);
    }
    EXPECT_EQ(run("unlock " + mode, 'A'), 0);
  }
}

TEST_P(IdmDriveApi, RenewAfterTheLease) {
  for (const std::string first : {"ex", "sh"}) {
    for (const std::string second : {"ex", "sh"}) {
      SCOPED_TRACE(first + " renewed as " + second);
      drives_->reset();
      EXPECT_EQ(run("try " + first, 'A', 5), 0);
      wait(7);
      ASSERT_EQ(table().size(), 1u);
      EXPECT_EQ(table()[0].state, State::timed_out);
      EXPECT_EQ(run("refresh " + second, 'A'), 0);
      EXPECT_EQ(table()[0].state, State::locked);
      EXPECT_EQ(run("unlock " + second, 'A'), 0);
    }
  }
}

TEST_P(IdmDriveApi, UnlockAfterTheLease) {
  EXPECT_EQ(run("try ex", 'A', 3), 0);
  wait(5);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
}

TEST_P(IdmDriveApi, Value) {
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(find_lvb(table(), lock(), host('A')), Lvb{});
  for (const Lvb& value : {Lvb{'a', 'b', 'c', 'd', 'e', 'f', 'g'}, Lvb{1, 2, 3, 4, 1, 1, 1}}) {
    MutexCommand unlock = command("unlock ex", 'A');
    unlock.record.control = LvbControl::update;
    unlock.record.lvb = value;
    EXPECT_EQ(run(unlock), 0);
    EXPECT_EQ(run("try ex", 'A'), 0);
    EXPECT_EQ(find_lvb(table(), lock(), host('A')), value);
  }
}

TEST_P(IdmDriveApi, ExclusiveHostCount) {
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(count('A'), (HostCount{0, true}));
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(count('A'), (HostCount{0, false}));
}

TEST_P(IdmDriveApi, SharedHostCount) {
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(run("try sh", 'B'), 0);
  EXPECT_EQ(count('A'), (HostCount{1, true}));
  EXPECT_EQ(count('C'), (HostCount{2, false}));
  EXPECT_EQ(run("try sh", 'C'), 0);
  EXPECT_EQ(count('C'), (HostCount{2, true}));
}

TEST_P(IdmDriveApi, Mode) {
  EXPECT_EQ(held_class(table(), lock()), std::nullopt);
  EXPECT_EQ(run("try ex", 'A'), 0);
  EXPECT_EQ(held_class(table(), lock()), LockClass::exclusive);
  EXPECT_EQ(run("unlock ex", 'A'), 0);
  EXPECT_EQ(held_class(table(), lock()), std::nullopt);
  EXPECT_EQ(run("try sh", 'A'), 0);
  EXPECT_EQ(held_class(table(), lock()), LockClass::shared);
}

TEST_P(IdmDriveApi, TheRecordIsAllThere) {
  MutexCommand request = command("try sh", 'A', 5);
  request.record.time = 1'700'000'000'123;
  for (std::size_t i = 0; i < request.record.host.bytes.size(); ++i)
    request.record.host.bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
  EXPECT_EQ(run(request), 0);
  Record expected = request.record;
  expected.state = State::locked;
  ASSERT_EQ(table().size(), 1u);
  EXPECT_EQ(table()[0], expected);
}

TEST_P(IdmDriveApi, MoreRecordsThanOnePage) {
  for (int i = 0; i < 40; ++i) {
    MutexCommand request = command("try ex", 'A');
    request.record.lock.bytes[5] = static_cast<std::uint8_t>(i);
    EXPECT_EQ(run(request), 0);
  }
  const auto records = table();
  ASSERT_EQ(records.size(), 40u);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(records[i].lock.bytes[5], i);
  // Asking for more is answered with what there is.
  const Outcome more = drives_->ask(ReadRecords{64});
  ASSERT_TRUE(more) << more.error().text;
  EXPECT_EQ(more->records.size(), 40u);
}

// Several commands under way at once: two drives, two mutexes in each, none waits for another.
TEST_P(IdmDriveApi, AsyncTwoDrivesTwoMutexes) {
  std::map<std::pair<std::size_t, char>, Status> answers;
  for (std::size_t drive : {0u, 1u})
    for (char digit : {'1', '2'})
      drives_->transport().submit(drives_->drives().at(drive), command("try ex", 'A', 600, digit), kCommandTimeout,
                                  [&answers, drive, digit](Outcome outcome) {
                                    answers[{drive, digit}] = outcome ? outcome->status : Status::failed;
                                  });
  EXPECT_TRUE(answers.empty());
  drives_->run_until([&] { return answers.size() == 4; });
  for (const auto& [what, status] : answers) EXPECT_EQ(status, Status::good);
  EXPECT_EQ(table().size(), 2u);
}

// Of many hosts that try at once, in every order the threads may take, one wins.
TEST_P(IdmDriveApi, AsyncOneOfManyWins) {
  std::vector<Status> answers;
  for (char who = 'A'; who < 'A' + 16; ++who)
    drives_->transport().submit(
        drives_->drives().at(0), command("try ex", who), kCommandTimeout,
        [&answers](Outcome outcome) { answers.push_back(outcome ? outcome->status : Status::failed); });
  drives_->run_until([&] { return answers.size() == 16; });
  EXPECT_EQ(std::ranges::count(answers, Status::good), 1);
  EXPECT_EQ(std::ranges::count(answers, Status::conflict), 15);
}

INSTANTIATE_TEST_SUITE_P(UnitInProcess, IdmDriveApi, ::testing::Values(Kind{"in process", [](std::string&) {
                                                                              return testing::make_in_process_harness();
                                                                            }}));
INSTANTIATE_TEST_SUITE_P(UnitScsi, IdmDriveApi,
                         ::testing::Values(Kind{"SCSI", [](std::string&) { return testing::make_scsi_harness(); }}));
INSTANTIATE_TEST_SUITE_P(UnitNvme, IdmDriveApi,
                         ::testing::Values(Kind{"NVMe", [](std::string&) { return testing::make_nvme_harness(); }}));
INSTANTIATE_TEST_SUITE_P(GuestKernel, IdmDriveApi, ::testing::Values(Kind{"kernel", testing::make_kernel_harness}));
INSTANTIATE_TEST_SUITE_P(QemuScsi, IdmDriveApi, ::testing::Values(Kind{"SCSI kernel", testing::make_kernel_harness}));
INSTANTIATE_TEST_SUITE_P(QemuNvme, IdmDriveApi,
                         ::testing::Values(Kind{"NVMe kernel", testing::make_kernel_nvme_harness}));

}  // namespace
}  // namespace lvm::idm
