// SPDX-License-Identifier: LGPL-2.1-or-later
#include "syntax/document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lvm::syntax {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Document parse(std::string text) {
  auto document = Document::parse(std::move(text), "test.conf");
  EXPECT_TRUE(document) << document.error().text();
  if (!document) return *Document::parse("", "failed");
  return std::move(*document);
}

std::string error_of(std::string text) {
  auto document = Document::parse(std::move(text), "test.conf");
  if (document) return "no error";
  EXPECT_EQ(document.error().code(), Code::corrupt);
  return document.error().text();
}

std::vector<std::string> names(Node section) {
  std::vector<std::string> out;
  for (Node child : section.children()) out.emplace_back(child.name());
  return out;
}

TEST(UnitDocument, EveryKindOfValue) {
  Document document = parse(
      "s { text = \"a b\"\n raw = 'it\\n'\n whole = -12\n plus = +5\n part = 1.5\n half = .5\n bare = @tag/x.y-z\n"
      "list = [ \"a\", 2, 3.5, word ]\n none = [] }");
  Node s = document.root().find("s");
  EXPECT_EQ(s.find("text").string(), "a b");
  EXPECT_EQ(s.find("raw").string(), "it\\n");
  EXPECT_EQ(s.find("whole").integer(), -12);
  EXPECT_EQ(s.find("plus").integer(), 5);
  EXPECT_EQ(s.find("part").real(), 1.5);
  EXPECT_EQ(s.find("half").real(), 0.5);
  EXPECT_EQ(s.find("bare").kind(), Kind::word);
  EXPECT_EQ(s.find("bare").string(), "@tag/x.y-z");
  Node list = s.find("list");
  ASSERT_EQ(list.child_count(), 4u);
  Node at = list.first_child();
  EXPECT_EQ(at.string(), "a");
  EXPECT_EQ((at = at.next()).integer(), 2);
  EXPECT_EQ((at = at.next()).real(), 3.5);
  EXPECT_EQ((at = at.next()).string(), "word");
  EXPECT_FALSE(at.next().exists());
  EXPECT_EQ(s.find("none").kind(), Kind::array);
  EXPECT_EQ(s.find("none").child_count(), 0u);
  EXPECT_FALSE(s.find("none").first_child().exists());
}

TEST(UnitDocument, ValuesOfAnotherKindAreAbsent) {
  Document document = parse("a = 1\nb = \"1\"\nc = 1.0");
  EXPECT_FALSE(document.root().find("a").string());
  EXPECT_FALSE(document.root().find("a").real());
  EXPECT_FALSE(document.root().find("b").integer());
  EXPECT_FALSE(document.root().find("c").integer());
  EXPECT_FALSE(Node().integer());
  EXPECT_FALSE(Node().string());
  EXPECT_FALSE(Node().find("a").exists());
  EXPECT_EQ(Node().line(), 0u);
}

TEST(UnitDocument, IntegersAreReadAsStrtollDoes) {
  Document document =
      parse("a = 017 b = 0 c = 9223372036854775807 d = -9223372036854775808 e = 999999999999999999 f = 000");
  EXPECT_EQ(document.root().find("a").integer(), 15);
  EXPECT_EQ(document.root().find("b").integer(), 0);
  EXPECT_EQ(document.root().find("c").integer(), INT64_MAX);
  EXPECT_EQ(document.root().find("d").integer(), INT64_MIN);
  EXPECT_EQ(document.root().find("e").integer(), 999999999999999999);
  EXPECT_EQ(document.root().find("f").integer(), 0);
}

TEST(UnitDocument, NumbersAsKeysAreNames) {
  Document document = parse("1a = 3 -x = 4 .5 { 6 = 7 }");
  EXPECT_EQ(document.root().find("1a").integer(), 3);
  EXPECT_EQ(document.root().find("-x").integer(), 4);
  EXPECT_EQ(document.root().find(".5/6").integer(), 7);
}

