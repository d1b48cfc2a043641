// SPDX-License-Identifier: LGPL-2.1-or-later
#include "step/text_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lvm::step {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kBefore =
    "vg {\n"
    "\tseqno = 4\n"
    "\tflags = []\n"
    "\n"
    "\tlogical_volumes {\n"
    "\n"
    "\t\ta {\n"
    "\t\t\tstatus = [\"READ\"]\n"
    "\t\t\tsegment1 {\n"
    "\t\t\t\tstripes = [\n"
    "\t\t\t\t\t\"pv0\", 0\n"
    "\t\t\t\t]\n"
    "\t\t\t}\n"
    "\t\t}\n"
    "\t\tb {\n"
    "\t\t\tstatus = [\"READ\"]\n"
    "\t\t}\n"
    "\t}\n"
    "}\n"
    "contents = \"x\"\n";

std::string replaced(std::string_view what, std::string_view with) {
  std::string out(kBefore);
  out.replace(out.find(what), what.size(), with);
  return out;
}

TEST(UnitTextChange, TextsThatAreAlikeHaveNone) {
  EXPECT_THAT(text_change(kBefore, kBefore), IsEmpty());
  EXPECT_THAT(text_change("", ""), IsEmpty());
}

TEST(UnitTextChange, TheNumberIsNotTold) {
  EXPECT_THAT(text_change(kBefore, replaced("seqno = 4", "seqno = 5")), IsEmpty());
}

TEST(UnitTextChange, ValuesAreToldWithTheirSection) {
  EXPECT_THAT(text_change(kBefore, replaced("flags = []", "flags = [\"X\"]")),
              ElementsAre(SectionChange{"vg", {"flags = []"}, {"flags = [\"X\"]"}}));
  EXPECT_THAT(text_change(kBefore, replaced("contents = \"x\"\n", "")),
              ElementsAre(SectionChange{"", {"contents = \"x\""}, {}}));
}

TEST(UnitTextChange, AListOverSeveralLinesIsToldWhole) {
  EXPECT_THAT(text_change(kBefore, replaced("\"pv0\", 0\n", "\"pv0\", 0,\n\t\t\t\t\t\"pv1\", 7\n")),
              ElementsAre(SectionChange{"vg/logical_volumes/a/segment1",
                                        {"stripes = [", "\t\"pv0\", 0", "]"},
                                        {"stripes = [", "\t\"pv0\", 0,", "\t\"pv1\", 7", "]"}}));
}

TEST(UnitTextChange, ASectionOfOneTextIsToldWholeWhereItStands) {
  const std::string without = replaced("\t\tb {\n\t\t\tstatus = [\"READ\"]\n\t\t}\n", "");
  const std::vector<std::string> lines = {"b {", "\tstatus = [\"READ\"]", "}"};
  EXPECT_THAT(text_change(kBefore, without), ElementsAre(SectionChange{"vg/logical_volumes", lines, {}}));
  EXPECT_THAT(text_change(without, kBefore), ElementsAre(SectionChange{"vg/logical_volumes", {}, lines}));
}

TEST(UnitTextChange, AnotherOrderIsNoChange) {
  const std::string_view swapped = "v {\n\tb {\n\t\tx = 1\n\t}\n\ta = 1\n}\n";
  EXPECT_THAT(text_change("v {\n\ta = 1\n\tb {\n\t\tx = 1\n\t}\n}\n", swapped), IsEmpty());
}

TEST(UnitTextChange, AWholeTextMayBeNew) {
  EXPECT_THAT(text_change("", "v {\n\ta = 1\n}\n"), ElementsAre(SectionChange{"", {}, {"v {", "\ta = 1", "}"}}));
}

}  // namespace
}  // namespace lvm::step
