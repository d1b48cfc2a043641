// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "model/testing.h"
#include "segment/kind.h"
#include "segment/parts.h"
#include "segment/raw.h"
#include "segment/rows.h"
#include "syntax/document.h"

namespace lvm::segment {
namespace {

using model::Segment;
using model::Striped;
using model::UnknownSegment;
using model::testing::id;
using model::testing::on_lv;
using model::testing::on_pv;
using model::testing::striped;

// pv0, pv1, ... and lv0, lv1, ... stand for ids 0, 1, ...
class TestNames final : public Names {
 public:
  TestNames() {
    for (unsigned i = 0; i < 10; ++i) {
      pv_names_.push_back("pv" + std::to_string(i));
      lv_names_.push_back("lv" + std::to_string(i));
    }
  }
  std::optional<PvId> pv_id(std::string_view name) const override { return find<PvId>(pv_names_, name); }
  std::optional<LvId> lv_id(std::string_view name) const override { return find<LvId>(lv_names_, name); }
  std::string_view pv_name(PvId wanted) const override { return name<PvId>(pv_names_, wanted); }
  std::string_view lv_name(LvId wanted) const override { return name<LvId>(lv_names_, wanted); }

 private:
  template <class AnyId>
  static std::optional<AnyId> find(const std::vector<std::string>& names, std::string_view wanted) {
    for (unsigned i = 0; i < names.size(); ++i)
      if (names[i] == wanted) return id<AnyId>(i);
    return std::nullopt;
  }
  template <class AnyId>
  static std::string_view name(const std::vector<std::string>& names, AnyId wanted) {
    for (unsigned i = 0; i < names.size(); ++i)
      if (id<AnyId>(i) == wanted) return names[i];
    return "?";
  }
  std::vector<std::string> pv_names_, lv_names_;
};

class TestDevices final : public Devices {
 public:
  explicit TestDevices(bool linear = true) : linear_(linear) {}
  Result<dm::DeviceRef> pv_device(PvId pv) const override {
    if (pv == id<PvId>(9)) return fail(Code::not_found, "gone");
    return dm::DeviceRef(dm::DeviceNumber{8, static_cast<std::uint32_t>(pv.plain().back() - '0')});
  }
  Sectors pe_start(PvId) const override { return Sectors(2048); }
  Result<dm::DeviceRef> lv_device(LvId lv, model::Role) const override {
    return dm::DeviceRef(dm::ByUuid{"LVM-" + std::string(lv.plain())});
  }
  Sectors extent_size() const override { return Sectors(8192); }
  bool use_linear_target() const override { return linear_; }
  const model::Vg& vg() const override { return vg_; }
  const model::Lv* find_lv(LvId lv) const override { return vg_.find_lv(lv); }
  std::vector<const model::Lv*> users(LvId, model::Role) const override { return {}; }
  bool absent(LvId lv) const override { return lv == absent_; }
  bool nosync() const override { return nosync_; }
  bool unmonitored() const override { return false; }
  std::uint32_t thin_pool_threshold(const model::Lv&) const override { return threshold_; }

  model::Vg vg_ = model::testing::vg(0);
  LvId absent_;
  bool nosync_ = false;
  std::uint32_t threshold_ = 100;