TEST(UnitDocument, BackslashProtectsQuotesAndItselfOnly) {
  Document document = parse(R"(a = "q\"u\\o\n" b = 'x\' c = "x\\" d = "")");
  EXPECT_EQ(document.root().find("a").string(), "q\"u\\o\\n");
  EXPECT_EQ(document.root().find("b").string(), "x\\");
  EXPECT_EQ(document.root().find("c").string(), "x\\");
  EXPECT_EQ(document.root().find("d").string(), "");
}

TEST(UnitDocument, LongNamesAndStringsCrossTheScanBlocks) {
  for (std::size_t length : {1, 15, 16, 17, 31, 32, 33, 100}) {
    std::string name(length, 'n'), value(length, 'v'), caf("caf\xc3\xa9|~\x01" + std::string(length, 'y'));
    Document document = parse(name + " {" + caf + "=\"" + value + "\"}");
    EXPECT_EQ(document.root().find(name).find(caf).string(), value) << length;
  }
}

TEST(UnitDocument, WhiteSpaceAndCommentsAreInsignificant) {
  Document document = parse("# first\n\ns\t# about s\n{\v a # key\n=# equals\n1#one\n\f b\r=2}# last");
  EXPECT_EQ(document.root().find("s/a").integer(), 1);
  EXPECT_EQ(document.root().find("s/b").integer(), 2);
}

TEST(UnitDocument, OneLineFragments) {
  Document document =
      parse("devices{dir=\"/dev\" filter=[\"a|x|\" \"r|.*|\"]}global/umask=077 log { level=7 file=abc }");
  EXPECT_EQ(document.root().find("devices/dir").string(), "/dev");
  EXPECT_EQ(document.root().find("devices/filter").child_count(), 2u);
  EXPECT_EQ(document.root().find("global/umask").integer(), 63);
  EXPECT_EQ(document.root().find("log/file").string(), "abc");
  EXPECT_THAT(names(document.root()), ElementsAre("devices", "global", "log"));
}

TEST(UnitDocument, BareWordsEndAtPunctuationOfArrays) {
  Document document = parse("a=[foo, bar] b=foo,bar]baz c=abc#d\n");
  EXPECT_EQ(document.root().find("a").child_count(), 2u);
  EXPECT_EQ(document.root().find("b").string(), "foo,bar]baz");
  EXPECT_EQ(document.root().find("c").string(), "abc");
}

TEST(UnitDocument, SlashInANameAddressesSubSections) {
  Document document = parse("a/b/c=1 a/b/d=2 /a//e=3 \"a/f\"=4 a/g{h=5 i=6} j=7");
  EXPECT_EQ(document.root().find("a/b/c").integer(), 1);
  EXPECT_EQ(document.root().find("a/b/d").integer(), 2);
  EXPECT_EQ(document.root().find("a/e").integer(), 3);
  EXPECT_EQ(document.root().find("a/f").integer(), 4);
  EXPECT_EQ(document.root().find("a/g/i").integer(), 6);
  EXPECT_EQ(document.root().find("/a//g/h").integer(), 5);
  EXPECT_THAT(names(document.root()), ElementsAre("a", "j"));
  EXPECT_THAT(names(document.root().find("a")), ElementsAre("b", "e", "f", "g"));
}

TEST(UnitDocument, RepeatedSectionsMerge) {
  Document document = parse("x { a=1 } y { c=3 } x { b=2 } x/d=4");
  EXPECT_THAT(names(document.root()), ElementsAre("x", "y"));
  EXPECT_THAT(names(document.root().find("x")), ElementsAre("a", "b", "d"));
  EXPECT_THAT(document.warnings(), IsEmpty());
}

TEST(UnitDocument, KeyAssignedTwiceWarnsAndTheLaterWins) {
  Document document = parse("x {\n a=1\n b=2\n a=3\n}\nx { b = [4] }");
  EXPECT_EQ(document.root().find("x/a").integer(), 3);
  EXPECT_EQ(document.root().find("x/b").child_count(), 1u);
  EXPECT_EQ(document.root().find("x/b").first_child().integer(), 4);
  EXPECT_THAT(names(document.root().find("x")), ElementsAre("a", "b"));
  EXPECT_EQ(document.root().find("x").child_count(), 2u);
  EXPECT_THAT(document.warnings(), ElementsAre("test.conf:4: key a is assigned twice, the later value counts",
                                               "test.conf:6: key b is assigned twice, the later value counts"));
}

TEST(UnitDocument, AtTheTopKeysMayRepeatToo) {
  Document document = parse("a=1 b=2 a=3");
  EXPECT_EQ(document.root().find("a").integer(), 3);
  EXPECT_EQ(document.warnings().size(), 1u);
}

TEST(UnitDocument, ValueWinsOverSectionOfItsName) {
  EXPECT_EQ(parse("x{a=1 a{c=1}}").root().find("x/a").integer(), 1);
  EXPECT_EQ(parse("x{a{c=1} a=1}").root().find("x/a").integer(), 1);
  EXPECT_THAT(names(parse("x{a{c=1} b=2 a=1}").root().find("x")), ElementsAre("b", "a"));
}

TEST(UnitDocument, ManyEqualNamesStayCheap) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "s/k" + std::to_string(i % 7000) + "=" + std::to_string(i) + "\n";
  Document document = parse(text);
  EXPECT_EQ(document.root().find("s").child_count(), 7000u);
  EXPECT_EQ(document.root().find("s/k5999").integer(), 19999);
  EXPECT_EQ(document.warnings().size(), 32u);
}

