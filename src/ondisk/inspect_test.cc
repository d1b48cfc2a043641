// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/id.h"
#include "ondisk/pv_header.h"

namespace lvm::ondisk {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Bytes kAt{512};

LabelSector sound_sector() {
  PvHeader header;
  header.id = *PvId::parse("1LW1CNXq4pJnkKmCYyDn90OqmNvkG84w");
  header.device_size = Bytes(64 << 20);
  header.data_areas = {{Bytes(1 << 20), Bytes()}};
  header.metadata_areas = {{Bytes(4096), Bytes(1044480)}};
  header.set_used(true);
  return *make_label_sector({1, kPvHeaderOffset}, header);
}

std::vector<std::string> checks(const std::vector<Remark>& remarks) {
  std::vector<std::string> out;
  for (const Remark& remark : remarks)
    if (remark.kind == Remark::Kind::check) out.push_back(remark.text);
  return out;
}
std::vector<std::string> fields(const std::vector<Remark>& remarks) {
  std::vector<std::string> out;
  for (const Remark& remark : remarks)
    if (remark.kind == Remark::Kind::field) out.push_back(remark.text);
  return out;
}

TEST(UnitInspect, ASoundSectorHasNothingToCheck) {
  LabelSector sector = sound_sector();
  SectorFindings found = inspect_label_sector(sector, kAt, 1);
  EXPECT_THAT(checks(found.remarks), IsEmpty());
  EXPECT_TRUE(found.sound);
  EXPECT_TRUE(found.labelled);
  EXPECT_EQ(found.pv_id, "1LW1CNXq4pJnkKmCYyDn90OqmNvkG84w");
  EXPECT_EQ(found.data_start, Bytes(1 << 20));
  EXPECT_THAT(found.metadata_areas, ElementsAre(DiskArea{Bytes(4096), Bytes(1044480)}));
  auto shown = fields(found.remarks);
  EXPECT_THAT(shown, Contains("pv_header.disk_locn[2] at 616 # location of metadata area"));
  EXPECT_THAT(shown, Contains("pv_header_extension at 648"));
  EXPECT_THAT(shown, Contains("pv_header_extension.flags 1"));
}

TEST(UnitInspect, ABlankSectorIsWrongInEveryField) {
  LabelSector sector{};
  SectorFindings found = inspect_label_sector(sector, kAt, 1);
  EXPECT_THAT(checks(found.remarks),
              ElementsAre("label_header.id expected LABELONE", "label_header.sector expected 1",
                          "label_header.crc expected 0x2c81f10", "label_header.offset expected 32",
                          "label_header.type expected LVM2 001", "pv_header.pv_uuid invalid format"));
  EXPECT_FALSE(found.labelled);
  EXPECT_THAT(fields(found.remarks), Contains("label_header.id ????????"));
  EXPECT_THAT(found.metadata_areas, IsEmpty());
}

TEST(UnitInspect, AListWithoutAnEndStopsAtTheSector) {
  LabelSector sector;
  sector.fill(std::byte{0x11});
  SectorFindings found = inspect_label_sector(sector, kAt, 1);
  EXPECT_FALSE(found.sound);
  EXPECT_THAT(checks(found.remarks), Contains("pv_header.disk_locn list has no end"));
}

TEST(UnitInspect, LabelFieldsAreMadeAnew) {
  LabelSector sector = sound_sector();
  LabelSector damaged = sector;
  damaged[3] = std::byte{'x'};
  damaged[17] = std::byte{0};
  std::vector<std::byte> repaired = with_label_fields(damaged, 1);
  EXPECT_TRUE(std::ranges::equal(repaired, sector));
}

TEST(UnitInspect, HeadersOfAreas) {
  DiskArea area{Bytes(4096), Bytes(1044480)};
  MdaHeaderBytes bytes = *pack_mda_header({.area = area, .committed = {Bytes(512), Bytes(701), 0x955e4594}});
  HeaderFindings found = inspect_mda_header(bytes, area);
  EXPECT_TRUE(found.sound);
  EXPECT_EQ(found.committed.size, Bytes(701));
  EXPECT_THAT(fields(found.remarks), Contains("mda_header_1.magic 0x204c564d3220785b35412572304e2a3e"));
  EXPECT_THAT(fields(found.remarks), Contains("mda_header_1.raw_locn[0] at 4136 # commit"));

  MdaHeaderBytes blank{};
  found = inspect_mda_header(blank, area);
  EXPECT_THAT(checks(found.remarks), ElementsAre("mda_header_1.checksum expected 0x6702d122",
                                                 "mda_header_1.magic expected 0x204c564d3220785b35412572304e2a3e",
                                                 "mda_header_1.version expected 1",
                                                 "mda_header_1.start does not match pv_header.disk_locn.offset 4096",
                                                 "mda_header_1.size does not match pv_header.disk_locn.size 1044480"));

  bytes = *pack_mda_header({.area = area, .ignored = true});
  found = inspect_mda_header(bytes, area);
  EXPECT_TRUE(found.ignored);
  EXPECT_THAT(fields(found.remarks), Contains("mda_header_1.raw_locn[0].flags 0x1 # RAW_LOCN_IGNORED"));
}

}  // namespace
}  // namespace lvm::ondisk
