// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/levels.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/files.h"
#include "model/raid.h"

namespace lvm::plan::convert {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string told(const Next& next) {
  if (!next.refusal.empty()) return "refused";
  return next.images_first != 0 ? fmt::format("images={}", next.images_first) : next.type;
}

// Lines of tests/golden/convert/levels.txt, with what ours does in place of LVM2's where it differs.
struct Golden {
  Level from;
  std::string next;
  std::vector<std::string> types;
};
std::vector<Golden> golden() {
  SystemFiles files;
  auto text = files.read(LVM_GOLDEN "/levels.txt");
  std::vector<Golden> out;
  std::istringstream lines(text ? *text : "");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    Golden row;
    std::string word;
    words >> row.from.name >> row.from.stripes >> row.from.images >> word >> row.next;
    for (words >> word; word.starts_with("ours="); words >> word) row.next = word.substr(5);
    while (words >> word) row.types.push_back(word);
    out.push_back(std::move(row));
  }
  return out;
}

TEST(UnitLevels, TheNextTypeIsTheReferences) {
  std::size_t asked = 0;
  for (const Golden& row : golden()) {
    for (const std::string& type : row.types) {
      EXPECT_EQ(told(next_level(row.from, type)), row.next)
          << row.from.name << " of " << row.from.images << " images to " << type;
      ++asked;
    }
  }
  EXPECT_GT(asked, 400u);
}

TEST(UnitLevels, EveryWayEnds) {
  for (const Golden& row : golden()) {
    for (const std::string& type : row.types) {
      Level at = row.from;
      int steps = 0;
      // A raid1 becomes linear by another way.
      for (; at.name != type && !(at.name == "raid1" && type == "linear") && steps < 10; ++steps) {
        Next next = next_level(at, type);
        if (!next.refusal.empty()) break;
        if (next.images_first != 0) {
          at.stripes += next.images_first;
          at.stripes -= at.images;
          at.images = next.images_first;
          continue;
        }
        at.name = next.type;
        const model::RaidTypeRow* raid = model::find_raid_type(at.name);
        at.images = !raid ? at.stripes : raid->mirrored ? 2 * at.stripes : at.stripes + raid->parity;
      }
      EXPECT_LT(steps, 10) << "at " << at.name << " of " << at.images << ": " << row.from.name << " of "
                           << row.from.images << " images to " << type;
    }
  }
}

TEST(UnitLevels, WhatIsSaidToBePossibleIs) {
  for (const Golden& row : golden()) {
    std::string said = directly_possible("vg/v", row.from);
    EXPECT_THAT(said, HasSubstr("vg/v from " + with_alias(row.from.name)));
    std::istringstream words(said.substr(said.find(':') + 1));
    for (std::string type; words >> type;) {
      if (type == "mirror" || type == "raid1") continue;
      EXPECT_EQ(told(next_level(row.from, type)), type) << said;
    }
    EXPECT_THAT(said, Not(HasSubstr(" " + row.from.name + "\n")));
  }
}

}  // namespace
}  // namespace lvm::plan::convert