TEST(UnitDocument, ManySectionsAreFoundAgain) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "s" + std::to_string(i) + "{a=" + std::to_string(i) + "}";
  text += "s77 { b = 1 }";
  Document document = parse(text);
  EXPECT_EQ(document.root().child_count(), 5000u);
  EXPECT_EQ(document.root().find("s77/a").integer(), 77);
  EXPECT_EQ(document.root().find("s77/b").integer(), 1);
}

// What each node says, with its children: two texts that mean the same give the same.
std::string shape(Node node) {
  std::string out(node.name());
  if (auto number = node.integer()) out += fmt::format("={}", *number);
  if (auto real = node.real()) out += fmt::format("={}r", *real);
  if (auto text = node.string()) out += fmt::format("={}'{}'", node.kind() == Kind::word ? "w" : "", *text);
  if (node.kind() != Kind::section && node.kind() != Kind::array) return out;
  std::string children;
  for (Node child : node.children()) children += (children.empty() ? "" : " ") + shape(child);
  return node.kind() == Kind::array ? fmt::format("{}[{}]", out, children) : fmt::format("{}{{{}}}", out, children);
}

TEST(UnitDocument, ValuesThatComeAgainAreReadAsTheFirstTime) {
  const std::string body =
      "id = \"x\"\nstatus = [\"READ\", 2, -3.5, w, \"a\\\"b\"]\nn = 12 # so many\nnone = []\nbare = @t/x\n"
      "esc = \"q\\\"\"\n'odd name' = 3\np/q = 1\ns1 { a = 1\n b = [2, 3] }\ns2 { a = 1\n b = [2, 3] }\n";
  std::string once = shape(parse(body).root());
  once = once.substr(1, once.size() - 2);
  Document document = parse("a {" + body + "} b {" + body + "} c { first = 1\n" + body + "} d {" + body + "last = 1 }");
  EXPECT_EQ(shape(document.root()), fmt::format("{{a{{{0}}} b{{{0}}} c{{first=1 {0}}} d{{{0} last=1}}}}", once));
  EXPECT_EQ(document.root().find("b/status").source(), "status = [\"READ\", 2, -3.5, w, \"a\\\"b\"]");
  EXPECT_EQ(document.root().find("b/s2/b").source(), "b = [2, 3]");
}

TEST(UnitDocument, ValuesThatOnlyBeginAlikeAreReadAnew) {
  EXPECT_EQ(shape(parse("a { n = 1\n w = ab\n s = \"x\"\n l = [1] }\n"
                        "b { n = 12\n w = abc\n s = \"xy\"\n l = [1, 2] }")
                      .root()
                      .find("b")),
            "b{n=12 w=w'abc' s='xy' l[=1 =2]}");
  // The path's last part begins like the whole path of another section.
  EXPECT_EQ(shape(parse("x { a/b = 1 }\ny { a { a/b = 1 } }").root().find("y")), "y{a{a{b=1}}}");
  // The text ends, or is cut, in what came before.
  EXPECT_EQ(shape(parse("a { n = 1\n}\nb { n = 1}").root()), "{a{n=1} b{n=1}}");
  EXPECT_THAT(error_of("a { t = \"long enough for two blocks\"\n}\nb { t = \"long enough"), HasSubstr("test.conf:3"));
  EXPECT_THAT(error_of("a { n = 1\n m = 2\n}\nb { n = 1\n m = 2\n"), HasSubstr("inside section \"b\""));
}

TEST(UnitDocument, SectionsOpenedAgainAreNoPattern) {
  EXPECT_EQ(shape(parse("x { a { n = 1\n} b { }\na { m = 2\n} }\ny { a { n = 1\n} b { }\na { m = 2\n} }").root()),
            "{x{a{n=1 m=2} b{}} y{a{n=1 m=2} b{}}}");
  EXPECT_EQ(shape(parse("x { a { b { n = 1\n} }\na/b { m = 2\n} }\ny { a { b { n = 1\n} }\na/b { m = 2\n} }").root()),
            "{x{a{b{n=1 m=2}}} y{a{b{n=1 m=2}}}}");
}

TEST(UnitDocument, KeysAssignedTwiceInSectionsThatComeAgain) {
  Document document = parse("a { n = 1\nn = 2\n}\nb { n = 1\nn = 2\n}\na { n = 1\nm = 3 }");
  EXPECT_EQ(shape(document.root()), "{a{n=1 m=3} b{n=2}}");
  EXPECT_EQ(document.warnings().size(), 3u);
}