 private:
  bool linear_;
};

const model::Lv kNoLv;

Result<model::SegmentBody> read_body(const Kind& kind, const std::string& text) {
  auto document = syntax::Document::parse("segment1 {\n" + text + "}\n", "test");
  EXPECT_TRUE(document) << document.error().text();
  return kind.read(document->root().first_child(), TestNames());
}

std::string write_body(const model::SegmentBody& body) {
  syntax::Printer out(syntax::Layout::raw);
  out.open("s");
  kind_of(body).write(body, out, TestNames());
  std::string text = out.take();
  return text.substr(text.find('\n') + 1);
}

TEST(UnitKinds, EveryRowIsListedUnderItsName) {
  std::set<std::string_view> names;
  for (const Kind* kind : kinds()) {
    EXPECT_TRUE(names.insert(kind->name).second) << kind->name;
    auto words = kind->names.empty() ? std::span(&kind->name, 1) : kind->names;
    for (std::string_view word : words) EXPECT_EQ(find_kind(word), kind == &unknown_kind ? nullptr : kind) << word;
  }
  EXPECT_EQ(kinds().back(), &unknown_kind);
  EXPECT_EQ(find_kind("linear"), &striped_kind);
  EXPECT_EQ(find_kind("unknown"), nullptr) << "a text may have a type of that name: it is as unknown as others";
  EXPECT_EQ(find_kind("raid99"), nullptr);
  EXPECT_EQ(&kind_of(Striped{}), &striped_kind);
  EXPECT_EQ(&kind_of(model::ZeroSegment{}), &zero_kind);
}

TEST(UnitStriped, TextRoundTrips) {
  std::string linear = "stripe_count = 1\n\nstripes = [\n\"pv3\", 17\n]\n";
  auto one = read_body(striped_kind, linear);
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, model::SegmentBody(Striped{{on_pv(3, 17)}, Sectors(0)}));
  EXPECT_EQ(write_body(*one), linear);
  std::string two = "stripe_count = 2\nstripe_size = 32\n\nstripes = [\n\"pv0\", 0,\n\"lv1\", 5\n]\n";
  auto both = read_body(striped_kind, two);
  ASSERT_TRUE(both);
  EXPECT_EQ(*both, model::SegmentBody(Striped{{on_pv(0, 0), on_lv(1, 5)}, Sectors(32)}));
  EXPECT_EQ(write_body(*both), two);
}

TEST(UnitStriped, BrokenTextIsRefusedWithItsLine) {
  std::map<std::string, std::string> cases = {
      {"stripes = [\"pv0\", 0]\n", "has no stripe_count"},
      {"stripe_count = 1\n", "has no stripes"},
      {"stripe_count = 2\nstripes = [\"pv0\", 0]\n", "has stripe_count 2, but 1 stripes"},
      {"stripe_count = -1\nstripes = []\n", "outside 0 to 128"},
      {"stripe_count = 99999999999\nstripes = []\n", "outside 0 to 128"},
      {"stripe_count = \"1\"\nstripes = []\n", "is not a whole number"},
      {"stripe_count = 1\nstripes = [\"pv77\", 0]\n", "names \"pv77\""},
      {"stripe_count = 1\nstripes = [\"pv0\"]\n", "has no extent behind \"pv0\""},
      {"stripe_count = 1\nstripes = [\"pv0\", -1]\n", "has extent -1"},
      {"stripe_count = 1\nstripes = [\"pv0\", 4294967296]\n", "has extent 4294967296"},
      {"stripe_count = 1\nstripes = [0, \"pv0\"]\n", "does not alternate"},
      {"stripe_count = 1\nstripes = \"pv0\"\n", "is not a list"},
  };
  for (const auto& [text, wanted] : cases) {
    auto got = read_body(striped_kind, text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code(), Code::corrupt);
    EXPECT_NE(got.error().message().find(wanted), std::string::npos) << got.error().message();
    EXPECT_TRUE(got.error().message().starts_with("line ")) << got.error().message();
  }
}

TEST(UnitStriped, Tables) {
  auto linear = striped_kind.target(kNoLv, striped(0, 3, {on_pv(1, 2)}), Sectors(8192), TestDevices());
  ASSERT_TRUE(linear);
  EXPECT_EQ(*linear, (dm::Target{Sectors(8192), Sectors(3 * 8192),
                                 dm::LinearTarget{dm::DeviceNumber{8, 1}, Sectors(2048 + 2 * 8192)}}));
  auto stacked = striped_kind.target(kNoLv, striped(0, 3, {on_lv(1, 2)}), Sectors(0), TestDevices());
  ASSERT_TRUE(stacked);
  EXPECT_EQ(std::get<dm::LinearTarget>(stacked->body).offset.n, 2u * 8192);
  auto two = striped_kind.target(kNoLv, striped(0, 4, {on_pv(1, 0), on_pv(2, 1)}), Sectors(0), TestDevices());
  ASSERT_TRUE(two);
  const auto& stripes = std::get<dm::StripedTarget>(two->body);
  EXPECT_EQ(stripes.chunk.n, 128u);
  ASSERT_EQ(stripes.legs.size(), 2u);
  EXPECT_EQ(stripes.legs[1], (dm::LinearTarget{dm::DeviceNumber{8, 2}, Sectors(2048 + 8192)}));
}

TEST(UnitStriped, OneLegAsStripedTargetHasAChunkThatDividesIt) {
  auto target = striped_kind.target(kNoLv, striped(0, 3, {on_pv(1, 0)}), Sectors(0), TestDevices(false));
  ASSERT_TRUE(target);
  const auto& stripes = std::get<dm::StripedTarget>(target->body);
  EXPECT_EQ(stripes.legs.size(), 1u);
  EXPECT_EQ(stripes.chunk.n, 128u);
}

TEST(UnitStriped, AMissingDeviceIsPassedOn) {
  auto target = striped_kind.target(kNoLv, striped(0, 3, {on_pv(9, 0)}), Sectors(0), TestDevices());
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code(), Code::not_found);
}

