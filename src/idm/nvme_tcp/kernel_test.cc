// SPDX-License-Identifier: LGPL-2.1-or-later
// What idm-drive does as an NVMe disk of a real kernel only. The rest is in idm/emulator/kernel_test.cc.
#include <gtest/gtest.h>

#include "idm/emulator/options.h"
#include "idm/testing/drive_text.h"
#include "idm/testing/kernel_drives.h"

namespace lvm::idm {
namespace {

class QemuIdmNvme : public testing::KernelDriveFixture {};

TEST_F(QemuIdmNvme, IsKnownByItsGuid) {
  ASSERT_NO_FATAL_FAILURE(start("nvme-1", {"--nvme"}));
  EXPECT_EQ(drive().path().drive, emulator::default_id("nvme-1", DriveId::Kind::eui));
  stop();
  ASSERT_NO_FATAL_FAILURE(start("nvme-1", {"--nvme", "--block-size", "4096"}));
  EXPECT_EQ(drive().path().drive, emulator::default_id("nvme-1", DriveId::Kind::eui));
}

// A SCSI disk's kernel repeats what it was too busy for; of NVMe the drive's answer comes through.
TEST_F(QemuIdmNvme, BusyIsAnAnswer) {
  ASSERT_NO_FATAL_FAILURE(start("nvme-1", {"--nvme"}));
  EXPECT_EQ(run(Probe{})->version.major, 8);
  ASSERT_TRUE(drive().set("busy", "1"));
  EXPECT_EQ(run(testing::command("try ex", 'A'))->status, Status::busy);
  EXPECT_EQ(run(testing::command("try ex", 'A'))->status, Status::good);
}

}  // namespace
}  // namespace lvm::idm
