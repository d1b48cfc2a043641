// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/emulator/control.h"

#include <gtest/gtest.h>

#include "idm/emulator/options.h"
#include "idm/testing/drive_text.h"

namespace lvm::idm::emulator {
namespace {

TEST(UnitIdmEmulator, Control) {
  Drive drive;
  const front::DriveFacts facts{default_id("one"), "serial-1", 256, 512};
  const auto say = [&](const char* line) {
    const auto answer = control(facts, drive, Time{0}, line);
    return answer ? "ok: " + *answer : "error: " + answer.error().text();
  };
  EXPECT_NE(say("status").find("blocks 256\n"), std::string::npos);
  EXPECT_EQ(say("set gone 1"), "ok: ");
  EXPECT_TRUE(drive.faults.gone);
  EXPECT_EQ(say("set delay 0.2"), "ok: ");
  EXPECT_EQ(drive.faults.delay, Time(200'000));
  EXPECT_EQ(say("set lose-replies always"), "ok: ");
  EXPECT_EQ(drive.faults.lose_replies, DriveFaults::kAlways);
  EXPECT_EQ(say("set clock -10000"), "ok: ");
  EXPECT_EQ(drive.clock_millionths(), -10000);
  EXPECT_EQ(say("set clock-jump 5000"), "ok: ");
  EXPECT_NE(say("status").find("delay 0.2\n"), std::string::npos) << say("status");
  EXPECT_EQ(say("set gone 2"), "error: '2' is no value of gone: 0|1 is");
  EXPECT_EQ(say("set delay -1"), "error: '-1' is no value of delay: MILLISECONDS is");
  EXPECT_EQ(say("set delay nan"), "error: 'nan' is no value of delay: MILLISECONDS is");
  EXPECT_EQ(say("set clock -1000000"), "error: '-1000000' is no value of clock: MILLIONTHS is");
  EXPECT_EQ(say("set speed 1"), "error: there is no fault 'speed'");
  EXPECT_EQ(say("explode"), "error: a drive cannot 'explode'");
  drive.execute(testing::command("try ex", 'A'), Time{0});
  EXPECT_NE(say("table").find(" ex locked host="), std::string::npos) << say("table");
  EXPECT_EQ(say("drop"), "ok: ");
  EXPECT_EQ(drive.record_count(), 0u);
}

}  // namespace
}  // namespace lvm::idm::emulator
