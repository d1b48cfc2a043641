// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/select.h"

#include <gtest/gtest.h>

#include "report/small_world.h"

namespace lvm::report {
namespace {

using test::make_vg;
using test::make_world;

class UnitReportSelect : public ::testing::Test {
 protected:
  // Names of the LVs that pass, hidden ones included, joined by blanks.
  std::string pass(const std::string& selection) {
    auto text = test::report(world_, Kind::lv, "lv_name", selection, test::plain_settings(), true);
    EXPECT_TRUE(text) << selection << ": " << (text ? "" : text.error().message());
    if (!text) return "error";
    std::string names;
    for (const char c : *text) {
      if (c == '\n' && !names.empty() && names.back() != ' ') names += ' ';
      if (c != '\n' && c != ' ') names += c;
    }
    if (!names.empty()) names.pop_back();
    return names;
  }
  std::string error(const std::string& selection) {
    auto text = test::report(world_, Kind::lv, "lv_name", selection);
    return text ? "passed" : text.error().message();
  }

  world::World world_ = make_world();
};

std::string at(std::string_view message, std::string_view rest) {
  return fmt::format("{}\nSelection syntax error at '{}'.\nUse 'help' for selection to get more help.", message, rest);
}

TEST_F(UnitReportSelect, EverythingByDefault) {
  EXPECT_EQ(pass(""), "home root [swap]");
  EXPECT_EQ(pass("all"), "home root [swap]");
}

TEST_F(UnitReportSelect, StringsQuotedAndBare) {
  for (const char* text : {"lv_name=root", "name = root", "name=\"root\"", "name='root'", "LvNaMe=root", "(name=root)",
                           "((name=root))", "lv_full_name=vg/root", "lv_path=/dev/vg/root"})
    EXPECT_EQ(pass(text), "root") << text;
  EXPECT_EQ(pass("name!=root"), "home [swap]");
  EXPECT_EQ(pass("name==root"), "");
  EXPECT_EQ(pass("name=swap"), "[swap]");
  EXPECT_EQ(pass("name="), "");
}

TEST_F(UnitReportSelect, OperatorsBindAsInC) {
  EXPECT_EQ(pass("name=root || name=home && size=1"), "root");
  EXPECT_EQ(pass("(name=root || name=home) && size=40"), "home");
  EXPECT_EQ(pass("name=root # name=home"), "home root");
  EXPECT_EQ(pass("name=home,size=40m"), "home");
  EXPECT_EQ(pass("!(name=home)"), "root [swap]");
  EXPECT_EQ(pass("!(name=home || name=root)"), "[swap]");
  // The reference loses the inner negation.
  EXPECT_EQ(pass("!(!(name=home))"), "home");
}

TEST_F(UnitReportSelect, Sizes) {
  for (const char* text : {"size=40", "size=40m", "size=40.00m", "size=0.0390625g", "size=40960k", "size=81920s",
                           "size=41943040b", "size>20", "size>=40m", "size>20m&&size<=40m"})
    EXPECT_EQ(pass(text), "home") << text;
  EXPECT_EQ(pass("size=40M"), "");
  EXPECT_EQ(pass("size!=40"), "root [swap]");
  EXPECT_EQ(pass("size<20"), "[swap]");
}

TEST_F(UnitReportSelect, NumbersThatAreNotKnown) {
  for (const char* value : {"-1", "unknown", "undefined", "undef"})
    EXPECT_EQ(pass(std::string("lv_minor=") + value), "home root [swap]") << value;
  EXPECT_EQ(pass("lv_minor!=-1"), "");
  EXPECT_EQ(pass("lv_minor<5"), "");
  EXPECT_EQ(pass("lv_minor>=0"), "");
  EXPECT_EQ(pass("raid_mismatch_count=unknown"), "home root [swap]");
  EXPECT_EQ(pass("seg_count=1.9"), "home root [swap]");
}

TEST_F(UnitReportSelect, FlagsByWord) {
  model::Vg vg = make_vg();
  vg.lvs[1].flags.set(model::LvFlag::activation_skip);
  world_ = make_world(vg);
  for (const char* value : {"yes", "1", "skip", "\"skip activation\""})
    EXPECT_EQ(pass(std::string("lv_skip_activation=") + value), "root") << value;
  EXPECT_EQ(pass("lv_skip_activation=no"), "home [swap]");
  EXPECT_EQ(pass("lv_skip_activation!=yes"), "home [swap]");
  EXPECT_EQ(pass("lv_skip_activation=unknown"), "");
  EXPECT_EQ(pass("lv_suspended!=1"), "home root [swap]");
  EXPECT_EQ(pass("vg_permissions=rw"), "home root [swap]");
}

TEST_F(UnitReportSelect, Lists) {
  EXPECT_EQ(pass("tags=web"), "home");
  EXPECT_EQ(pass("tags={web}"), "home");
  EXPECT_EQ(pass("tags=[web]"), "");
  EXPECT_EQ(pass("tags=[web,db]"), "home");
  EXPECT_EQ(pass("tags = [ \"db\" && 'web' ]"), "home");
  EXPECT_EQ(pass("tags={web && other}"), "");
  EXPECT_EQ(pass("tags={web || other}"), "home");
  EXPECT_EQ(pass("tags={web#other}"), "home");
  EXPECT_EQ(pass("tags=[web || db || other]"), "home");
  EXPECT_EQ(pass("tags=[web || other]"), "");
  for (const char* none : {"tags=\"\"", "tags={}", "tags=[]"}) EXPECT_EQ(pass(none), "root [swap]") << none;
  EXPECT_EQ(pass("tags!=\"\""), "home");
  EXPECT_EQ(pass("tags!=web"), "root [swap]");
  EXPECT_EQ(pass("tags={a|b}"), "");
}

TEST_F(UnitReportSelect, ListsByExpression) {
  EXPECT_EQ(pass("tags=~^w"), "home");
  EXPECT_EQ(pass("tags!~^w"), "root [swap]");
  EXPECT_EQ(pass("tags=~{\"^w\" || \"^x\"}"), "home");
  EXPECT_EQ(pass("tags=~[\"^w\" && \"^d\"]"), "home");
  EXPECT_EQ(pass("tags=~[\"^w\"]"), "");
}

TEST_F(UnitReportSelect, TagsHoldMostCharacters) {
  model::Vg vg = make_vg();
  vg.lvs[1].tags = {"a!b", "a&b", "k=v", "c-d", "x.y", "p/q", "m:n"};
  world_ = make_world(vg);
  for (const char* text : {"tags=a!b", "tags=a&b", "tags=k=v", "tags={k=v},name=root", "tags=p/q,name=root",
                           "tags={a&b,c-d}", "lv_tags={k=v} && lv_name=root"})
    EXPECT_EQ(pass(text), "root") << text;
}

TEST_F(UnitReportSelect, RegularExpressions) {
  EXPECT_EQ(pass("name=~o"), "home root");
  EXPECT_EQ(pass("name=~^ro"), "root");
  EXPECT_EQ(pass("name!~o"), "[swap]");
  EXPECT_EQ(pass("name=~root|home"), "home root");
  EXPECT_EQ(pass("name=~^(root|home)$"), "home root");
  EXPECT_EQ(pass("(name=~^ro)"), "root");
  EXPECT_EQ(pass("name =~ '^(x|ro.+)t$'"), "root");
  EXPECT_EQ(pass("name=~(oot)"), "root");
  EXPECT_EQ(pass("vg_name = \"vg\" && lv_name =~ '^h'"), "home");
}

TEST_F(UnitReportSelect, Times) {
  EXPECT_EQ(pass("time=2016-09"), "home root [swap]");
  EXPECT_EQ(pass("time since 2016"), "home root [swap]");
  EXPECT_EQ(pass("time after 2016"), "");
  EXPECT_EQ(pass("time until 2016"), "home root [swap]");
  EXPECT_EQ(pass("time before 2016"), "");
  EXPECT_EQ(pass("time before \"2017-01-01\" && time > @1473433063"), "home root [swap]");
  EXPECT_EQ(pass("lv_time_removed=@0"), "home root [swap]");
}

// The texts are those of the reference.
TEST_F(UnitReportSelect, ErrorsSayWhere) {
  EXPECT_EQ(error("foo=1"), at("Unrecognised selection field: foo", "foo=1"));
  EXPECT_EQ(error("lv_name"), at("Unrecognised comparison operator: ", "lv_name"));
  EXPECT_EQ(error("name=a &&"), at("Expecting field name", ""));
  EXPECT_EQ(error("name=a name=b"), at("Expecting logical operator", "name=b"));
  EXPECT_EQ(error("name=a)"), at("Expecting logical operator", ")"));
  EXPECT_EQ(error("size=40mb"), at("Expecting logical operator", "b"));
  EXPECT_EQ(error("size=x"), at("Failed to parse numeric value for selection field lv_size.", "size=x"));
  EXPECT_EQ(error("size=-1"), at("Failed to parse numeric value for selection field lv_size.", "size=-1"));
  EXPECT_EQ(error("seg_count=2m"),
            at("Found size unit specifier but numeric value expected for selection field seg_count.", "seg_count=2m"));
  EXPECT_EQ(error("name>a"),
            at("Operator can be used only with number, size, time or percent fields: name>a", "name>a"));
  EXPECT_EQ(error("size=~4"), "dm_report: incompatible comparison type for selection field lv_size");
  EXPECT_EQ(error("(name=a"), "Syntax error: right parenthesis expected at ''");
  EXPECT_EQ(error("!name=a"), "Syntax error: left parenthesis expected at 'name=a'");
  EXPECT_EQ(error("name=\"a"),
            at("Missing end quote.\nFailed to parse string value for selection field lv_name.", "name=\"a"));
  EXPECT_EQ(error("tags={a,b||c}"), at("Only one type of logical operator allowed in selection list at a time.\n"
                                       "Failed to parse string list value for selection field lv_tags.",
                                       "tags={a,b||c}"));
  EXPECT_EQ(error("tags={a b}"), at("Invalid operator in selection list.\n"
                                    "Failed to parse string list value for selection field lv_tags.",
                                    "tags={a b}"));
  EXPECT_EQ(error("time=2026-13"), at("Specified month out of range.\n"
                                      "Failed to parse time value for selection field lv_time.",
                                      "time=2026-13"));
  EXPECT_EQ(error("lv_minor=99999999999999999999"),
            "Field selection value 99999999999999999999 out of supported range for field lv_minor.");
  EXPECT_EQ(error("help=1"), at("Selection field is uncomparable: help.", "help=1"));
  EXPECT_NE(error("name=~\"(\"").find("failed to create regex matcher for selection field lv_name"), std::string::npos);
}

TEST_F(UnitReportSelect, DeepNestingIsRefused) {
  EXPECT_NE(error(std::string(5000, '(') + "name=a" + std::string(5000, ')')), "passed");
  EXPECT_EQ(pass(std::string(90, '(') + "name=root" + std::string(90, ')')), "root");
}

TEST_F(UnitReportSelect, SelectedIsAColumn) {
  auto text = test::report(world_, Kind::lv, "selected,lv_name", "name=root", test::plain_settings());
  EXPECT_EQ(*text, "  0|home\n  1|root\n");
}

}  // namespace
}  // namespace lvm::report
