// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/pv_layout_reference_test.h"
#include "plan/testing/world_builder.h"

namespace lvm::plan {
namespace {

using ::testing::HasSubstr;

class UnitPlanPvLayout : public ::testing::Test {
 protected:
  Result<step::PvLayout> layout(Bytes size, PvCreateOptions options = {}, const std::string& settings = "",
                                device::Topology topology = {}) {
    world_.emplace();
    if (!settings.empty())
      world_->config().add(config::Config::Layer::command_line, std::move(*syntax::Document::parse(settings, "test")));
    PvCandidate candidate;
    candidate.name = "/dev/sda";
    candidate.device.path = "/dev/sda";
    candidate.device.size = size;
    candidate.topology = topology;
    return new_layout(world_->context(), candidate, options);
  }
  std::string refusal(Bytes size, PvCreateOptions options) {
    auto made = layout(size, options);
    return made ? std::string() : made.error().message();
  }

  std::optional<testing::WorldBuilder> world_;
};

std::optional<Bytes> given(std::uint64_t bytes) { return bytes ? std::optional(Bytes(bytes)) : std::nullopt; }

TEST_F(UnitPlanPvLayout, IsTheReferencesOverAMatrixOfOptions) {
  for (const ReferenceLayout& row : kReferenceLayouts) {
    PvCreateOptions options;
    options.metadata_size = given(row.metadata);
    options.data_alignment = given(row.alignment);
    options.data_alignment_offset = given(row.offset);
    options.boot_loader_area_size = given(row.boot);
    options.device_size = given(row.set_size);
    if (row.copies >= 0) options.metadata_copies = static_cast<std::uint32_t>(row.copies);
    std::string what = "size " + std::to_string(row.size) + " metadata " + std::to_string(row.metadata) +
                       " alignment " + std::to_string(row.alignment) + " offset " + std::to_string(row.offset) +
                       " boot " + std::to_string(row.boot) + " copies " + std::to_string(row.copies) + " " + row.config;
    auto made = layout(Bytes(row.size), options, row.config);
    ASSERT_TRUE(made) << what << ": " << made.error().text();
    step::PvLayout expected;
    expected.device_size = Bytes(row.set_size ? row.set_size : row.size);
    expected.data_start = Bytes(row.data_start);
    expected.boot_start = Bytes(row.boot_area.start);
    expected.boot_size = Bytes(row.boot_area.size);
    for (const auto& area : {row.first, row.second})
      if (area.size) expected.areas.push_back({Bytes(area.start), Bytes(area.size), false});
    EXPECT_EQ(made->data_start.n, expected.data_start.n) << what;
    EXPECT_EQ(*made, expected) << what;
  }
}

TEST_F(UnitPlanPvLayout, RefusesWithTheReferencesWords) {
  constexpr std::uint64_t kMiB = 1 << 20;
  EXPECT_THAT(refusal(Bytes(64 * kMiB), {.data_alignment_offset = Bytes(2 * kMiB)}),
              HasSubstr("/dev/sda: pe_align (2048 sectors) must not be less than pe_align_offset (4096 sectors)\n"));
  EXPECT_THAT(refusal(Bytes(64 * kMiB), {.device_size = Bytes(kMiB)}),
              HasSubstr("/dev/sda: Size must exceed minimum of 4096 sectors.\n"
                        "Failed to setup physical volume \"/dev/sda\"."));
  EXPECT_THAT(refusal(Bytes(64 * kMiB), {.boot_loader_area_size = Bytes(64 * kMiB)}),
              HasSubstr("/dev/sda: Bootloader area with data-aligned start must not exceed device size."));
  EXPECT_THAT(refusal(Bytes(64 * kMiB), {.data_alignment = Bytes(4096), .metadata_size = Bytes(4096)}),
              HasSubstr("Metadata area size too small: 4096 bytes. It must be at least 32768 bytes.\n"
                        "Not enough space available for metadata area with index 0 on PV /dev/sda.\n"
                        "Failed to add metadata area for new physical volume /dev/sda\n"));
  EXPECT_THAT(refusal(Bytes(64 * kMiB), {.data_alignment = Bytes(4096 * kMiB)}),
              HasSubstr("/dev/sda: Data alignment must not exceed device size."));
  EXPECT_THAT(refusal(Bytes(64 * kMiB), {.boot_loader_area_size = Bytes(63 * kMiB), .metadata_copies = 2}),
              HasSubstr("Not enough space available for metadata area with index 1 on PV /dev/sda."));
  EXPECT_THAT(refusal(Bytes(64 * kMiB + 4096), {.boot_loader_area_size = Bytes(63 * kMiB), .metadata_copies = 2}),
              HasSubstr("Metadata area size too small: 4096 bytes."));
}

// The reference lets data begin at byte 512 and so destroys the label.
TEST_F(UnitPlanPvLayout, DataNeverBeginsOnTheLabel) {
  for (std::uint64_t alignment : {512u, 1024u, 1536u}) {
    auto made = layout(Bytes(64 << 20), {.data_alignment = Bytes(alignment), .metadata_copies = 0});
    ASSERT_TRUE(made);
    EXPECT_GE(made->data_start.n, 2048u);
    EXPECT_EQ(made->data_start.n % alignment, 0u);
  }
}

TEST_F(UnitPlanPvLayout, FollowsTheTopologyOfTheDevice) {
  auto start = [&](device::Topology topology, const std::string& settings = "") {
    return layout(Bytes(256 << 20), {}, settings, topology)->data_start.n;
  };
  device::Topology raid{.md_stripe_width = Bytes(3 * 512 * 1024)};
  EXPECT_EQ(start(raid), 3u * 512 * 1024);
  EXPECT_EQ(start(raid, "devices/md_chunk_alignment = 0"), 1u << 20);
  EXPECT_EQ(start({.minimum_io_size = Bytes(65536)}), 1u << 20) << "1 MiB is a multiple already";
  EXPECT_EQ(start({.optimal_io_size = Bytes(1536 * 1024)}), 1536u * 1024);
  EXPECT_EQ(start({.optimal_io_size = Bytes(1536 * 1024)}, "devices/data_alignment_detection = 0"), 1u << 20);
  EXPECT_EQ(start({.alignment_offset = Bytes(3584)}), (1u << 20) + 3584);
  EXPECT_EQ(start({.alignment_offset = Bytes(3584)}, "devices/data_alignment_offset_detection = 0"), 1u << 20);
  EXPECT_EQ(start(raid, "devices/data_alignment = 64"), 1u << 20) << "the setting wins";
}

TEST_F(UnitPlanPvLayout, LargePagesMoveTheFirstArea) {
  for (auto [page, area] : {std::pair{8192u, 2032u * 512}, {16384u, 2016u * 512}, {65536u, 1920u * 512}}) {
    testing::WorldBuilder world;
    world.world().host.page_size = page;
    PvCandidate candidate;
    candidate.device.size = Bytes(64 << 20);
    auto made = new_layout(world.context(), candidate, {});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->areas[0].start.n, page);
    EXPECT_EQ(made->areas[0].size.n, area);
    EXPECT_EQ(made->data_start.n, 1u << 20);
  }
}

TEST_F(UnitPlanPvLayout, RestoredDataStaysWhereItWas) {
  constexpr std::uint64_t k64MiB = 64 << 20;
  struct Case {
    PvCreateOptions options;
    std::uint64_t first_size, second_start;
  };
  auto at = [](std::uint64_t pe_start, std::uint64_t end) {
    PvCreateOptions out;
    out.restored_pe_start = Bytes(pe_start);
    out.restored_data_end = Bytes(end);
    return out;
  };
  // Areas as the reference made them for a PV with pe_start at sector 768 and 63 extents of 1 MiB.
  std::vector<Case> cases;
  PvCreateOptions plain = at(393216, 393216 + 63 * 1048576ull);
  auto with = [&](auto&& edit) {
    PvCreateOptions out = plain;
    edit(out);
    return out;
  };
  cases.push_back({plain, 389120, 0});
  cases.push_back({with([](auto& o) { o.metadata_copies = 2; }), 389120, 66715648});
  cases.push_back({with([](auto& o) { o.metadata_size = Bytes(65536); }), 65536, 0});
  cases.push_back({with([](auto& o) { o.metadata_size = Bytes(600 * 1024); }), 389120, 0});
  cases.push_back(
      {with([](auto& o) { o.metadata_size = Bytes(600 * 1024), o.metadata_copies = 2; }), 389120, 66494464});
  cases.push_back({with([](auto& o) { o.metadata_size = Bytes(65536), o.metadata_copies = 2; }), 65536, 67043328});
  cases.push_back({with([](auto& o) { o.metadata_size = Bytes(65536), o.data_alignment = Bytes(65536); }), 126976, 0});
  for (const Case& c : cases) {
    auto made = layout(Bytes(k64MiB), c.options);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->data_start.n, 393216u);
    EXPECT_EQ(made->areas[0].size.n, c.first_size);
    ASSERT_EQ(made->areas.size(), c.second_start ? 2u : 1u);
    if (c.second_start) {
      EXPECT_EQ(made->areas[1].start.n, c.second_start);
    }
  }
  auto full = layout(Bytes(k64MiB), at(4 << 20, k64MiB));
  EXPECT_EQ(full->areas[0].size.n, (4u << 20) - 4096);
  auto aligned = at(4 << 20, k64MiB);
  aligned.metadata_size = Bytes(2 << 20);
  EXPECT_EQ(layout(Bytes(k64MiB), aligned)->areas[0].size.n, 3141632u);
}

