// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/control/info.h"

#include <gtest/gtest.h>

#include "lockd/testing/host.h"

namespace lvm::lockd {
namespace {

using namespace testing;

TEST(UnitLockdInfo, ShowsWhoHoldsWhatAndWhoWaits) {
  VirtualExecutor executor;
  Host host(executor, std::make_shared<Cluster>(), 1);
  ClientId one = host.core->connect(), two = host.core->connect();
  ASSERT_EQ(host.ask(one, start_vg(ManagerKind::sanlock, "vg")), 0);
  ASSERT_EQ(host.ask(one, lock_lv("vg", "lv-uuid", Mode::exclusive)), 0);
  Request vg = lock_vg("vg", Mode::exclusive);
  vg.process = 11;
  vg.command = "lvcreate";
  ASSERT_EQ(host.ask(one, vg), 0);
  vg.process = 12;
  vg.command = "vgs";
  vg.mode = Mode::shared;
  host.send(two, vg);
  host.run();
  EXPECT_EQ(pretty_info(host.core->info()),
            "VG vg lock_type=sanlock uuid-of-vg\nLS sanlock lvm_vg\n"
            "LK VG ex ver 0 pid 11 (lvcreate)\nLW VG sh ver 0 pid 12 (vgs)\nLK LV ex lv-uuid\n");
}

TEST(UnitLockdInfo, NonsenseIsReadOver) { EXPECT_EQ(pretty_info("x\n\n=a b=\ninfo=\n"), ""); }

}  // namespace
}  // namespace lvm::lockd
