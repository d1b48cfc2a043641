// SPDX-License-Identifier: LGPL-2.1-or-later
// idm-drive in a real kernel: its disk, its faults as SG_IO shows them, its end and its coming back. The answers of
// a healthy drive are in idm/drive_api_test.cc.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/fd.h"
#include "idm/emulator/options.h"
#include "idm/emulator/service.h"
#include "idm/system/small_file.h"
#include "idm/system/system_transport.h"
#include "idm/testing/drive_text.h"
#include "idm/testing/kernel_drives.h"

namespace lvm::idm {
namespace {

using namespace std::chrono_literals;
using testing::command;
using testing::KernelDrive;
using Kind = TransportError::Kind;

class GuestIdmDrive : public ::testing::Test {
 protected:
  void start(std::vector<std::string> options = {}) {
    auto drive = KernelDrive::start("guest-1", std::move(options));
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

std::vector<char> read_at(const std::string& path, off_t offset, std::size_t size) {
  std::vector<char> out(size);
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(::pread(fd.get(), out.data(), size, offset), static_cast<ssize_t>(size)) << path;
  return out;
}

TEST_F(GuestIdmDrive, IsADiskOverItsFile) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_TRUE(drive_->path().node.starts_with("/dev/sg")) << drive_->path().node;
  EXPECT_EQ(read_small_file("/sys/block/" + drive_->path().name + "/size"), "32768\n");
  const std::vector<char> pattern(1 << 20, 'p');
  Fd fd(::open(disk().c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::pwrite(fd.get(), pattern.data(), pattern.size(), 4096), static_cast<ssize_t>(pattern.size()));
  ASSERT_EQ(::fsync(fd.get()), 0);
  EXPECT_EQ(read_at("/tmp/guest-1.img", 4096, pattern.size()), pattern);
  EXPECT_EQ(read_at("/tmp/guest-1.img", 0, 4096), std::vector<char>(4096));
  EXPECT_EQ(SystemPaths().below(disk()).value(), std::vector{drive_->path().drive});
}

TEST_F(GuestIdmDrive, FaultsAreNoLockAnswers) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(command("try ex", 'A'))->status, Status::good);
  ASSERT_TRUE(drive_->set("nonsense", "2"));
  for (const Command& what : {Command(command("try ex", 'B')), Command(ReadRecords{2})}) {
    const Outcome outcome = run(what);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::malformed) << outcome.error().text;
  }
  ASSERT_TRUE(drive_->set("gone", "1"));
  const Outcome gone = run(command("unlock ex", 'A'));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, Kind::no_path) << gone.error().text;
  EXPECT_FALSE(gone.error().may_have_run);
  ASSERT_TRUE(drive_->set("gone", "0"));
  EXPECT_EQ(run(command("unlock ex", 'A'))->status, Status::good);
}

// The kernel repeats by itself what a drive is too busy for.
TEST_F(GuestIdmDrive, BusyPasses) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(Probe{})->version.major, 8);
  ASSERT_TRUE(drive_->set("busy", "2"));
  const Outcome outcome = run(command("try ex", 'A'));
  ASSERT_TRUE(outcome) << outcome.error().text;
  EXPECT_EQ(outcome->status, Status::good);
}

TEST_F(GuestIdmDrive, ALostReplyLeavesTheStateOpen) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(Probe{})->version.major, 8);
  ASSERT_TRUE(drive_->set("lose-replies", "1"));
  const Outcome lost = run(command("try ex", 'A'));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().may_have_run) << lost.error().text;
  EXPECT_EQ(run(command("try ex", 'A'))->status, Status::terminated);
}

TEST_F(GuestIdmDrive, AnOrdinaryDriveIsLeftAlone) {
  ASSERT_NO_FATAL_FAILURE(start({"--no-mutexes"}));
  const Outcome outcome = run(command("try ex", 'A'));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::unsupported) << outcome.error().text;
}

