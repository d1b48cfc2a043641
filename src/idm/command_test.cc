// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/command.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "idm/queries.h"
#include "idm/testing/drive_text.h"

namespace lvm::idm {
namespace {

TEST(UnitIdmCommand, TheSameAnswerMeansDifferentThings) {
  struct Row {
    Status status;
    int refresh, unlock, other;
  };
  const Row rows[] = {{Status::good, 0, 0, 0},
                      {Status::conflict, -ETIME, -ENOENT, -EBUSY},
                      {Status::terminated, -EPERM, -EINVAL, -EAGAIN},
                      {Status::busy, -EBUSY, -EBUSY, -EBUSY},
                      {Status::not_found, -ENOENT, -ENOENT, -ENOENT},
                      {Status::table_full, -ENOMEM, -ENOMEM, -ENOMEM},
                      {Status::hosts_full, -ENOMEM, -ENOMEM, -ENOMEM},
                      {Status::sharers_full, -ENOMEM, -ENOMEM, -ENOMEM},
                      {Status::invalid_operation, -EINVAL, -EINVAL, -EINVAL},
                      {Status::failed, -EINVAL, -EINVAL, -EINVAL},
                      {Status::failed_reverse_owner, -EINVAL, -EINVAL, -EINVAL},
                      {Status::failed_state, -EINVAL, -EINVAL, -EINVAL},
                      {Status::failed_class, -EINVAL, -EINVAL, -EINVAL},
                      {Status::failed_owner, -EINVAL, -EINVAL, -EINVAL}};
  ASSERT_EQ(std::size(rows), kStatusCount);
  for (const Row& row : rows) {
    EXPECT_EQ(to_errno(Operation::refresh, row.status), row.refresh) << name(row.status);
    EXPECT_EQ(to_errno(Operation::unlock, row.status), row.unlock) << name(row.status);
    for (Operation other : {Operation::try_lock, Operation::break_lock, Operation::destroy, Operation::normal})
      EXPECT_EQ(to_errno(other, row.status), row.other) << name(row.status);
  }
}

TEST(UnitIdmCommand, EveryStatusHasItsOwnName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kStatusCount; ++i) names.insert(name(static_cast<Status>(i)));
  EXPECT_EQ(names.size(), kStatusCount);
}

TEST(UnitIdmQueries, LiveHoldersOnly) {
  Drive drive;
  const Time now = testing::prepare(drive, "sh A B! C");
  const auto table = drive.records(now);
  EXPECT_EQ(count_hosts(table, testing::lock(), testing::host('A')), (HostCount{1, true}));
  EXPECT_EQ(count_hosts(table, testing::lock(), testing::host('B')), (HostCount{2, false}));
  EXPECT_EQ(held_class(table, testing::lock()), LockClass::shared);
  EXPECT_EQ(held_class(table, testing::lock('2')), std::nullopt);
  EXPECT_EQ(find_record(table, testing::lock(), testing::host('B'))->state, State::timed_out);
  EXPECT_EQ(find_record(table, testing::lock(), testing::host('Z')), nullptr);
  Drive free;
  const Time then = testing::prepare(free, "free A");
  EXPECT_EQ(held_class(free.records(then), testing::lock()), std::nullopt);
  EXPECT_EQ(count_hosts(free.records(then), testing::lock(), testing::host('A')), HostCount{});
}

}  // namespace
}  // namespace lvm::idm
