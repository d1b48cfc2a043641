// SPDX-License-Identifier: LGPL-2.1-or-later
// idm-drive --nvme and a real kernel: its disk, its faults as admin passthrough shows them, its end. The answers of a
// healthy drive are in idm/drive_api_test.cc.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <thread>

#include "base/fd.h"
#include "idm/emulator/options.h"
#include "idm/system/small_file.h"
#include "idm/system/system_transport.h"
#include "idm/testing/drive_text.h"
#include "idm/testing/kernel_drives.h"

namespace lvm::idm {
namespace {

using namespace std::chrono_literals;
using testing::command;
using testing::KernelDrive;
using ErrorKind = TransportError::Kind;

class QemuIdmNvme : public ::testing::Test {
 protected:
  void start(std::vector<std::string> options = {}) {
    options.push_back("--nvme");
    auto drive = KernelDrive::start("nvme-1", std::move(options));
    ASSERT_TRUE(drive) << drive.error().text();
    drive_.emplace(*std::move(drive));
    transport_ = SystemTransport::make().value();
    transport_->set_paths({drive_->path()});
  }
  Outcome run(Command what) { return ask(*transport_, drive_->path().drive, std::move(what), 120s); }
  std::string disk() const { return "/dev/" + drive_->path().name; }

  std::optional<KernelDrive> drive_;
  std::unique_ptr<SystemTransport> transport_;
};

TEST_F(QemuIdmNvme, IsADiskOverItsFile) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(drive_->path().kind, DrivePath::Kind::nvme);
  EXPECT_EQ(drive_->path().drive, emulator::default_id("nvme-1", DriveId::Kind::eui));
  EXPECT_EQ(read_small_file("/sys/block/" + drive_->path().name + "/size"), "32768\n");
  EXPECT_EQ(SystemPaths().below(disk()).value(), std::vector{drive_->path().drive});
  // In transfers of all sizes, what a capsule holds and what the drive has to ask for.
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
  Fd file(::open("/tmp/nvme-1.img", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::pread(file.get(), found.data(), found.size(), 0), static_cast<ssize_t>(found.size()));
  EXPECT_TRUE(found == pattern);
  ASSERT_EQ(::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED), 0);
  ASSERT_EQ(::pread(fd.get(), found.data(), found.size(), 0), static_cast<ssize_t>(found.size()));
  EXPECT_TRUE(found == pattern);
}

TEST_F(QemuIdmNvme, FaultsAreNoLockAnswers) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(command("try ex", 'A'))->status, Status::good);
  ASSERT_TRUE(drive_->set("nonsense", "2"));
  for (const Command& what : {Command(command("try ex", 'B')), Command(ReadRecords{2})}) {
    const Outcome outcome = run(what);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::malformed) << outcome.error().text;
  }
  ASSERT_TRUE(drive_->set("gone", "1"));
  const Outcome gone = run(command("unlock ex", 'A'));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::no_path) << gone.error().text;
  EXPECT_FALSE(gone.error().may_have_run);
  ASSERT_TRUE(drive_->set("gone", "0"));
  ASSERT_TRUE(drive_->set("busy", "1"));
  EXPECT_EQ(run(command("unlock ex", 'A'))->status, Status::busy);
  EXPECT_EQ(run(command("unlock ex", 'A'))->status, Status::good);
}

// The kernel gives up after 15 s, drops the connection and makes a new one.
TEST_F(QemuIdmNvme, ALostReplyLeavesTheStateOpen) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(Probe{})->version.major, 8);
  ASSERT_TRUE(drive_->set("lose-replies", "1"));
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
  alignas(4096) static char aligned[4096];
  EXPECT_EQ(::pread(fd.get(), aligned, sizeof aligned, 0), static_cast<ssize_t>(sizeof aligned));
}

TEST_F(QemuIdmNvme, AnOrdinaryDriveIsLeftAlone) {
  ASSERT_NO_FATAL_FAILURE(start({"--no-mutexes"}));
  const Outcome outcome = run(command("try ex", 'A'));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::unsupported) << outcome.error().text;
}

// A transfer of a controller ends at 128 KiB: a longer table is asked for in one command all the same.
TEST_F(QemuIdmNvme, ATableOfManyIsRead) {
  ASSERT_NO_FATAL_FAILURE(start());
  for (int i = 0; i < 200; ++i) {
    MutexCommand request = command("try ex", 'A');
    std::memcpy(request.record.lock.bytes.data() + 8, &i, sizeof i);
    ASSERT_EQ(run(request)->status, Status::good);
  }
  EXPECT_EQ(run(ReadCounts{})->counts.total, 200);
  const Outcome table = run(ReadRecords{200});
  ASSERT_TRUE(table) << table.error().text;
  EXPECT_EQ(table->records.size(), 200u);
}

TEST_F(QemuIdmNvme, LeavesNothingBehind) {
  ASSERT_NO_FATAL_FAILURE(start());
  transport_.reset();
  drive_.reset();
  EXPECT_TRUE(SystemPaths().list()->empty());
  EXPECT_TRUE(std::filesystem::is_empty("/sys/class/nvme"));
  EXPECT_EQ(testing::idm_drive({"list"}).value(), "");
}

}  // namespace
}  // namespace lvm::idm
