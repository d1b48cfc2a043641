// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/pattern.h"

#include <gtest/gtest.h>

namespace lvm::device {
namespace {

bool matches(const std::string& pattern, std::string_view text) {
  auto set = PatternSet::compile(std::vector{pattern});
  EXPECT_TRUE(set) << pattern;
  return set && set->first_match(text).has_value();
}

struct Case {
  const char* pattern;
  const char* text;
  bool expected;
};

class UnitPattern : public ::testing::TestWithParam<Case> {};

TEST_P(UnitPattern, Matches) {
  EXPECT_EQ(matches(GetParam().pattern, GetParam().text), GetParam().expected)
      << GetParam().pattern << " on " << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, UnitPattern,
    ::testing::Values(
        Case{".*", "", true}, Case{".*", "/dev/sda", true}, Case{"", "/dev/sda", true},
        Case{"loop", "/dev/loop0", true}, Case{"loop", "/dev/sda", false}, Case{"^/dev/sd", "/dev/sda", true},
        Case{"^sd", "/dev/sda", false}, Case{"sda$", "/dev/sda", true}, Case{"sda$", "/dev/sda1", false},
        Case{"^/dev/hda8$", "/dev/hda8", true}, Case{"^/dev/hda8$", "/dev/hda80", false},
        Case{"^/dev/[hs]d", "/dev/hdc", true}, Case{"^/dev/[hs]d", "/dev/vdc", false},
        Case{"sd[a-c]$", "/dev/sdc", true}, Case{"sd[a-c]$", "/dev/sdd", false}, Case{"sd[^a-c]$", "/dev/sdd", true},
        Case{"sd[^a-c]$", "/dev/sdb", false}, Case{"sd[^a]$", "/dev/sd", false}, Case{"[]x]", "]", true},
        Case{"[a-]", "-", true}, Case{"[\\]]", "]", true}, Case{"(sd|hd)a", "/dev/hda", true},
        Case{"(sd|hd)a", "/dev/vda", false}, Case{"^a(bc)*d$", "abcbcd", true}, Case{"^a(bc)*d$", "ad", true},
        Case{"^a(bc)*d$", "abcbd", false}, Case{"^a(bc)+d$", "ad", false}, Case{"^a(bc)+d$", "abcd", true},
        Case{"^ab?c$", "ac", true}, Case{"^ab?c$", "abc", true}, Case{"^ab?c$", "abbc", false},
        Case{"a|b$", "xa1", true}, Case{"^(a|b)$", "b", true}, Case{"(^a|b$)", "ba", false},
        Case{"(^a|b$)", "xb", true}, Case{"a\\.b", "a.b", true}, Case{"a\\.b", "axb", false}, Case{"a.b", "axb", true},
        Case{"x*", "", true}, Case{"(x*)*y", "xxxy", true}, Case{"(x*)*y$", "xxxz", false}, Case{"^$", "", true},
        Case{"^$", "a", false}, Case{"a$b", "ab", false}, Case{"()a", "a", true}, Case{"\xc3\xa9", "caf\xc3\xa9", true},
        Case{"aa*a$", "aaab", false}));

TEST(UnitPatternSet, TheFirstOfTheListWins) {
  auto set = PatternSet::compile(std::vector<std::string>{"^/dev/sdb$", "sd", "^/dev/", "nothing"});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->first_match("/dev/sdb"), 0u);
  EXPECT_EQ(set->first_match("/dev/sdb1"), 1u);
  EXPECT_EQ(set->first_match("/dev/vda"), 2u);
  EXPECT_EQ(set->first_match("/tmp/vda"), std::nullopt);
  EXPECT_EQ(set->first_match("/dev/sdb"), 0u) << "states made before are used again";
}

TEST(UnitPatternSet, AnEmptySetMatchesNothing) {
  auto set = PatternSet::compile({});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->first_match("x"), std::nullopt);
}

TEST(UnitPatternSet, SaysWhatIsWrong) {
  for (const char* bad : {"(a", "a)", "[a", "*a", "a|+", "a\\", "[z-a]", "[", "(?"}) {
    auto set = PatternSet::compile(std::vector<std::string>{bad});
    ASSERT_FALSE(set) << bad;
    EXPECT_EQ(set.error().code(), Code::refused);
    EXPECT_NE(set.error().text().find(bad), std::string::npos);
  }
  EXPECT_FALSE(PatternSet::compile(std::vector{std::string(100000, '(')}));
}

// Backtracking matchers need exponential time here.
TEST(UnitPatternSet, NoBlowUpOnNestedRepeats) { EXPECT_FALSE(matches("^(a*)*(a*)*(a*)*b$", std::string(5000, 'a'))); }

}  // namespace
}  // namespace lvm::device
