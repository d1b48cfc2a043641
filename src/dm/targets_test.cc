// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <set>

#include "dm/target/row.h"
#include "dm/text.h"

namespace lvm::dm {
namespace {

// Lines as LVM loads them.
constexpr const char* kLoaded[] = {
    "0 8192 linear 8:0 2048",
    "0 16384 striped 2 128 8:0 2048 8:16 4096",
    "0 10 error",
    "0 1 zero",
    "0 8192 mirror core 1 1024 2 253:1 0 253:2 0",
    "0 8192 mirror core 2 1024 nosync 2 253:1 0 253:2 0 1 handle_errors",
    "0 8192 mirror disk 2 253:0 1024 3 253:1 0 253:2 0 253:3 0 2 handle_errors keep_log",
    "0 8192 mirror disk 3 253:0 1024 sync 1 253:1 0",
    "0 8192 raid raid1 3 0 region_size 4096 2 253:0 253:1 253:2 253:3",
    "0 8192 raid raid1 13 0 rebuild 1 min_recovery_rate 10 max_recovery_rate 100 write_mostly 1 max_write_behind 64 "
    "region_size 4096 2 253:0 253:1 253:2 253:3",
    "0 8192 raid raid5_ls 4 128 nosync region_size 4096 3 253:0 253:1 - - 253:4 253:5",
    "0 8192 raid raid0 1 128 2 - 253:1 - 253:3",
    "0 8192 raid raid10 7 128 region_size 1024 raid10_copies 2 raid10_format near 4 253:0 253:1 253:2 253:3 253:4 "
    "253:5 "
    "253:6 253:7",
    "0 8192 raid raid6_zr 7 128 region_size 4096 delta_disks -1 data_offset 0 2 253:0 253:1 253:2 253:3",
    "0 8192 raid raid4 9 128 daemon_sleep 5 stripe_cache 256 journal_dev 253:9 journal_mode writeback 1 253:0 253:1",
    "0 8192 snapshot 253:0 253:1 P 8",
    "0 8192 snapshot 253:0 253:1 PO 8 2 discard_zeroes_cow discard_passdown_origin",
    "0 8192 snapshot-merge 253:0 253:1 P 16",
    "0 8192 snapshot-origin 253:0",
    "0 8192 thin-pool 253:1 253:2 128 0 0",
    "0 8192 thin-pool 253:1 253:2 128 7 5 skip_block_zeroing ignore_discard no_discard_passdown error_if_no_space "
    "read_only",
    "0 8192 thin 253:4 16777215",
    "0 8192 thin 253:4 1 253:9",
    "0 8192 cache 253:0 253:1 253:2 128 2 metadata2 writethrough smq 0",
    "0 8192 cache 253:0 253:1 253:2 128 1 writeback mq 4 migration_threshold 4096 random_threshold 8",
    "0 8192 cache 253:0 253:1 253:2 128 3 metadata2 passthrough no_discard_passdown cleaner 0",
    "0 8192 writecache s 253:0 253:1 4096 0",
    "0 8192 writecache p 253:0 253:1 512 19 high_watermark 60 low_watermark 40 writeback_jobs 4 autocommit_blocks 128 "
    "autocommit_time 2000 fua cleaner max_age 1 metadata_only pause_writeback 3000 new 1",
    "0 8192 integrity 253:0 0 4 J 7 fix_padding block_size:512 internal_hash:crc32c meta_device:253:1 recalculate "
    "journal_sectors:8192 commit_time:1000",
    "0 8192 integrity 253:0 0 4 B 5 fix_padding block_size:4096 internal_hash:crc32c allow_discards sectors_per_bit:1",
    "0 8192 vdo V2 253:0 1310720 4096 32768 16380 on auto vg-pool-vpool maxDiscard 1 ack 1 bio 4 bioRotationInterval "
    "64 "
    "cpu 2 hash 1 logical 1 physical 1",
    "0 8192 vdo V4 253:0 1310720 4096 32768 16380 deduplication on compression on maxDiscard 1 ack 1",
    "0 8192 crypt aes-xts-plain64 :64:logon:x 0 8:0 4096 1 allow_discards",
};

TEST(UnitDmTargets, EveryTargetRoundTrips) {
  std::set<std::size_t> seen;
  for (const char* line : kLoaded) {
    auto target = parse_target(line);
    ASSERT_TRUE(target) << target.error().text();
    EXPECT_EQ(format_target(*target).value(), line);
    EXPECT_EQ(describe_target(*target), line);
    seen.insert(target->body.index());
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<TargetBody>);
  EXPECT_TRUE(std::holds_alternative<OtherTarget>(parse_target("0 8 crypt x")->body));
}

TEST(UnitDmTargets, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const TargetRow* row : target_rows()) EXPECT_TRUE(names.insert(row->name).second) << row->name;
}

// Each line with one word less, one word more, or a word that is none of its words, is refused, or still reads
// as something that round trips.
TEST(UnitDmTargets, DamagedParametersAreErrorsOrRoundTrip) {
  std::size_t refused = 0;
  auto look = [&](const std::string& line) {
    auto target = parse_target(line);
    if (!target) {
      ++refused;
      return;
    }
    auto text = format_target(*target);
    ASSERT_TRUE(text) << line;
    EXPECT_EQ(parse_target(*text).value(), *target) << line;
  };
  for (std::string line : kLoaded) {
    look(line + " extra");
    look(line + " 18446744073709551615");
    for (auto blank = line.find(' '); blank != std::string::npos; blank = line.find(' ', blank + 1)) {
      look(line.substr(0, blank));
      look(line.substr(0, blank) + " ~" + line.substr(blank));
      look(line.substr(0, blank) + " 99999999" + line.substr(blank));
    }
  }
  EXPECT_GT(refused, 500u);
}

TEST(UnitDmTargets, BadParametersAreErrors) {
  for (const char* line : {"0 8 mirror",
                           "0 8 mirror core 1 8 0",
                           "0 8 mirror core 3 8 sync x 1 8:0 0",
                           "0 8 mirror userspace 1 8 1 8:0 0",
                           "0 8 mirror core 2 8 maybe 1 8:0 0",
                           "0 8 mirror disk 2 8 8 1 8:0 0",
                           "0 8 mirror core 1 8 2 8:0 0",
                           "0 8 raid raid7 1 0 1 8:0 8:1",
                           "0 8 raid raid1 0 1 8:0 8:1",
                           "0 8 raid raid1 2 0 rebuild 1 8:0 8:1",
                           "0 8 raid raid1 1 0 2 8:0 8:1",
                           "0 8 raid raid1 1 0 0",
                           "0 8 raid raid1 3 0 unknown 1 1 8:0 8:1",
                           "0 8 raid raid1 18446744073709551615 0 1 8:0 8:1",
                           "0 8 snapshot 8:0 8:1 Q 8",
                           "0 8 snapshot 8:0 8:1 P",
                           "0 8 snapshot-origin",
                           "0 8 snapshot-origin 8:0 8:1",
                           "0 8 thin-pool 8:0 8:1 128",
                           "0 8 thin 8:0",
                           "0 8 thin-pool 8:0 8:1 128 0 1 new_feature",
                           "0 8 thin 8:0 4294967296",
                           "0 8 cache 8:0 8:1 8:2 128 0 smq",
                           "0 8 cache 8:0 8:1 8:2 128 2 writeback writethrough smq 0",
                           "0 8 cache 8:0 8:1 8:2 128 0 smq 1 x",
                           "0 8 writecache x 8:0 8:1 4096 0",
                           "0 8 writecache s 8:0 8:1 4096 1 max_age 5",
                           "0 8 integrity 8:0 0 4 JJ 0",
                           "0 8 integrity 8:0 0 4 J 1 block_size:x",
                           "0 8 vdo V3 8:0 1 1 1 1",
                           "0 8 vdo V4 8:0 1 1 1 1 ack"})
    EXPECT_FALSE(parse_target(line)) << line;
}

// The devices of a target: all numbers of a line, in its order.
TEST(UnitDmTargets, DevicesAreFound) {
  for (const char* line : kLoaded) {
    auto target = parse_target(line);
    ASSERT_TRUE(target) << line;
    if (std::holds_alternative<OtherTarget>(target->body)) continue;
    std::vector<std::string> expected, found;
    std::string_view rest = line;
    while (!rest.empty()) {
      auto word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (word.starts_with("meta_device:")) word.remove_prefix(12);
      if (parse_device_number(word)) expected.emplace_back(word);
    }
    for (const auto& device : devices_of(target->body)) found.push_back(to_text(std::get<DeviceNumber>(device)));
    EXPECT_EQ(found, expected) << line;
  }
}

bool same(const char* live, const char* wanted) {
  auto number_of = [](const DeviceRef& device) -> std::optional<DeviceNumber> {
    if (const auto* number = std::get_if<DeviceNumber>(&device)) return *number;
    if (std::get<ByUuid>(device).uuid == "LVM-there") return DeviceNumber{253, 1};
    return std::nullopt;
  };
  return same_target(parse_target(live)->body, parse_target(wanted)->body, number_of);
}

TEST(UnitDmTargets, ALineIsTheSameAsItselfAlone) {
  for (const char* live : kLoaded)
    for (const char* wanted : kLoaded)
      EXPECT_EQ(same(live, wanted), std::string_view(live) == wanted) << live << wanted;
}

TEST(UnitDmTargets, OrderDoesNotMatterWhereItSaysNothing) {
  EXPECT_TRUE(same("0 8 thin-pool 8:0 8:1 128 0 2 read_only error_if_no_space ",
                   "0 8 thin-pool 8:0 8:1 128 0 2 error_if_no_space read_only"));
  EXPECT_TRUE(same("0 8 writecache s 8:0 8:1 4096 5 max_age 10 low_watermark 1 cleaner ",
                   "0 8 writecache s 8:0 8:1 4096 5 low_watermark 1 cleaner max_age 10"));
  EXPECT_TRUE(
      same("0 8 cache 8:0 8:1 8:2 128 0 smq 4 a 1 b 2", "0 8 cache 8:0 8:1 8:2 128 1 writethrough smq 4 b 2 a 1"));
  EXPECT_TRUE(same("0 8 raid raid1 5 0 max_write_behind 0 region_size 8 1 8:0 8:1",
                   "0 8 raid raid1 5 0 max_write_behind 64 region_size 8 1 8:0 8:1"));
  EXPECT_FALSE(same("0 8 raid raid1 3 0 region_size 8 1 8:0 8:1",
                    "0 8 raid raid1 5 0 max_write_behind 64 region_size 8 1 8:0 8:1"));
  EXPECT_FALSE(same("0 8 cache 8:0 8:1 8:2 128 0 smq 2 a 1", "0 8 cache 8:0 8:1 8:2 128 1 writethrough smq 2 a 2"));
}

// What Linux 6.1 prints of the line behind it.
TEST(UnitDmTargets, IntegrityPrintsWhatItChose) {
  const char* printed =
      "0 8 integrity 8:0 0 4 J 9 meta_device:8:1 recalculate journal_sectors:7728 interleave_sectors:1 "
      "buffer_sectors:128 journal_watermark:50 commit_time:10000 fix_padding internal_hash:crc32c";
  EXPECT_TRUE(
      same(printed, "0 8 integrity 8:0 0 4 J 4 fix_padding block_size:512 internal_hash:crc32c meta_device:8:1"));
  EXPECT_FALSE(
      same(printed, "0 8 integrity 8:0 0 4 J 4 fix_padding block_size:4096 internal_hash:crc32c meta_device:8:1"));
  EXPECT_FALSE(
      same(printed, "0 8 integrity 8:0 0 4 B 4 fix_padding block_size:512 internal_hash:crc32c meta_device:8:1"));
  EXPECT_FALSE(same(printed,
                    "0 8 integrity 8:0 0 4 J 5 fix_padding block_size:512 internal_hash:crc32c "
                    "meta_device:8:1 commit_time:500"));
}

TEST(UnitDmTargets, DevicesByUuidAreComparedByNumber) {
  auto number_of = [](const DeviceRef& device) -> std::optional<DeviceNumber> {
    if (const auto* number = std::get_if<DeviceNumber>(&device)) return *number;
    if (std::get<ByUuid>(device).uuid == "LVM-there") return DeviceNumber{253, 1};
    return std::nullopt;
  };
  TargetBody live = ThinTarget{DeviceNumber{253, 1}, 1, {}};
  EXPECT_TRUE(same_target(live, ThinTarget{ByUuid{"LVM-there"}, 1, {}}, number_of));
  EXPECT_FALSE(same_target(live, ThinTarget{ByUuid{"LVM-other"}, 1, {}}, number_of));
  EXPECT_FALSE(same_target(live, ThinTarget{ByUuid{"LVM-there"}, 2, {}}, number_of));
}

}  // namespace
}  // namespace lvm::dm