TEST(UnitVirtual, ErrorAndZeroHaveNeitherKeysNorAreas) {
  Segment zero{Extents(1), Extents(2), {}, model::ZeroSegment{}, {}};
  Segment error{Extents(1), Extents(2), {}, model::ErrorSegment{}, {}};
  EXPECT_EQ(write_body(zero.body) + write_body(error.body), "");
  EXPECT_TRUE(areas(zero).empty());
  EXPECT_EQ(area_length(zero).n, 0u);
  EXPECT_EQ(type_name(zero), "zero");
  EXPECT_EQ(type_name(error), "error");
  EXPECT_TRUE(kind_of(zero.body).is_virtual);
  EXPECT_EQ(*zero_kind.target(kNoLv, zero, Sectors(8), TestDevices()),
            (dm::Target{Sectors(8), Sectors(16384), dm::ZeroTarget{}}));
  EXPECT_EQ(*error_kind.target(kNoLv, error, Sectors(0), TestDevices()),
            (dm::Target{Sectors(0), Sectors(16384), dm::ErrorTarget{}}));
}

constexpr std::string_view kRaid =
    "start_extent = 0\nextent_count = 4\n\ntype = \"raid1+NEW\"\ntags = [\"t\"]\ndevice_count = 2\nregion_size=4096\n\n"
    "raids = [\n\"x_rmeta_0\", \"x_rimage_0\",\n\"x_rmeta_1\", \"x_rimage_1\"\n]\nsettings {\nkey=1\n}\nlegs = "
    "[\"pv1\", 7, \"pv2\", 8]\n";

TEST(UnitUnknown, IsKeptWordForWord) {
  auto body = read_body(unknown_kind, std::string(kRaid));
  ASSERT_TRUE(body);
  const auto& unknown = std::get<UnknownSegment>(*body);
  EXPECT_EQ(unknown.type, "raid1+NEW");
  std::string kept(kRaid.substr(kRaid.find("device_count")));
  EXPECT_EQ(unknown.body, kept);
  EXPECT_EQ(write_body(*body), kept);
  EXPECT_EQ(unknown.areas, (std::vector<model::Area>{on_pv(1, 7), on_pv(2, 8)}));
}

TEST(UnitUnknown, FileLayoutComesBackAsTheSame) {
  auto body = read_body(unknown_kind, std::string(kRaid));
  ASSERT_TRUE(body);
  syntax::Printer out(syntax::Layout::file);
  out.open("vg");
  out.open("lv");
  out.open("segment1");
  kind_of(*body).write(*body, out, TestNames());
  out.close();
  out.close();
  out.close();
  auto document = syntax::Document::parse(out.take(), "file");
  ASSERT_TRUE(document);
  auto again = unknown_kind.read(document->root().find("vg/lv/segment1"), TestNames());
  ASSERT_TRUE(again);
  EXPECT_EQ(std::get<UnknownSegment>(*again).body, std::get<UnknownSegment>(*body).body);
}

