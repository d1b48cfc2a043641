// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/udev_program/variables.h"

#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/sem.h>

namespace lvm::dm {
namespace {

TEST(UnitUdevVariables, FlagsOfACookie) {
  EXPECT_EQ(flag_variables(0x00401234), "DM_UDEV_PRIMARY_SOURCE_FLAG='1'\n");
  EXPECT_EQ(flag_variables(0x014a0000),
            "DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG='1'\nDM_UDEV_DISABLE_OTHER_RULES_FLAG='1'\n"
            "DM_UDEV_PRIMARY_SOURCE_FLAG='1'\nDM_SUBSYSTEM_UDEV_FLAG0='1'\n");
  EXPECT_EQ(flag_variables(0x0000ffff), "");
}

TEST(UnitUdevVariables, PartsOfAName) {
  EXPECT_EQ(name_variables("vg--a-lv--b-real"), "DM_VG_NAME='vg-a'\nDM_LV_NAME='lv-b'\nDM_LV_LAYER='real'\n");
  EXPECT_EQ(name_variables("alone"), "DM_VG_NAME='alone'\nDM_LV_NAME=''\nDM_LV_LAYER=''\n");
}

TEST(UnitUdevVariables, Cookies) {
  EXPECT_EQ(parse_cookie("4260112"), 4260112u);
  EXPECT_EQ(parse_cookie("0x410210"), 0x410210u);
  for (const char* bad : {"", "x", "12x", "0x", "-1", "99999999999"}) EXPECT_FALSE(parse_cookie(bad)) << bad;
}

TEST(UnitUdevVariables, CompletionLowersTheSemaphore) {
  constexpr key_t kKey = 0x0D4DF00D;
  int semaphore = ::semget(kKey, 1, 0600 | IPC_CREAT);
  ASSERT_GE(semaphore, 0);
  ASSERT_EQ(::semctl(semaphore, 0, SETVAL, 2), 0);
  EXPECT_TRUE(complete_cookie(0x0040F00D));
  EXPECT_EQ(::semctl(semaphore, 0, GETVAL), 1);
  ::semctl(semaphore, 0, IPC_RMID);
  EXPECT_FALSE(complete_cookie(0x0040F00D));
}

}  // namespace
}  // namespace lvm::dm
