// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/udev.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temporary_folder.h"

namespace lvm::dm {
namespace {

class Warnings final : public Trace {
 public:
  bool wants(int) const override { return false; }
  void note(int, std::string_view) override {}
  void warn(std::string_view text) override { texts.emplace_back(text); }
  std::vector<std::string> texts;
};

// A machine on which something looks like udevd; the tests play its part.
class UnitDmUdev : public testing::Test {
 protected:
  UnitDmUdev() {
    options_.control_path = folder_ + "/control";
    options_.rules_directories = {folder_};
    touch("control");
    touch("95-dm-notify.rules");
    touch("11-dm-lvm.rules");
  }
  void touch(const std::string& name) { std::ofstream(folder_ + "/" + name) << "\n"; }
  void remove(const std::string& name) { std::filesystem::remove(folder_ + "/" + name); }

  // The rule's `dmsetup udevcomplete`: the key is rebuilt from the number the event carried.
  static bool complete(std::uint32_t event_number) {
    int semaphore = ::semget(static_cast<key_t>(0x0D4D0000u | (event_number & 0xffff)), 1, 0);
    sembuf lower{0, -1, IPC_NOWAIT};
    return semaphore >= 0 && ::semop(semaphore, &lower, 1) == 0;
  }
  static int value(std::uint32_t event_number) {
    int semaphore = ::semget(static_cast<key_t>(0x0D4D0000u | (event_number & 0xffff)), 1, 0);
    return semaphore < 0 ? -1 : ::semctl(semaphore, 0, GETVAL);
  }

  TemporaryFolder place_;
  const std::string& folder_ = place_.path();
  UdevOptions options_;
  SystemClock clock_;
  Warnings warnings_;
};

TEST_F(UnitDmUdev, CountsEventsUntilAllAreDone) {
  UdevCookie cookie(options_, clock_, warnings_);
  if (!cookie.running()) GTEST_SKIP() << "in an IPC namespace of its own";
  auto first = cookie.begin({UdevFlags::disable_library_fallback});
  EXPECT_EQ(first >> 16, UdevFlags::disable_library_fallback | UdevFlags::primary_source);
  ASSERT_NE(first & 0xffff, 0u);
  EXPECT_EQ(value(first), 2);
  auto second = cookie.begin({});
  EXPECT_EQ(second & 0xffff, first & 0xffff);
  EXPECT_EQ(value(first), 3);
  cookie.cancel();
  EXPECT_EQ(value(first), 2);
  EXPECT_TRUE(complete(first));
  EXPECT_TRUE(cookie.wait());
  EXPECT_EQ(value(first), -1);  // removed
  EXPECT_TRUE(cookie.wait());   // nothing under way
  EXPECT_TRUE(warnings_.texts.empty());
}

TEST_F(UnitDmUdev, SilentUdevIsNotWaitedForEternally) {
  options_.timeout_seconds = 1;
  UdevCookie cookie(options_, clock_, warnings_);
  if (!cookie.running()) GTEST_SKIP() << "in an IPC namespace of its own";
  auto number = cookie.begin({});
  EXPECT_FALSE(cookie.wait());
  EXPECT_EQ(value(number), -1);
  EXPECT_EQ(warnings_.texts.size(), 1u);
}

TEST_F(UnitDmUdev, SemaphoreRemovedByOthersEndsTheWait) {
  UdevCookie cookie(options_, clock_, warnings_);
  if (!cookie.running()) GTEST_SKIP() << "in an IPC namespace of its own";
  auto number = cookie.begin({});
  ::semctl(::semget(static_cast<key_t>(0x0D4D0000u | (number & 0xffff)), 1, 0), 0, IPC_RMID);
  EXPECT_TRUE(cookie.wait());
}

TEST_F(UnitDmUdev, NothingIsLeftBehind) {
  std::uint32_t number = 0;
  {
    UdevCookie cookie(options_, clock_, warnings_);
    if (!cookie.running()) GTEST_SKIP() << "in an IPC namespace of its own";
    number = cookie.begin({});
    EXPECT_EQ(value(number), 2);
  }
  EXPECT_EQ(value(number), -1);
}

TEST_F(UnitDmUdev, CookieOfAnotherProcess) {
  UdevCookie owner(options_, clock_, warnings_);
  if (!owner.running()) GTEST_SKIP() << "in an IPC namespace of its own";
  auto number = owner.begin({});
  auto inner_options = options_;
  inner_options.cookie = 0x0D4D0000u | (number & 0xffff);
  UdevCookie inner(inner_options, clock_, warnings_);
  EXPECT_EQ(inner.begin({}) & 0xffff, number & 0xffff);
  EXPECT_EQ(value(number), 3);
  EXPECT_TRUE(inner.wait());  // its owner waits
  EXPECT_EQ(value(number), 3);
}

TEST_F(UnitDmUdev, UnknownCookieIsWarnedOf) {
  options_.cookie = 0x0D4D0000u;
  UdevCookie cookie(options_, clock_, warnings_);
  if (!cookie.running()) GTEST_SKIP() << "in an IPC namespace of its own";
  EXPECT_EQ(cookie.begin({}) & 0xffff, 0u);
  EXPECT_EQ(warnings_.texts.size(), 1u);
}

TEST_F(UnitDmUdev, WithoutUdevOrItsRulesNodesAreOurs) {
  if (!UdevCookie(options_, clock_, warnings_).running()) GTEST_SKIP() << "in an IPC namespace of its own";
  EXPECT_FALSE(UdevCookie(options_, clock_, warnings_).nodes_by_hand());
  auto off = options_;
  off.rules = false;
  EXPECT_TRUE(UdevCookie(off, clock_, warnings_).nodes_by_hand());
  EXPECT_TRUE(UdevCookie(off, clock_, warnings_).running());
  off = options_;
  off.disabled = true;
  EXPECT_FALSE(UdevCookie(off, clock_, warnings_).running());
  off = options_;
  off.sync = false;
  UdevCookie without_waiting(off, clock_, warnings_);
  EXPECT_EQ(without_waiting.begin({}) & 0xffff, 0u);
  EXPECT_TRUE(without_waiting.wait());
  remove("11-dm-lvm.rules");
  EXPECT_TRUE(UdevCookie(options_, clock_, warnings_).nodes_by_hand());
  touch("56-lvm.rules");
  EXPECT_FALSE(UdevCookie(options_, clock_, warnings_).nodes_by_hand());
  remove("95-dm-notify.rules");
  EXPECT_FALSE(UdevCookie(options_, clock_, warnings_).running());
  touch("95-dm-notify.rules");
  remove("control");
  EXPECT_FALSE(UdevCookie(options_, clock_, warnings_).running());
}

}  // namespace
}  // namespace lvm::dm
