// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/render.h"

#include <gtest/gtest.h>

#include "report/cell.h"
#include "report/display.h"
#include "report/help.h"
#include "report/report.h"
#include "report/small_world.h"

namespace lvm::report {
namespace {

using test::activate;
using test::make_id;
using test::make_vg;
using test::make_world;
using test::plain_settings;

std::string row(const world::World& world, const std::string& columns, const std::string& selection = "lv_name=home") {
  auto text = test::report(world, Kind::lv, columns, selection, plain_settings(), true);
  EXPECT_TRUE(text) << (text ? "" : text.error().message());
  return text.value_or("");
}

TEST(UnitReportRender, StateOfALiveVolume) {
  world::World world = make_world();
  const auto& home = world.vgs[0].vg->lvs[0];
  world.dm_available = true;
  EXPECT_EQ(row(world, "lv_attr,lv_active,lv_permissions,lv_suspended,lv_kernel_major"),
            "  -wi-------||unknown|unknown|-1\n");
  auto& live = activate(world, home);
  EXPECT_EQ(row(world, "lv_attr,lv_active,lv_active_locally,lv_live_table,lv_kernel_major,lv_kernel_minor"),
            "  -wi-a-----|active|active locally|live table present|253|4\n");
  live.info.open_count = 2;
  EXPECT_EQ(row(world, "lv_attr,lv_device_open"), "  -wi-ao----|open\n");
  live.info.suspended = true;
  EXPECT_EQ(row(world, "lv_attr,lv_suspended"), "  -wi-so----|suspended\n");
  live.info.suspended = false;
  live.info.read_only = true;
  EXPECT_EQ(row(world, "lv_attr,lv_permissions"), "  -Ri-ao----|read-only-override\n");
  live.info.live_table = false;
  live.info.inactive_table = true;
  EXPECT_EQ(row(world, "lv_attr,lv_inactive_table"), "  -Ri-io----|inactive table present\n");
  live.info.inactive_table = false;
  EXPECT_EQ(row(world, "lv_attr"), "  -Ri-do----\n");
  EXPECT_EQ(row(world, "lv_kernel_read_ahead"), "  -1\n");
  live.read_ahead = Sectors(256);
  EXPECT_EQ(row(world, "lv_kernel_read_ahead"), "  128.00k\n");
}

TEST(UnitReportRender, ATableThatIsNotTheVolumes) {
  world::World world = make_world();
  const model::Lv& home = world.vgs[0].vg->lvs[0];
  auto& live = activate(world, home);
  const Sectors size = world.vgs[0].vg->size_of(home.extents());
  const auto warnings = [&] {
    RenderRequest request;
    request.sections.push_back({Kind::lv, {"lv_attr"}, {}, "lv_name=home", "lv_name", "lv_name"});
    request.settings = plain_settings();
    return render(world, request).value().warnings;
  };
  live.status = {dm::read_status({Sectors(0), size, "linear", ""})};
  EXPECT_EQ(row(world, "lv_attr"), "  -wi-a-----\n");
  EXPECT_TRUE(warnings().empty());
  live.status = {dm::read_status({Sectors(0), size, "error", ""})};
  EXPECT_EQ(row(world, "lv_attr,lv_active"), "  -wi-XX--X-|active\n");
  EXPECT_EQ(warnings(), std::vector<std::string>{
                            "WARNING: Detected error segment type does not match expected type striped for vg/home."});
  live.status = {dm::read_status({Sectors(0), size + Sectors(8), "error", ""})};
  EXPECT_EQ(warnings(), std::vector<std::string>{"WARNING: Cannot find matching striped segment for vg/home."});
  live.status = {dm::read_status({Sectors(8), size, "linear", ""})};
  EXPECT_EQ(warnings(), std::vector<std::string>{"WARNING: Cannot find matching striped segment for vg/home."});
}

TEST(UnitReportRender, AttributesOfFlags) {
  model::Vg vg = make_vg();
  auto& home = vg.lvs[0];
  home.flags.set(model::LvFlag::locked);
  home.flags.set(model::LvFlag::fixed_minor);
  home.flags.set(model::LvFlag::activation_skip);
  home.flags.clear(model::LvFlag::write);
  home.allocation = model::Allocation::cling;
  vg.lvs[1].segments[0].body = model::UnknownSegment{"future", "", {}};
  const auto world = make_world(vg);
  EXPECT_EQ(row(world, "lv_attr"), "  -rLmXX---k\n");
  EXPECT_EQ(row(world, "lv_attr,segtype", "lv_name=root"), "  -wi-XXu---|future\n");
}

TEST(UnitReportRender, PartialThroughLayers) {
  model::Vg vg = make_vg();
  vg.lvs[1].segments[0].body = model::Striped{{model::LvArea{vg.lvs[0].id, Extents()}}, Sectors()};
  world::World world = make_world(vg);
  EXPECT_EQ(row(world, "lv_attr,devices", "lv_name=root"), "  -wi-XX----|home(0)\n");
  EXPECT_EQ(row(world, "lv_parent", "lv_name=home"), "  root\n");
  EXPECT_EQ(row(world, "seg_pe_ranges,seg_le_ranges", "lv_name=root"), "  home:0-4|home:0-4\n");
  world.vgs[0].devices[0].reset();
  EXPECT_EQ(row(world, "lv_attr,lv_health_status", "lv_name=root"), "  -wi-XX--p-|partial\n");
  EXPECT_EQ(row(world, "vg_attr,vg_missing_pv_count", "lv_name=root"), "  wz-pn-|1\n");
}

// A loop of volumes is refused on read; a report must not hang on one all the same.
TEST(UnitReportRender, LoopOfVolumesEnds) {
  model::Vg vg = make_vg();
  vg.lvs[1].segments[0].body = model::Striped{{model::LvArea{vg.lvs[1].id, Extents()}}, Sectors()};
  world::World world = make_world(vg);
  world.vgs[0].devices[1].reset();
  EXPECT_EQ(row(world, "lv_attr", "lv_name=root"), "  -wi-XX----\n");
}

TEST(UnitReportRender, HiddenVolumes) {
  const auto world = make_world();
  EXPECT_EQ(*test::report(world, Kind::lv, "lv_name,lv_path,lv_role", "", plain_settings()),
            "  home|/dev/vg/home|public\n  root|/dev/vg/root|public\n");
  EXPECT_EQ(row(world, "lv_name,lv_path,lv_role,lv_dm_path", "lv_name=swap"),
            "  [swap]||private|/dev/mapper/vg-swap\n");
  Settings bare = plain_settings();
  bare.mark_hidden = false;
  EXPECT_EQ(*test::report(world, Kind::lv, "lv_name", "lv_role=private", bare, true), "  swap\n");
}

TEST(UnitReportRender, RangesOnHiddenVolumes) {
  model::Vg vg = make_vg();
  vg.lvs[1].segments[0].body = model::Striped{{model::LvArea{vg.lvs[2].id, Extents()}}, Sectors()};
  vg.lvs[1].segments[0].count = Extents(1);
  EXPECT_EQ(row(make_world(vg), "devices,seg_pe_ranges,seg_le_ranges", "lv_name=root"),
            "  swap(0)|swap:0-0|[swap]:0-0\n");
}

TEST(UnitReportRender, TypedJson) {
  Settings settings;
  settings.format = Format::json_std;
  const auto world = make_world();
  EXPECT_EQ(*test::report(world, Kind::lv,
                          "lv_name,lv_size,seg_count,lv_minor,lv_tags,seg_tags,data_percent,raid_mismatch_count,"
                          "lv_skip_activation,lv_suspended,zero,seg_size_pe,vg_mda_copies,origin",
                          "lv_name=home", settings),
            "  {\n"
            "      \"report\": [\n"
            "          {\n"
            "              \"lv\": [\n"
            "                  {\"lv_name\":\"home\", \"lv_size\":\"40.00m\", \"seg_count\":1, \"lv_minor\":-1, "
            "\"lv_tags\":[\"db\",\"web\"], \"seg_tags\":[], \"data_percent\":null, \"raid_mismatch_count\":null, "
            "\"lv_skip_activation\":0, \"lv_suspended\":-1, \"zero\":-1, \"seg_size_pe\":\"10\", \"vg_mda_copies\":0, "
            "\"origin\":\"\"}\n"
            "              ]\n"
            "          }\n"
            "      ]\n"
            "  }\n");
}

TEST(UnitReportRender, JsonEscapes) {
  std::string out;
  append_json_string(out, "a\"b\\c\nx\x01\xc3\xa9");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\u000ax\\u0001\xc3\xa9\"");
}

TEST(UnitReportRender, Percents) {
  const auto shown = [](std::uint64_t part, std::uint64_t whole) {
    Value value;
    value.set_percent(part, whole);
    std::string out;
    append_percent(out, value.number());
    return out;
  };
  EXPECT_EQ(shown(0, 10), "0.00");
  EXPECT_EQ(shown(10, 10), "100.00");
  EXPECT_EQ(shown(1, 3), "33.33");
  EXPECT_EQ(shown(1, 1'000'000'000), "0.00");
  EXPECT_EQ(shown(1, 1'000'000), "0.01");
  EXPECT_EQ(shown(999'999, 1'000'000), "99.99");
  EXPECT_EQ(shown(~std::uint64_t{0} - 1, ~std::uint64_t{0}), "99.99");
}

TEST(UnitReportRender, HeadingsByName) {
  Settings settings;
  settings.headings = 2;
  EXPECT_EQ(*test::report(make_world(), Kind::lv, "lv_name,lv_size", "lv_name=home", settings),
            "  lv_name lv_size\n  home     40.00m\n");
}

TEST(UnitReportRender, CompactOutput) {
  Settings settings = plain_settings();
  settings.compact = true;
  settings.headings = 1;
  EXPECT_EQ(*test::report(make_world(), Kind::lv, "lv_name,origin,lv_tags", "lv_name=root", settings),
            "  LV|\n  root\n");
  settings.compact = false;
  settings.compact_columns = "origin,nonsense";
  EXPECT_EQ(*test::report(make_world(), Kind::lv, "lv_name,origin,lv_tags", "lv_name=root", settings),
            "  LV|LV Tags\n  root|\n");
}

TEST(UnitReportRender, FieldsThatCannotStandTogether) {
  const auto world = make_world();
  EXPECT_EQ(test::report(world, Kind::lv, "lv_name,pv_name").error().message(),
            "Can't report LV and PV fields at the same time in report type \"lv\".");
  EXPECT_EQ(test::report(world, Kind::vg, "lv_name,pvseg_start").error().message(),
            "Can't report LV and PV fields at the same time in report type \"vg\".");
  EXPECT_FALSE(test::report(world, Kind::lv, "lv_name", "pv_name=/dev/sda"));
  EXPECT_TRUE(test::report(world, Kind::pv, "lv_name,pv_name"));
}

TEST(UnitReportRender, ScopeLimitsRows) {
  const auto world = make_world();
  RenderRequest request;
  request.settings = plain_settings();
  request.sections.push_back({Kind::lv, {"lv_name"}, {}, "", "", ""});
  request.scope.lvs = {world.vgs[0].vg->lvs[2].id};
  EXPECT_EQ(render(world, request)->text, "  [swap]\n");
  request.scope.lvs.reset();
  request.scope.vgs = {make_id<VgId>('x', 1)};
  EXPECT_EQ(render(world, request)->text, "");
  request.scope.vgs.reset();
  request.sections[0].kind = Kind::pv;
  request.sections[0].columns = {"pv_name"};
  request.scope.pvs = {world.pvs[1].id};
  EXPECT_EQ(render(world, request)->text, "  /dev/sdb\n");
}

TEST(UnitReportRender, DuplicatesAndForeignVgs) {
  world::World world = make_world();
  world::PvDevice copy = world.pvs[0];
  copy.device.path = "/dev/sdz";
  copy.duplicate = true;
  world.pvs.push_back(copy);
  const auto pvs = [&](bool all) {
    return *test::report(world, Kind::pv, "pv_name,vg_name,pv_attr,pv_size", "", plain_settings(), all);
  };
  EXPECT_EQ(pvs(false), "  /dev/sda|vg|a--|400.00m\n  /dev/sdb|vg|a--|400.00m\n");
  EXPECT_EQ(pvs(true), pvs(false) + "  /dev/sdz|vg|d--|0 \n");
  world.vgs[0].foreign = true;
  EXPECT_EQ(pvs(false), "");
}

TEST(UnitReportRender, LogFollows) {
  const auto world = make_world();
  LogEntry entry;
  entry.number = 1;
  entry.type = "print";
  entry.message = "done";
  const std::vector<LogEntry> entries = {entry};
  RenderRequest request;
  request.log = Section{Kind::log, {}, {}, "", "log_seq_num,log_type,log_message", "log_seq_num"};
  request.log_entries = entries;
  EXPECT_EQ(render(world, request)->text,
            "  Command Log\n  ===========\n  Seq LogType Msg    \n    1 print   done   \n");
  request.settings.format = Format::json;
  EXPECT_EQ(render(world, request)->text,
            "  {\n      \"log\": [\n          {\"log_seq_num\":\"1\", \"log_type\":\"print\", "
            "\"log_message\":\"done\"}\n      ]\n  }\n");
}

TEST(UnitReportRender, MatcherFindsVolumes) {
  const auto world = make_world();
  const Settings settings;
  const auto& view = world.vgs[0];
  const auto lvs = Matcher::create(world, settings, Kind::lv, "devices=\"/dev/sda(10)\" || tags=web");
  ASSERT_TRUE(lvs);
  EXPECT_EQ(lvs->lvs(view), (std::vector<LvId>{view.vg->lvs[0].id, view.vg->lvs[1].id}));
  const auto pvs = Matcher::create(world, settings, Kind::pv, "lv_name=root");
  EXPECT_EQ(pvs->pvs(view), (std::vector<PvId>{view.vg->pvs[0].id}));
  EXPECT_TRUE(Matcher::create(world, settings, Kind::vg, "vg_name=vg")->vg(view));
  EXPECT_FALSE(Matcher::create(world, settings, Kind::vg, "vg_name=other")->vg(view));
  EXPECT_FALSE(Matcher::create(world, settings, Kind::lv, "nonsense"));
  EXPECT_TRUE(*select_matches(world, settings, view, view.vg->lvs[1].id, "size=20m"));
  EXPECT_FALSE(*select_matches(world, settings, view, view.vg->lvs[1].id, "size=40m"));
}

TEST(UnitReportRender, HelpListsEveryField) {
  const std::string columns = column_help(Kind::lv), selection = selection_help(Kind::lv);
  for (const auto section : field_sections()) {
    const bool shown = section.front().group != Group::log && section.front().group != Group::device_type;
    for (const Field& field : section) {
      EXPECT_EQ(columns.find(fmt::format("    {} ", field.name)) != std::string::npos, shown) << field.name;
      EXPECT_EQ(selection.find(fmt::format("    {} ", field.name)) != std::string::npos, shown) << field.name;
    }
  }
  EXPECT_EQ(*test::report(make_world(), Kind::lv, "help"), columns);
  EXPECT_EQ(*test::report(make_world(), Kind::lv, "lv_name", "help"), selection);
}

TEST(UnitReportRender, DisplayOfALiveVolume) {
  world::World world = make_world();
  auto& live = activate(world, world.vgs[0].vg->lvs[0]);
  live.info.open_count = 1;
  live.read_ahead = Sectors(256);
  DisplayRequest request;
  request.settings.time_format = "%s";
  request.scope.lvs = {world.vgs[0].vg->lvs[0].id};
  const auto text = display_lvs(world, request);
  EXPECT_NE(text.find("  LV Status              available\n  # open                 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  - currently set to     256\n  Block device           253:4\n   \n"), std::string::npos);
  request.style = Style::colons;
  EXPECT_EQ(display_lvs(world, request), "  /dev/vg/home:vg:3:1:-1:1:81920:10:-1:0:-1:253:4\n");
  EXPECT_EQ(scan_lvs(world, request.scope, request.settings),
            "  ACTIVE            '/dev/vg/home' [40.00 MiB] inherit\n");
}

TEST(UnitReportRender, FullPvSaysSo) {
  model::Vg vg = make_vg();
  vg.pvs[0].pe_count = Extents(16);
  const auto world = make_world(vg);
  DisplayRequest request;
  request.scope.pvs = {world.pvs[0].id};
  EXPECT_NE(display_pvs(world, request).find("  Allocatable           yes (but full)\n"), std::string::npos);
}

}  // namespace
}  // namespace lvm::report
