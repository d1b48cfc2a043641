// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ondisk/label.h"
#include "ondisk/pv_header.h"

namespace lvm::plan {
namespace {

using ::testing::HasSubstr;

constexpr const char* kId = "1LW1CN-Xq4p-JnkK-mCYy-Dn90-OqmN-vkG84w";

model::Vg vg_with_pv() {
  model::Vg vg;
  vg.name = "vg";
  model::Pv pv;
  pv.id = *PvId::parse(kId);
  pv.device_hint = "/dev/sda";
  pv.device_size = Sectors(131072);
  pv.pe_start = Sectors(2048);
  pv.pe_count = Extents(15);
  vg.pvs.push_back(pv);
  return vg;
}

DamagedPv blank_pv(const std::string& path = "/dev/sda") {
  DamagedPv out;
  out.device.path = path;
  out.sector.resize(512);
  out.findings = ondisk::inspect_label_sector(out.sector, Bytes(512), 1);
  return out;
}

std::vector<step::WriteBytes> written(const step::Plan& plan) {
  std::vector<step::WriteBytes> out;
  for (const step::Step& step : plan.stages.at(0).steps)
    if (const auto* write = std::get_if<step::WriteBytes>(&step)) out.push_back(*write);
  return out;
}

TEST(UnitPvRepair, TheHeaderFollowsTheMetadata) {
  model::Vg vg = vg_with_pv();
  auto plan = repair_pv_header(blank_pv(), {}, &vg);
  ASSERT_TRUE(plan) << plan.error().text();
  // Whether there were metadata areas nobody knows any more, and then whether to write.
  EXPECT_EQ(plan->questions.size(), 2u);
  const step::WriteBytes sector = written(*plan).at(0);
  EXPECT_EQ(sector.offset, Bytes(512));
  std::vector<std::byte> head(2048);
  std::ranges::copy(sector.bytes, head.begin() + 512);
  auto scan = ondisk::find_label(head);
  ASSERT_TRUE(scan.label);
  auto header = ondisk::read_pv_header(head, *scan.label);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->id.dashed(), kId);
  EXPECT_EQ(header->device_size, Bytes(64 << 20));
  EXPECT_EQ(header->data_start(), Bytes(1 << 20));
  ASSERT_EQ(header->metadata_areas.size(), 1u);
  EXPECT_EQ(header->metadata_areas[0].start, Bytes(4096));
  EXPECT_EQ(header->metadata_areas[0].size, Bytes(1044480));
  EXPECT_TRUE(header->used());
}

TEST(UnitPvRepair, AreasThatAreThereStay) {
  model::Vg vg = vg_with_pv();
  DamagedPv pv = blank_pv();
  pv.areas_found = {{Bytes(4096), Bytes(1044480)}, {Bytes(66060288), Bytes(1048576)}};
  auto plan = repair_pv_header(pv, {}, &vg);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->questions.size(), 1u);
  auto areas = repaired_areas(pv, {}, &vg);
  ASSERT_TRUE(areas);
  EXPECT_EQ(areas->size(), 2u);
}

TEST(UnitPvRepair, SettingsOverrideAndNoAreasArePossible) {
  model::Vg vg = vg_with_pv();
  auto areas = repaired_areas(blank_pv(), {.mda_offset = Bytes(), .mda_size = Bytes()}, &vg);
  ASSERT_TRUE(areas);
  EXPECT_TRUE(areas->empty());
  PvSettings all{.device_size = Bytes(1 << 30), .data_offset = Bytes(1 << 20), .pv_id = PvId::parse(kId)};
  EXPECT_TRUE(repair_pv_header(blank_pv(), all, nullptr));
}

TEST(UnitPvRepair, WhoseHeaderItIsMustBeCertain) {
  model::Vg vg = vg_with_pv();
  auto plan = repair_pv_header(blank_pv("/dev/sdb"), {}, &vg);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("PV name /dev/sdb not found in metadata file."));
  plan = repair_pv_header(blank_pv(), {.pv_id = PvId::parse("2LW1CN-Xq4p-JnkK-mCYy-Dn90-OqmN-vkG84w")}, &vg);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("not found in metadata file."));
  plan = repair_pv_header(blank_pv(), {}, nullptr);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("Metadata input file is needed for pv_header info."));
}

TEST(UnitPvRepair, TheTextIsWrittenBeforeItsHeader) {
  RepairText text{"vg {\n}\n", vg_with_pv()};
  auto plan = repair_metadata(blank_pv(), {{Bytes(4096), Bytes(1044480)}}, {}, text);
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(written(*plan).at(0).offset, Bytes(4608));
  EXPECT_EQ(written(*plan).at(0).bytes.size(), 512u);
  EXPECT_EQ(written(*plan).at(1).offset, Bytes(4096));
  const step::WriteBytes second = written(*plan).at(1);
  auto header = ondisk::unpack_mda_header(second.bytes, {Bytes(4096), Bytes(1044480)});
  ASSERT_TRUE(header);
  EXPECT_EQ(header->committed.offset, Bytes(512));
  EXPECT_EQ(header->committed.size, Bytes(text.text.size() + 1));
  EXPECT_FALSE(repair_metadata(blank_pv(), {}, {}, text));
}

}  // namespace
}  // namespace lvm::plan