TEST_F(GuestIdmDrive, ATableOfThousandsIsReadAtOnce) {
  ASSERT_NO_FATAL_FAILURE(start());
  for (int i = 0; i < 1500; ++i) {
    MutexCommand request = command("try ex", 'A');
    std::memcpy(request.record.lock.bytes.data() + 8, &i, sizeof i);
    ASSERT_EQ(run(request)->status, Status::good);
  }
  EXPECT_EQ(run(ReadCounts{})->counts.total, 1500);
  const Outcome table = run(ReadRecords{1500});
  ASSERT_TRUE(table) << table.error().text;
  EXPECT_EQ(table->records.size(), 1500u);
}

TEST_F(GuestIdmDrive, DeletedAndFoundAgain) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(command("try ex", 'A'))->status, Status::good);
  ASSERT_TRUE(write_small_file("/sys/block/" + drive_->path().name + "/device/delete", "1"));
  const Outcome gone = run(command("refresh ex", 'A'));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, Kind::no_path) << gone.error().text;
  EXPECT_TRUE(SystemPaths().list()->empty());
  for (const auto& adapter : std::filesystem::directory_iterator("/sys/class/scsi_host"))
    (void)write_small_file(adapter.path().string() + "/scan", "- - -");
  std::vector<DrivePath> paths;
  for (int i = 0; i < 200 && paths.empty(); ++i) {
    std::this_thread::sleep_for(50ms);
    paths = SystemPaths().list().value();
  }
  ASSERT_EQ(paths.size(), 1u);
  EXPECT_EQ(paths[0].drive, drive_->path().drive);
  transport_->set_paths(paths);
  EXPECT_EQ(run(command("refresh ex", 'A'))->status, Status::good);
}

// Its handler is killed: the kernel keeps the disk, the next handler serves it, the mutexes are forgotten.
TEST_F(GuestIdmDrive, TakenOverAfterItsHandlerWasKilled) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(command("try ex", 'A'))->status, Status::good);
  const auto status = emulator::tell_drive("guest-1", "status");
  ASSERT_TRUE(status);
  const std::string key = "process ";
  const char* digits = status->c_str() + status->find(key) + key.size();
  pid_t handler = 0;
  ASSERT_EQ(std::from_chars(digits, status->c_str() + status->size(), handler).ec, std::errc{});
  ASSERT_EQ(::kill(handler, SIGKILL), 0);
  while (emulator::tell_drive("guest-1", "status")) std::this_thread::sleep_for(20ms);
  const auto again = testing::idm_drive({"start", "guest-1", "--backing", "/tmp/guest-1.img"});
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_NE(again->find("taken over"), std::string::npos) << *again;
  EXPECT_EQ(run(command("refresh ex", 'A'))->status, Status::not_found);
}

TEST_F(GuestIdmDrive, ComplaintsSayWhatIsWrong) {
  ASSERT_NO_FATAL_FAILURE(start());
  const auto complaint = [](const std::vector<std::string>& words) {
    const auto output = testing::idm_drive(words);
    return output ? "no complaint: " + *output : output.error().text();
  };
  EXPECT_EQ(complaint({"start", "guest-1", "--backing", "/tmp/guest-1.img"}),
            "idm-drive: drive guest-1 is running already\n");
  EXPECT_NE(complaint({"start", "guest-2", "--backing", "/nonexistent"}).find("opening /nonexistent: No such file"),
            std::string::npos);
  EXPECT_NE(complaint({"stop", "guest-9"}).find("drive guest-9 is not running"), std::string::npos);
  EXPECT_EQ(testing::idm_drive({"list"}).value(), "guest-1\n");
}

TEST_F(GuestIdmDrive, LeavesNothingBehind) {
  ASSERT_NO_FATAL_FAILURE(start());
  transport_.reset();
  drive_.reset();
  EXPECT_FALSE(std::filesystem::exists("/sys/kernel/config/target/core/user_0/guest-1"));
  EXPECT_TRUE(SystemPaths().list()->empty());
  EXPECT_EQ(testing::idm_drive({"list"}).value(), "");
}

}  // namespace
}  // namespace lvm::idm
