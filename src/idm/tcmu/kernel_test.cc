// SPDX-License-Identifier: LGPL-2.1-or-later
// What idm-drive does as a SCSI disk of a real kernel only: being busy, being taken out and coming back, its handler's
// death. The rest is in idm/emulator/kernel_test.cc.
#include <gtest/gtest.h>
#include <signal.h>

#include <charconv>
#include <filesystem>
#include <thread>

#include "idm/emulator/service.h"
#include "idm/system/small_file.h"
#include "idm/testing/drive_text.h"
#include "idm/testing/kernel_drives.h"

namespace lvm::idm {
namespace {

using namespace std::chrono_literals;
using testing::command;
using Kind = TransportError::Kind;

class GuestIdmDrive : public testing::KernelDriveFixture {
 protected:
  void start() { KernelDriveFixture::start("guest-1"); }
};

// The kernel repeats by itself what a drive is too busy for.
TEST_F(GuestIdmDrive, BusyPasses) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(Probe{})->version.major, 8);
  ASSERT_TRUE(drive().set("busy", "2"));
  const Outcome outcome = run(command("try ex", 'A'));
  ASSERT_TRUE(outcome) << outcome.error().text;
  EXPECT_EQ(outcome->status, Status::good);
}

TEST_F(GuestIdmDrive, DeletedAndFoundAgain) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(run(command("try ex", 'A'))->status, Status::good);
  ASSERT_TRUE(write_small_file("/sys/block/" + drive().path().name + "/device/delete", "1"));
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
  EXPECT_EQ(paths[0].drive, drive().path().drive);
  transport().set_paths(paths);
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

}  // namespace
}  // namespace lvm::idm