TEST_F(UnitPlanPvLayout, RestoredDataMustFit) {
  PvCreateOptions options;
  options.restored_pe_start = Bytes(393216);
  options.restored_data_end = Bytes(393216 + 63 * 1048576ull);
  options.device_size = Bytes(30 << 20);
  EXPECT_THAT(refusal(Bytes(64 << 20), options),
              HasSubstr("Physical extents (<63.38 MiB) end beyond end of device (30.00 MiB) /dev/sda."));
  options.device_size.reset();
  options.restored_data_end = Bytes(64 << 20);
  options.metadata_copies = 2;
  EXPECT_THAT(refusal(Bytes(64 << 20), options), HasSubstr("metadata area with index 1"));
}

TEST_F(UnitPlanPvLayout, RestoredBootLoaderAreaStaysToo) {
  PvCreateOptions options;
  options.restored_pe_start = Bytes(589824);
  options.restored_boot_start = Bytes(393216);
  options.restored_boot_size = Bytes(196608);
  auto made = layout(Bytes(64 << 20), options);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->boot_start, Bytes(393216));
  EXPECT_EQ(made->boot_size, Bytes(196608));
  EXPECT_EQ(made->areas[0].start + made->areas[0].size, Bytes(393216));
}

TEST_F(UnitPlanPvLayout, ExtentsEndBeforeTheSecondArea) {
  step::PvLayout layout;
  layout.device_size = Bytes(64 << 20);
  layout.data_start = Bytes(1 << 20);
  EXPECT_EQ(pe_count(layout, Sectors(8192)), Extents(15));
  layout.areas = {{Bytes(4096), Bytes(1044480), false}, {Bytes(60 << 20), Bytes(4 << 20), false}};
  EXPECT_EQ(pe_count(layout, Sectors(8192)), Extents(14));
  layout.data_start = Bytes(64 << 20);
  EXPECT_EQ(pe_count(layout, Sectors(8192)), Extents(0));
}

}  // namespace
}  // namespace lvm::plan
