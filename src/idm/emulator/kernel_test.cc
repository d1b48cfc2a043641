// SPDX-License-Identifier: LGPL-2.1-or-later
// idm-drive in a real kernel, as a SCSI and as an NVMe disk: its data, its faults as commands through the kernel show
// them, its end. The answers of a healthy drive are in idm/drive_api_test.cc; what only one kind does is in its folder.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>

#include "base/fd.h"
#include "idm/system/small_file.h"
#include "idm/testing/drive_text.h"
#include "idm/testing/kernel_drives.h"

namespace lvm::idm {
namespace {

using namespace std::chrono_literals;
using testing::command;
using testing::KernelDriveFixture;

struct Case {
  DrivePath::Kind kind;
  std::vector<std::string> options;
};
const Case kScsi{DrivePath::Kind::scsi, {}};
const Case kNvme{DrivePath::Kind::nvme, {"--nvme"}};
std::ostream& operator<<(std::ostream& out, const Case& each) {
  return out << (each.kind == DrivePath::Kind::scsi ? "SCSI" : "NVMe");
}

class IdmKernelDrive : public KernelDriveFixture, public ::testing::WithParamInterface<Case> {
 protected:
  void start(std::vector<std::string> options = {}) {
    std::ranges::copy(GetParam().options, std::back_inserter(options));
    KernelDriveFixture::start("guest-1", std::move(options));
  }
};

TEST_P(IdmKernelDrive, IsADiskOverItsFile) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(drive().path().kind, GetParam().kind);
  EXPECT_EQ(read_small_file("/sys/block/" + drive().path().name + "/size"), "32768\n");
  EXPECT_EQ(SystemPaths().below(disk()).value(), std::vector{drive().path().drive});
  // In transfers of all sizes.
  std::vector<char> pattern(3 << 20);
  std::mt19937 random(1);
  for (char& each : pattern) each = static_cast<char>(random());
  Fd fd(::open(disk().c_str(), O_RDWR | O_CLOEXEC));
  for (std::size_t at = 0, size = 512; at < pattern.size(); at += size, size = size % 300'000 / 512 * 512 * 2 + 512) {
    const std::size_t part = std::min(size, pattern.size() - at);
    ASSERT_EQ(::pwrite(fd.get(), pattern.data() + at, part, static_cast<off_t>(at)), static_cast<ssize_t>(part));
    ASSERT_EQ(::fdatasync(fd.get()), 0);
  }
  std::vector<char> found(pattern.size());
  Fd file(::open("/tmp/guest-1.img", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::pread(file.get(), found.data(), found.size(), 0), static_cast<ssize_t>(found.size()));
  EXPECT_TRUE(found == pattern);
  ASSERT_EQ(::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED), 0);
  ASSERT_EQ(::pread(fd.get(), found.data(), found.size(), 0), static_cast<ssize_t>(found.size()));
  EXPECT_TRUE(found == pattern);
}

TEST_P(IdmKernelDrive, FaultsAreNoLockAnswers) {
  using Kind = TransportError::Kind;
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(command("try ex", 'A'))->status, Status::good);
  ASSERT_TRUE(drive().set("nonsense", "2"));
  for (const Command& what : {Command(command("try ex", 'B')), Command(ReadRecords{2})}) {
    const Outcome outcome = run(what);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::malformed) << outcome.error().text;
  }
  ASSERT_TRUE(drive().set("gone", "1"));
  const Outcome gone = run(command("unlock ex", 'A'));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, Kind::no_path) << gone.error().text;
  EXPECT_FALSE(gone.error().may_have_run);
  ASSERT_TRUE(drive().set("gone", "0"));
  EXPECT_EQ(run(command("unlock ex", 'A'))->status, Status::good);
}

// An NVMe controller that gives no answer for 15 s is connected anew, which takes a second.
TEST_P(IdmKernelDrive, ALostReplyLeavesTheStateOpen) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(Probe{})->version.major, 8);
  ASSERT_TRUE(drive().set("lose-replies", "1"));
  const Outcome lost = run(command("try ex", 'A'));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().may_have_run) << lost.error().text;
  Outcome again = run(command("try ex", 'A'));
  for (int i = 0; i < 200 && !again; ++i) {
    std::this_thread::sleep_for(50ms);
    again = run(command("try ex", 'A'));
  }
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->status, Status::terminated);
  Fd fd(::open(disk().c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  alignas(4096) char block[4096];
  EXPECT_EQ(::pread(fd.get(), block, sizeof block, 0), static_cast<ssize_t>(sizeof block));
}

TEST_P(IdmKernelDrive, AnOrdinaryDriveIsLeftAlone) {
  ASSERT_NO_FATAL_FAILURE(start({"--no-mutexes"}));
  const Outcome outcome = run(command("try ex", 'A'));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, TransportError::Kind::unsupported) << outcome.error().text;
}

TEST_P(IdmKernelDrive, ATableOfThousandsIsReadAtOnce) {
  ASSERT_NO_FATAL_FAILURE(start());
  constexpr int kCount = 1500;
  for (int i = 0; i < kCount; ++i) {
    MutexCommand request = command("try ex", 'A');
    std::memcpy(request.record.lock.bytes.data() + 8, &i, sizeof i);
    ASSERT_EQ(run(request)->status, Status::good);
  }
  EXPECT_EQ(run(ReadCounts{})->counts.total, kCount);
  const Outcome table = run(ReadRecords{std::uint32_t{kCount}});
  ASSERT_TRUE(table) << table.error().text;
  EXPECT_EQ(table->records.size(), std::size_t{kCount});
}

TEST_P(IdmKernelDrive, LeavesNothingBehind) {
  ASSERT_NO_FATAL_FAILURE(start());
  const DrivePath path = drive().path();
  stop();
  EXPECT_FALSE(list_folder("/sys/kernel/config/target/core/user_0/guest-1"));
  EXPECT_FALSE(list_folder("/sys/block/" + path.name));
  const auto paths = SystemPaths().list().value();
  EXPECT_EQ(std::ranges::find(paths, path.drive, &DrivePath::drive), paths.end());
  EXPECT_EQ(testing::idm_drive({"list"})->find("guest-1"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(GuestScsi, IdmKernelDrive, ::testing::Values(kScsi));
INSTANTIATE_TEST_SUITE_P(QemuScsi, IdmKernelDrive, ::testing::Values(kScsi));
INSTANTIATE_TEST_SUITE_P(QemuNvme, IdmKernelDrive, ::testing::Values(kNvme));

}  // namespace
}  // namespace lvm::idm
