// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/status.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "dm/target/row.h"
#include "dm/text.h"

namespace lvm::dm {
namespace {

template <class T>
T parsed(std::string_view type, std::string_view params) {
  auto body = parse_status(type, params);
  EXPECT_TRUE(body) << type << " " << params << ": " << (body ? "" : body.error().text());
  if (!body || !std::holds_alternative<T>(*body)) return T{};
  return std::get<T>(*std::move(body));
}

TEST(UnitDmStatus, Raid) {
  auto status = parsed<RaidStatus>("raid", "raid5_ls 3 AaD 2048/4096 recover 8 0 -");
  EXPECT_EQ(status, (RaidStatus{"raid5_ls", "AaD", {2048, 4096}, "recover", 8, 0, '-'}));
  // Kernels before 4.8, and before 3.10.
  EXPECT_EQ(parsed<RaidStatus>("raid", "raid1 2 AA 8/8 idle 0").data_offset, std::nullopt);
  EXPECT_EQ(parsed<RaidStatus>("raid", "raid1 2 AA 8/8"), (RaidStatus{"raid1", "AA", {8, 8}, "", 0, {}, '-'}));
  EXPECT_EQ(parsed<RaidStatus>("raid", "raid4 3 A-A 8/8 idle 0 2048 A later words").journal, 'A');
  EXPECT_EQ(parsed<RaidStatus>("raid", "raid5_la 4 AAAAa 8/8 idle 0 2048 -").health, "AAAAa");
  for (const char* bad : {"", "raid1", "raid1 2", "raid1 2 A 8/8", "raid1 2 AA 8", "raid1 2 AA 8/", "raid1 x AA 8/8",
                          "raid1 2 AA 8/8 idle x", "raid1 18446744073709551617 AA 8/8"})
    EXPECT_FALSE(parse_status("raid", bad)) << bad;
}

TEST(UnitDmStatus, Mirror) {
  EXPECT_EQ(parsed<MirrorStatus>("mirror", "2 253:1 253:2 3/8 1 AD 3 disk 253:0 A"),
            (MirrorStatus{{{253, 1}, {253, 2}}, {3, 8}, "AD", DeviceNumber{253, 0}, 'A'}));
  EXPECT_EQ(parsed<MirrorStatus>("mirror", "1 253:1 8/8 1 A 1 core").log, std::nullopt);
  for (const char* bad : {"", "2 253:1 8/8 1 AA 1 core", "2 253:1 253:2 8/8 1 A 1 core", "1 253:1 8/8 0",
                          "1 253:1 8/8 1 A 3 disk x A", "18446744073709551615 253:1"})
    EXPECT_FALSE(parse_status("mirror", bad)) << bad;
}

TEST(UnitDmStatus, Snapshot) {
  using State = SnapshotStatus::State;
  EXPECT_EQ(parsed<SnapshotStatus>("snapshot", "32/8192 16"), (SnapshotStatus{State::good, {32, 8192}, 16}));
  EXPECT_EQ(parsed<SnapshotStatus>("snapshot-merge", "32/8192").metadata, std::nullopt);
  EXPECT_EQ(parsed<SnapshotStatus>("snapshot", "Invalid").state, State::invalid);
  EXPECT_EQ(parsed<SnapshotStatus>("snapshot", "Overflow").state, State::overflow);
  EXPECT_EQ(parsed<SnapshotStatus>("snapshot-merge", "Merge failed").state, State::merge_failed);
  for (const char* bad : {"", "Unknown", "32", "a/b 1", "1/2 x"}) EXPECT_FALSE(parse_status("snapshot", bad)) << bad;
}

TEST(UnitDmStatus, ThinPool) {
  using Pool = ThinPoolStatus;
  EXPECT_EQ(parsed<Pool>("thin-pool", "5 11/1024 7/256 - rw discard_passdown queue_if_no_space - 256 "),
            (Pool{Pool::State::good,
                  5,
                  {11, 1024},
                  {7, 256},
                  {},
                  Pool::Mode::read_write,
                  Pool::Discards::passdown,
                  false,
                  false,
                  256}));
  auto full = parsed<Pool>("thin-pool",
                           "0 11/1024 256/256 12 out_of_data_space no_discard_passdown error_if_no_space needs_check");
  EXPECT_EQ(full.mode, Pool::Mode::out_of_data_space);
  EXPECT_EQ(full.held_root, 12u);
  EXPECT_TRUE(full.error_if_no_space && full.needs_check);
  EXPECT_EQ(parsed<Pool>("thin-pool", "0 1/2 1/2 - ro ignore_discard").discards, Pool::Discards::ignore);
  EXPECT_EQ(parsed<Pool>("thin-pool", "Fail").state, Pool::State::failed);
  EXPECT_EQ(parsed<Pool>("thin-pool", "Error").state, Pool::State::error);
  for (const char* bad : {"", "0", "0 1/2 1/2 - rx discard_passdown", "0 1/2 1/2 - rw other", "x 1/2 1/2 - rw"})
    EXPECT_FALSE(parse_status("thin-pool", bad)) << bad;
}

TEST(UnitDmStatus, Thin) {
  EXPECT_EQ(parsed<ThinStatus>("thin", "128 65535"), (ThinStatus{false, 128, 65535}));
  EXPECT_EQ(parsed<ThinStatus>("thin", "0 -"), (ThinStatus{false, 0, {}}));
  EXPECT_EQ(parsed<ThinStatus>("thin", "-"), (ThinStatus{false, 0, {}}));
  EXPECT_TRUE(parsed<ThinStatus>("thin", "Fail").failed);
  for (const char* bad : {"", "x", "1 x"}) EXPECT_FALSE(parse_status("thin", bad)) << bad;
}

TEST(UnitDmStatus, Cache) {
  auto status = parsed<CacheStatus>("cache",
                                    "8 14/1024 128 5/128 1 2 3 4 5 6 7 2 metadata2 writeback 2 migration_threshold "
                                    "2048 smq 2 key value rw needs_check ");
  EXPECT_EQ(status.metadata, (Usage{14, 1024}));
  EXPECT_EQ(status.data, (Usage{5, 128}));
  EXPECT_EQ(status.read_hits + 10 * status.dirty, 71u);
  EXPECT_EQ(status.mode(), "writeback");
  EXPECT_TRUE(status.has_feature("metadata2") && status.needs_check && !status.read_only);
  EXPECT_EQ(status.core_settings, (CacheStatus::Settings{{"migration_threshold", "2048"}}));
  EXPECT_EQ(status.policy_settings, (CacheStatus::Settings{{"key", "value"}}));
  EXPECT_EQ(parsed<CacheStatus>("cache", "Fail").state, CacheStatus::State::failed);
  EXPECT_EQ(parsed<CacheStatus>("cache", "Error").state, CacheStatus::State::error);
  EXPECT_TRUE(parsed<CacheStatus>("cache", "8 1/2 8 1/2 0 0 0 0 0 0 0 0 0 smq 0 ro -").read_only);
  for (const char* bad : {"", "8 1/2 8 1/2 0 0 0 0 0 0 0 9 a", "8 1/2 8 1/2 0 0 0 0 0 0 0 0 1 a smq 0", "8 1/2"})
    EXPECT_FALSE(parse_status("cache", bad)) << bad;
}

TEST(UnitDmStatus, WritecacheIntegrityVdo) {
  EXPECT_EQ(parsed<WritecacheStatus>("writecache", "0 2032 2032 0 1 2 3"), (WritecacheStatus{0, 2032, 2032, 0}));
  EXPECT_FALSE(parse_status("writecache", "0 2032"));
  EXPECT_EQ(parsed<IntegrityStatus>("integrity", "3 8192 8192"), (IntegrityStatus{3, 8192, 8192}));
  EXPECT_EQ(parsed<IntegrityStatus>("integrity", "0 8192 -"), (IntegrityStatus{0, 8192, {}}));
  EXPECT_EQ(parsed<IntegrityStatus>("integrity", "4"), (IntegrityStatus{4, 0, {}}));
  EXPECT_FALSE(parse_status("integrity", ""));
  EXPECT_EQ(parsed<VdoStatus>("vdo", "253:1 normal - online online 1051 1310720"),
            (VdoStatus{"253:1", "normal", false, "online", "online", {1051, 1310720}}));
  EXPECT_FALSE(parse_status("vdo", "253:1 normal - online online 1051"));
}

TEST(UnitDmStatus, WhatCannotBeReadIsKept) {
  for (const auto& line :
       {StatusLine{Sectors(0), Sectors(8), "raid", "no status"}, StatusLine{Sectors(8), Sectors(8), "linear", ""},
        StatusLine{{}, Sectors(1), "new", "x y"}}) {
    auto status = read_status(line);
    EXPECT_EQ(status, (Status{line.start, line.length, OtherStatus{line.type, line.params}, line.type}));
  }
  EXPECT_FALSE(parse_status_line("0 8"));
  EXPECT_FALSE(parse_status_line("x 8 raid"));
  EXPECT_EQ(parse_status_line("0 8 zero")->params, "");
}

std::vector<std::string> lines_of_guests() {
  std::vector<std::filesystem::path> paths = {LVM_STATUS_CORPUS};
  if (const char* folder = std::getenv("LVMPP_STATUS_LINES"))
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::vector<std::string> out;
  for (const auto& path : paths) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) out.push_back(line);
  }
  return out;
}

