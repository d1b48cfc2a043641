// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/daemon/journal_file.h"

#include <gtest/gtest.h>

namespace lvm::idm {
namespace {

JournalEntry entry(char name) {
  JournalEntry out{.held = true, .space = "lvm vg", .mode = Mode::exclusive, .lease = std::chrono::seconds(60)};
  out.lock.bytes[0] = static_cast<std::uint8_t>(name);
  out.owner.bytes[5] = out.host.bytes[31] = 7;
  out.plan = {.path = "/usr/sbin/lvmlockctl", .arguments = "--kill vg", .signal = 15, .sigkill = true, .process = 42};
  out.placement = {.generation = 9, .sets = {{DriveId::parse("naa.5000c500a1b2c3d4"), std::nullopt}, {std::nullopt}}};
  out.weak = {*DriveId::parse("naa.5000c500a1b2c3d4"), *DriveId::parse("naa.5000c500a1b2c3d5")};
  return out;
}

TEST(UnitIdmJournal, a_line_comes_back_as_it_was) {
  const std::string line = journal_line(entry('a'));
  ASSERT_EQ(line.back(), '\n');
  const auto back = parse_journal_line(std::string_view(line).substr(0, line.size() - 1));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, entry('a'));
}

TEST(UnitIdmJournal, what_was_given_back_is_gone_and_half_a_line_is_nothing) {
  JournalEntry gone = entry('a'), shared = entry('b');
  gone.held = false;
  shared.mode = Mode::shared;
  const std::string last = journal_line(entry('c'));
  const std::string text = "idmlockd journal 1\n" + journal_line(entry('a')) + journal_line(entry('b')) +
                           journal_line(gone) + journal_line(shared) + last.substr(0, last.size() - 1);
  EXPECT_EQ(held_entries(text), std::vector{shared});
}

TEST(UnitIdmJournal, every_cut_of_a_line_is_refused) {
  const std::string line = journal_line(entry('a'));
  for (std::size_t size = 0; size + 1 < line.size(); ++size)
    EXPECT_FALSE(parse_journal_line(std::string_view(line).substr(0, size))) << size;
}

}  // namespace
}  // namespace lvm::idm
