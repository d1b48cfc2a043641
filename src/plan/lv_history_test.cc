// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/lv_history.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lvm::plan {
namespace {

using testing::ElementsAre;

LvId id_of(char letter) { return LvId{*Uuid::parse(std::string(32, letter))}; }

// Thin volumes a, b, c, ... of which each is a snapshot of the one before.
model::Vg line_of(std::string_view names) {
  model::Vg vg;
  vg.name = "vg";
  LvId origin;
  for (char name : names) {
    model::Lv lv;
    lv.name = std::string(1, name);
    lv.id = id_of(name);
    model::Thin thin;
    thin.origin = origin;
    lv.segments.push_back({Extents(), Extents(1), {}, thin, {}, {}});
    origin = lv.id;
    vg.lvs.push_back(std::move(lv));
  }
  return vg;
}

// One of them goes, as lvremove does it.
void remove(model::Vg& vg, LvHistory& history, std::string_view name, bool record = true) {
  const model::Lv gone = *vg.find_lv(name);
  history.leave(vg, gone, record, 7);
  std::erase_if(vg.lvs, [&](const model::Lv& lv) { return lv.id == gone.id; });
  for (model::Lv& lv : vg.lvs)
    if (auto* thin = lv.as<model::Thin>(); thin->origin == gone.id) thin->origin = {};
}

TEST(UnitLvHistory, AVolumeIsRememberedBetweenItsOriginAndItsSnapshots) {
  model::Vg vg = line_of("abcd");
  LvHistory history(vg);
  remove(vg, history, "b");
  ASSERT_TRUE(history.find("b"));
  EXPECT_EQ(history.find("-b")->origin, "a");
  EXPECT_THAT(history.find("b")->descendants, ElementsAre("c"));
  remove(vg, history, "c");
  EXPECT_EQ(history.find("c")->origin, "-b");
  EXPECT_TRUE(history.find("b")->descendants.empty());
  remove(vg, history, "a");
  EXPECT_EQ(history.find("b")->origin, "-a");
  EXPECT_TRUE(history.forget_barren().empty()) << "d still comes from them";
  remove(vg, history, "d");
  EXPECT_THAT(history.forget_barren(), ElementsAre("b", "c", "a", "d"));
  history.store(vg);
  EXPECT_EQ(vg.historical, "");
}

TEST(UnitLvHistory, WithoutRelationsNothingIsRemembered) {
  model::Vg vg = line_of("a");
  LvHistory history(vg);
  remove(vg, history, "a");
  EXPECT_TRUE(history.entries().empty());
}

TEST(UnitLvHistory, WhoIsNotRecordedCutsTheLine) {
  model::Vg vg = line_of("abcd");
  LvHistory history(vg);
  remove(vg, history, "b");
  remove(vg, history, "c", false);
  EXPECT_TRUE(history.find("b")->descendants.empty());
  EXPECT_THAT(history.forget_barren(), ElementsAre("b"));
}

TEST(UnitLvHistory, ForgottenOnesLeaveNeighbours) {
  model::Vg vg = line_of("abcd");
  LvHistory history(vg);
  for (std::string_view name : {"a", "b", "c"}) remove(vg, history, name);
  history.forget("-b");
  EXPECT_EQ(history.find("c")->origin, "-a");
  history.forget("c");
  EXPECT_THAT(history.find("a")->descendants, ElementsAre("d"));
  history.rename("d", "x");
  history.rename("-a", "-y");
  EXPECT_THAT(history.find("y")->descendants, ElementsAre("x"));
  EXPECT_FALSE(history.forget_before(7));
  EXPECT_TRUE(history.forget_before(8));
}

TEST(UnitLvHistory, TheTextIsReadAgain) {
  model::Vg vg = line_of("abc");
  LvHistory history(vg);
  remove(vg, history, "b");
  history.store(vg);
  LvHistory again(vg);
  ASSERT_EQ(again.entries().size(), 1u);
  EXPECT_EQ(again.entries()[0].id, id_of('b'));
  EXPECT_EQ(again.entries()[0].removal_time, 7);
  EXPECT_EQ(again.entries()[0].origin, "a");
  EXPECT_THAT(again.entries()[0].descendants, ElementsAre("c"));
  vg.historical = "historical_logical_volumes { torn";
  EXPECT_TRUE(LvHistory(vg).entries().empty());
}

TEST(UnitLvHistory, WhatDoesNotChangeStaysAsItWasRead) {
  model::Vg vg;
  const std::string newer = "historical_logical_volumes {\nx {\nid = \"1\"\nof_a_newer_release = 7\n}\n}\n";
  for (const std::string& text : {newer, std::string("historical_logical_volumes { torn")}) {
    vg.historical = text;
    LvHistory(vg).store(vg);
    EXPECT_EQ(vg.historical, text);
  }
}

TEST(UnitLvHistory, ALoopInABrokenTextEnds) {
  model::Vg vg;
  vg.historical =
      "historical_logical_volumes {\nx {\nid = \"1\"\norigin = \"-y\"\n}\ny {\nid = \"2\"\norigin = \"-x\"\n}\n}\n";
  LvHistory history(vg);
  EXPECT_THAT(history.forget_barren(), ElementsAre("x", "y")) << "no volume comes from them";
}

TEST(UnitLvHistory, ALongLineEndsInAVolume) {
  model::Vg vg;
  vg.historical = "historical_logical_volumes {\n";
  for (int i = 0; i < 2000; ++i)
    vg.historical +=
        fmt::format("h{} {{\norigin = \"-h{}\"\n{}}}\n", i, i - 1, i == 1500 ? "descendants = [\"lv\"]\n" : "");
  vg.historical += "}\n";
  LvHistory history(vg);
  EXPECT_EQ(history.forget_barren().size(), 499u);
  EXPECT_EQ(history.entries().size(), 1501u);
}

}  // namespace
}  // namespace lvm::plan