// A line of every shape that kernels printed while volumes of all kinds were made, filled, broken and repaired in
// guests (tests/corpus/collect_status.py); with LVMPP_STATUS_LINES, the folder that guests have just left, all lines.
TEST(UnitDmStatus, LinesOfTheGuests) {
  std::vector<std::string> lines = lines_of_guests();
  EXPECT_GT(lines.size(), 20u);
  for (const std::string& line : lines) {
    auto status = parse_status_line(line);
    ASSERT_TRUE(status) << line;
    bool plain = target_row(status->type).status == nullptr;
    EXPECT_EQ(std::holds_alternative<OtherStatus>(read_status(*status).body), plain) << line;
  }
}

// Every table and status line of the volumes in tests/golden/report, as Linux 6.1 printed them.
TEST(UnitDmStatus, LinesOfARealKernel) {
  std::map<std::string, std::size_t> seen;
  for (const auto& folder : std::filesystem::directory_iterator(LVM_GOLDEN_REPORT)) {
    std::ifstream file(folder.path() / "live.txt");
    for (std::string line; std::getline(file, line);) {
      auto colon = line.find(": ");
      if (colon == std::string::npos) continue;
      auto text = line.substr(colon + 2);
      if (line.starts_with("table ")) {
        auto target = parse_target(text);
        ASSERT_TRUE(target) << line;
        // The target's own form, and the same meaning.
        auto again = parse_target(format_target(*target).value());
        ASSERT_TRUE(again) << line;
        EXPECT_EQ(*again, *target) << line;
        ++seen["table " + std::string(target_type(target->body))];
      } else if (line.starts_with("status ")) {
        auto status = parse_status_line(text);
        ASSERT_TRUE(status) << line;
        auto body = parse_status(status->type, status->params);
        ASSERT_TRUE(body) << line << ": " << body.error().text();
        EXPECT_EQ(std::holds_alternative<OtherStatus>(*body), target_row(status->type).status == nullptr) << line;
        ++seen["status " + status->type];
      }
    }
  }
  for (const TargetRow* row : target_rows()) {
    // No kernel of the guests has VDO; a merge is over before it can be looked at.
    if (row->status == nullptr || row->name == "vdo" || row->name == "snapshot-merge") continue;
    EXPECT_GT(seen["table " + std::string(row->name)], 0u) << row->name;
    EXPECT_GT(seen["status " + std::string(row->name)], 0u) << row->name;
  }
}

}  // namespace
}  // namespace lvm::dm