TEST(UnitUnknown, IsNeverActivated) {
  Segment segment{Extents(0), Extents(4), {}, UnknownSegment{"warp", "", {}}, {}};
  auto target = unknown_kind.target(kNoLv, segment, Sectors(0), TestDevices());
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code(), Code::unsupported);
  EXPECT_EQ(type_name(segment), "warp");
  EXPECT_EQ(area_length(segment).n, 4u);
}

TEST(UnitUnknown, NamesAreFoundAsWholeWords) {
  UnknownSegment body{"raid1", "raids = [\"x_rmeta_0\", \"x_rimage_0\"]\npool=p.1\n", {}};
  EXPECT_TRUE(references_name(body, "x_rimage_0"));
  EXPECT_TRUE(references_name(body, "p.1"));
  EXPECT_FALSE(references_name(body, "x_rimage"));
  EXPECT_FALSE(references_name(body, "rimage_0"));
  EXPECT_FALSE(references_name(body, "p"));
  EXPECT_FALSE(references_name(body, ""));
  EXPECT_FALSE(references_name(Striped{{on_lv(1, 0)}, {}}, "lv1")) << "known kinds refer by id";
}

std::string raw(const std::string& text) {
  auto document = syntax::Document::parse(text, "test");
  EXPECT_TRUE(document) << document.error().text();
  std::string out;
  RawKeeper keeper(out);
  for (syntax::Node child : document->root().children()) keeper.keep(child);
  return out;
}

TEST(UnitRaw, IndentationAndCommentsGo) {
  EXPECT_EQ(raw("\ta = 1\t# one\n\n\tb {\n\n\t\tc=\"x\"\n\t}\n"), "a = 1\n\nb {\n\nc=\"x\"\n}\n");
  EXPECT_EQ(raw("a = [\n\t\"x\", 1,\n\t\"y\", 2\n\t]\n"), "a = [\n\"x\", 1,\n\"y\", 2\n]\n");
}

TEST(UnitRaw, UnusualFormsKeepTheirValues) {
  for (const std::string text :
       {"a = [ 1, # one\n 2 ]\n", "a = [\n1\n# \"]\"\n]\n", "a = [\"x\ny\"\n]\n", "\"a b\" {\nc=1\n}\n", "a =\n5\n",
        "a { b = [\n] }\n", "a { } b { }\n", "a/ab = 1\n", "a/b {\nc/d = [\n1\n]\n}\n"}) {
    std::string once = raw(text);
    auto first = syntax::Document::parse(text, "first");
    auto second = syntax::Document::parse(once, "second");
    ASSERT_TRUE(second) << once;
    EXPECT_EQ(syntax::to_raw(first->root()), syntax::to_raw(second->root())) << text;
    EXPECT_EQ(raw(once), once) << text;
  }
}

// What LVM2 2.03.16 wrote behind these sizes.
TEST(UnitSizeComment, IsThatOfLvm) {
  std::map<std::uint64_t, std::string> cases = {{1, "0.5 Kilobytes"},
                                                {2047, "1023.5 Kilobytes"},
                                                {2048, "1024 Kilobytes"},
                                                {2049, "1.00049 Megabytes"},
                                                {3000, "1.46484 Megabytes"},
                                                {2097152, "1024 Megabytes"},
                                                {2097153, "1 Gigabytes"},
                                                {2147483648, "1024 Gigabytes"},
                                                {2147483649, "1 Terabytes"},
                                                {20480000, "9.76562 Gigabytes"},
                                                {20480001, "9.76563 Gigabytes"},
                                                {123456789, "58.8688 Gigabytes"},
                                                {2147483646ull * 2048, "2 Petabytes"}};
  for (const auto& [sectors, text] : cases) EXPECT_EQ(size_comment(Sectors(sectors)), text);
}

}  // namespace
}  // namespace lvm::segment
