// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "report/kinds.h"

namespace lvm::report {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names(const Columns& columns) {
  std::vector<std::string> out;
  for (const Field* field : columns.shown) out.emplace_back(field->name);
  return out;
}

Result<Columns> parse(Kind kind, std::vector<std::string> options, std::vector<std::string> sorts = {}) {
  return parse_columns(kind, "lv_name,vg_name,lv_size", options, "vg_name,lv_name", sorts);
}

TEST(UnitReportColumns, FieldTablesAreSound) {
  std::set<std::string_view> seen;
  std::size_t count = 0;
  for (const auto section : field_sections()) {
    ASSERT_FALSE(section.empty());
    for (const Field& field : section) {
      EXPECT_TRUE(seen.insert(field.name).second) << field.name;
      EXPECT_EQ(field.group, section.front().group) << field.name;
      EXPECT_NE(field.get, nullptr) << field.name;
      EXPECT_FALSE(field.heading.empty()) << field.name;
      EXPECT_TRUE(field.description.ends_with('.')) << field.name;
      EXPECT_EQ(field.type == Type::flag && field.words.empty(), false) << field.name;
      ++count;
    }
  }
  EXPECT_GT(count, 220u);
}

TEST(UnitReportColumns, KindsNameFieldsThatExist) {
  for (const KindReport* kind : kKindReports)
    for (const auto& own : kind->fields) EXPECT_NE(find_field(Kind::lv, own.field), nullptr) << own.field;
}

TEST(UnitReportColumns, NamesMatchWithoutCaseUnderscoresAndPrefix) {
  const Field* size = find_field(Kind::lv, "lv_size");
  ASSERT_NE(size, nullptr);
  for (const char* name : {"LV_SIZE", "lvsize", "Size", "l_v_s_i_z_e", "size"})
    EXPECT_EQ(find_field(Kind::lv, name), size) << name;
  EXPECT_EQ(find_field(Kind::pv, "PESTART")->name, "pe_start");
  EXPECT_EQ(find_field(Kind::pv, "size")->name, "pv_size");
  EXPECT_EQ(find_field(Kind::segment, "start")->name, "seg_start");
  EXPECT_EQ(find_field(Kind::pv_segment, "size")->name, "pvseg_size");
  EXPECT_EQ(find_field(Kind::vg, "lvname")->name, "lv_name");
}

TEST(UnitReportColumns, AnotherReportsPrefixMustStand) {
  EXPECT_EQ(find_field(Kind::lv, "extent_size"), nullptr);
  EXPECT_EQ(find_field(Kind::lv, "fmt"), nullptr);
  EXPECT_EQ(find_field(Kind::lv, "lv_"), nullptr);
  EXPECT_EQ(find_field(Kind::lv, ""), nullptr);
  EXPECT_EQ(find_field(Kind::log, "lv_name"), nullptr);
  EXPECT_EQ(find_field(Kind::lv, "log_type"), nullptr);
}

TEST(UnitReportColumns, OptionsAreAppliedInOrder) {
  EXPECT_THAT(names(*parse(Kind::lv, {"name", "+tags", "-lvname", "+vg_name"})), ElementsAre("lv_tags", "vg_name"));
  EXPECT_THAT(names(*parse(Kind::lv, {"name", "size"})), ElementsAre("lv_size"));
  EXPECT_THAT(names(*parse(Kind::lv, {"+name"})), ElementsAre("lv_name", "vg_name", "lv_size", "lv_name"));
  EXPECT_THAT(names(*parse(Kind::lv, {"-lv_size,vg_name"})), ElementsAre("lv_name"));
  EXPECT_THAT(names(*parse(Kind::lv, {"-nothing"})), ElementsAre("lv_name", "vg_name", "lv_size"));
  EXPECT_THAT(names(*parse(Kind::lv, {","})), ElementsAre());
  EXPECT_THAT(names(*parse(Kind::lv, {"name,,size,"})), ElementsAre("lv_name", "lv_size"));
}

TEST(UnitReportColumns, GroupsByName) {
  EXPECT_EQ(parse(Kind::vg, {"vg_all"})->shown.size(), 35u);
  EXPECT_EQ(parse(Kind::pv, {"pv_all"})->shown.front()->name, "pv_fmt");
  EXPECT_EQ(parse(Kind::pv, {"pv_all"})->shown.back()->name, "pv_device_id_type");
  EXPECT_EQ(parse(Kind::lv, {"lv_all"})->shown.back()->name, "lv_attr");
  EXPECT_EQ(parse(Kind::lv, {"LVALL"})->shown.size(), parse(Kind::lv, {"lv_all"})->shown.size());
}

// `all` covers the report's own fields and whatever else columns or keys speak of.
TEST(UnitReportColumns, AllFollowsTheReport) {
  const auto lv_count = parse(Kind::lv, {"lv_all"})->shown.size();
  EXPECT_EQ(parse(Kind::lv, {"all"})->shown.size(), lv_count + 35);  // the keys have vg_name
  EXPECT_EQ(parse(Kind::lv, {"all"}, {"lv_name"})->shown.size(), lv_count);
  EXPECT_EQ(parse(Kind::vg, {"all"}, {"vg_name"})->shown.size(), 35u);
  EXPECT_EQ(parse(Kind::vg, {"all"}, {"vg_name"})->shown.front()->name, "vg_fmt");
}

TEST(UnitReportColumns, Keys) {
  const auto columns = parse(Kind::lv, {}, {"name", "-size,+name"});
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->keys.size(), 2u);
  EXPECT_EQ(columns->keys[0].field->name, "lv_size");
  EXPECT_TRUE(columns->keys[0].descending);
  EXPECT_FALSE(columns->keys[1].descending);
  EXPECT_EQ(parse(Kind::lv, {})->keys.size(), 2u);
  EXPECT_EQ(parse(Kind::lv, {}, {""})->keys.size(), 0u);
}

TEST(UnitReportColumns, UnknownNamesAreErrors) {
  EXPECT_EQ(parse(Kind::lv, {"name,foo,bar"}).error().message(), "Unrecognised field: foo");
  EXPECT_EQ(parse(Kind::lv, {"lv_name,+lv_size"}).error().message(), "Unrecognised field: +lv_size");
  EXPECT_EQ(parse(Kind::lv, {}, {"-foo"}).error().message(), "Unrecognised field: foo");
  EXPECT_FALSE(parse(Kind::lv, {}, {"lv_all"}));
  EXPECT_EQ(parse(Kind::lv, {""}).error().message(), "Invalid options string: ");
}

TEST(UnitReportColumns, CompactionAndHelp) {
  const auto compact = parse(Kind::lv, {"#origin,nonsense"});
  ASSERT_TRUE(compact);
  ASSERT_EQ(compact->compact.size(), 1u);
  EXPECT_EQ(compact->compact[0]->name, "origin");
  EXPECT_EQ(compact->warnings.size(), 1u);
  EXPECT_TRUE(parse(Kind::lv, {"help"})->help);
  EXPECT_TRUE(parse(Kind::lv, {"+?"})->help);
}

}  // namespace
}  // namespace lvm::report