TEST(UnitDocument, NulEndsTheText) {
  Document document = parse(std::string("a = 1\0b = }}}", 13));
  EXPECT_EQ(document.root().find("a").integer(), 1);
  EXPECT_FALSE(document.root().find("b").exists());
}

TEST(UnitDocument, LinesAndSources) {
  Document document = parse("\na = 1\nsec {\n  b = [ 1,\n 2 ]  # c\n}\n");
  EXPECT_EQ(document.root().find("a").line(), 2u);
  EXPECT_EQ(document.root().find("sec").line(), 3u);
  EXPECT_EQ(document.root().find("sec/b").line(), 4u);
  EXPECT_EQ(document.root().find("sec/b").source(), "b = [ 1,\n 2 ]");
  EXPECT_EQ(document.root().find("sec").source(), "sec {\n  b = [ 1,\n 2 ]  # c\n}");
  EXPECT_EQ(document.root().find("sec/b").first_child().next().source(), "2");
}

TEST(UnitDocument, MovingKeepsShortAndLongTexts) {
  Document document = parse("a=\"x\\\"\"");
  Document other = std::move(document);
  EXPECT_EQ(other.root().find("a").string(), "x\"");
}

TEST(UnitDocument, ErrorsNameSourceLineAndWhatWasExpected) {
  EXPECT_EQ(error_of("a = 1\nb 2\n"), "test.conf:2: name \"b\" stands alone, expected = or { after it");
  EXPECT_EQ(error_of("s {\n a = 1\n"), "test.conf:3: the text ends inside section \"s\", expected }");
  EXPECT_EQ(error_of("a=1}"), "test.conf:1: found } outside any section, expected a name");
  EXPECT_EQ(error_of("a=}"), "test.conf:1: found }, expected a value");
  EXPECT_EQ(error_of("a="), "test.conf:1: the text ends, expected a value");
  EXPECT_EQ(error_of("{=1}"), "test.conf:1: found {, expected a name or }");
  EXPECT_EQ(error_of("\"\"=1"), "test.conf:1: found an empty name, expected a name or }");
}

TEST(UnitDocument, BadInput) {
  EXPECT_THAT(error_of("a=\"abc"), HasSubstr("unterminated string"));
  EXPECT_THAT(error_of("a=\"abc\\"), HasSubstr("unterminated string"));
  EXPECT_THAT(error_of("a=\"abc\\\""), HasSubstr("unterminated string"));
  EXPECT_THAT(error_of("a='abc"), HasSubstr("unterminated string"));
  EXPECT_THAT(error_of("\"abc"), HasSubstr("unterminated quoted name"));
  EXPECT_THAT(error_of("a=[1"), HasSubstr("expected a value"));
  EXPECT_THAT(error_of("a=[1,,2]"), HasSubstr("found ,"));
  EXPECT_THAT(error_of("a=[[1]]"), HasSubstr("found ["));
  EXPECT_THAT(error_of("a=[1 }"), HasSubstr("found }"));
  EXPECT_THAT(error_of("a=12abc"), HasSubstr("\"abc\" stands alone"));
  EXPECT_THAT(error_of("a=1.2.3"), HasSubstr("stands alone"));
  EXPECT_THAT(error_of("a=9223372036854775808"), HasSubstr("does not fit into 64 bits"));
  EXPECT_THAT(error_of("a=-9223372036854775809"), HasSubstr("does not fit into 64 bits"));
  EXPECT_THAT(error_of("a=089"), HasSubstr("not a number"));
  EXPECT_THAT(error_of("a=-"), HasSubstr("not a number"));
  EXPECT_THAT(error_of("a=."), HasSubstr("not a number"));
  EXPECT_THAT(error_of("a/=1"), HasSubstr("ends with /"));
  EXPECT_THAT(error_of("a/\"b=1"), HasSubstr("found \" after a /"));
  EXPECT_THAT(error_of("a{b"), HasSubstr("stands alone"));
}

TEST(UnitDocument, NestingIsLimited) {
  std::string deep, path;
  for (int i = 0; i < 63; ++i) deep += "a{";
  EXPECT_TRUE(Document::parse(deep + "b=1" + std::string(63, '}'), "t"));
  EXPECT_THAT(error_of(deep + "a{b=1" + std::string(64, '}')), HasSubstr("nest deeper than 63"));
  for (int i = 0; i < 200; ++i) path += "a/";
  EXPECT_THAT(error_of(path + "b=1"), HasSubstr("nest deeper than 63"));
}

}  // namespace
}  // namespace lvm::syntax
