// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/hints.h"

#include <gtest/gtest.h>

namespace lvm::device {
namespace {

// As LVM2 2.03.16 wrote it, the ids apart.
constexpr std::string_view kText =
    "# Created by pvs pid 699 Sat Nov 28 13:40:48 2026\n"
    "hints_version: 2.1\n"
    "global_filter:a|.*|\n"
    "filter:a|^/dev/loop[0-9]+$|r|.*|\n"
    "scan_lvs:0\n"
    "devices_file:.\n"
    "scan:/dev/loop0 pvid:abcdefghijklmnopqrstuvwxyz012345 devn:7:0 vg:vg\n"
    "scan:/dev/loop1 pvid:bbcdefghijklmnopqrstuvwxyz012345 devn:7:1 vg:-\n"
    "devs_hash: 3278263191 3\n";

Device device(const std::string& path, std::uint32_t major, std::uint32_t minor) {
  return {.path = path, .number = {major, minor}};
}

TEST(UnitHints, AreWrittenAsTheyWereRead) {
  auto hints = parse_hints(kText);
  ASSERT_TRUE(hints);
  EXPECT_EQ(hints->settings.filter, "a|^/dev/loop[0-9]+$|r|.*|");
  ASSERT_EQ(hints->hints.size(), 2u);
  EXPECT_EQ(hints->hints[0].vg, "vg");
  EXPECT_EQ(hints->hints[1].vg, "");
  EXPECT_EQ(hints->hints[1].number, (dm::DeviceNumber{7, 1}));
  EXPECT_EQ(write_hints(*hints, "pvs pid 699 Sat Nov 28 13:40:48 2026"), kText);
}

TEST(UnitHints, TheHashIsLvm2s) {
  std::vector<Device> three = {device("/dev/loop0", 7, 0), device("/dev/loop1", 7, 1), device("/dev/loop2", 7, 2)};
  EXPECT_EQ(devices_hash(three), (DevicesHash{3278263191, 3}));
  // Minor numbers come first.
  std::vector<Device> mixed = {device("/dev/loop0", 7, 0), device("/dev/loop1", 7, 1),
                               device("/dev/mapper/disk0", 254, 0)};
  EXPECT_EQ(devices_hash(mixed), (DevicesHash{4146205333, 3}));
}

TEST(UnitHints, WhatIsTornOrStrangeIsNotUsed) {
  std::string text(kText);
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_hints(text.substr(0, size))) << size;
  auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return parse_hints(changed);
  };
  EXPECT_FALSE(with("version: 2.1", "version: 3.0"));
  EXPECT_TRUE(with("version: 2.1", "version: 2.7"));
  EXPECT_FALSE(with("pvid:abc", "pvid:a"));
  EXPECT_FALSE(with("devn:7:0", "devn:7"));
  EXPECT_FALSE(with(" vg:-", ""));
  EXPECT_FALSE(with("3278263191 3", "x"));
  EXPECT_TRUE(with("scan_lvs:0\n", "scan_lvs:0\nsomething newer:1\n"));
  EXPECT_FALSE(parse_hints(write_empty_hints("vgcreate pid 1 Sat Nov 28 13:40:48 2026", "")));
  EXPECT_EQ(write_empty_hints("vgs pid 1 now", "duplicate_pvs"),
            "# Created empty by vgs pid 1 now\n# info: duplicate_pvs\n");
}

}  // namespace
}  // namespace lvm::device
