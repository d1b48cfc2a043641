// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "dm/user/live_target.h"
#include "dm/user/raid/raid1.h"

namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kMostRegions = std::uint64_t{1} << 21;
constexpr std::uint64_t kDefaultRegion = 8192;  // sectors

Result<std::uint32_t> region_size(const RaidTarget& raid, std::uint64_t length, Construction& construction) {
  auto region = raid.region_size ? raid.region_size->n : kDefaultRegion;
  if (!raid.region_size)
    while (length / region > kMostRegions) region *= 2;
  if (!is_power_of_two(region) || region >= (std::uint64_t{1} << 23) || length / region > kMostRegions)
    return construction.wrong(fmt::format("a region size of {} sectors", region));
  return static_cast<std::uint32_t>(region);
}

Result<std::vector<RaidMember>> members_of(const RaidTarget& raid, Construction& construction) {
  std::vector<RaidMember> members;
  for (const auto& image : raid.images) {
    RaidMember member;
    if (image.data)
      member.data = TRY(construction.area(*image.data, Sectors(), to_sectors_floor(construction.length())));
    if (image.metadata && image.data) member.metadata = TRY(construction.whole(*image.metadata));
    members.push_back(std::move(member));
  }
  for (auto index : raid.rebuild)
    if (index < members.size())
      members[index].rebuild = true;
    else
      return construction.wrong(fmt::format("there is no image {} to rebuild", index));
  for (auto index : raid.write_mostly)
    if (index < members.size())
      members[index].write_mostly = true;
    else
      return construction.wrong(fmt::format("there is no image {} to write mostly", index));
  return members;
}

Result<std::unique_ptr<LiveTarget>> make_raid1(const RaidTarget& raid, Construction& construction) {
  if (raid.images.size() > kMostRaidImages) return construction.wrong("too many images");
  if (raid.delta_disks.value_or(0) != 0 || (raid.data_offset && raid.data_offset->n != 0) || raid.journal)
    return construction.wrong("this engine cannot reshape a set, nor keep a journal for one yet");
  if (!raid.rebuild.empty() && raid.sync != InitialSync::unsaid)
    return construction.wrong("images to rebuild, and sync or nosync");
  RaidOptions options;
  options.host = &construction.host();
  options.sectors = to_sectors_floor(construction.length()).n;
  options.region_sectors = TRY(region_size(raid, options.sectors, construction));
  options.daemon_sleep_seconds =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(raid.daemon_sleep.value_or(5000) / 1000, 1, 3600));
  options.write_behind =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(raid.max_write_behind.value_or(0) / 2, 16383));
  options.sync = raid.sync;
  options.read_only = construction.read_only();
  auto members = TRY(members_of(raid, construction));
  auto target = std::make_unique<Raid1>(construction.host(), raid.level, options, std::move(members));
  if (auto good = target->probe(); !good) return construction.wrong(good.error().text());
  return target;
}

struct LevelRow {
  std::string_view name;
  Result<std::unique_ptr<LiveTarget>> (*make)(const RaidTarget& raid, Construction& construction);
};

// One row a level.
constexpr LevelRow kLevels[] = {{"raid1", make_raid1}};

Result<std::unique_ptr<LiveTarget>> make(const TargetBody& body, Construction& construction) {
  const auto& raid = std::get<RaidTarget>(body);
  for (const auto& row : kLevels)
    if (row.name == raid.level) return row.make(raid, construction);
  return fail(Code::unsupported, fmt::format("This engine cannot activate {} yet: of the RAID levels it has raid1. The "
                                             "kernel's device-mapper can (global/engine = \"kernel\").",
                                             raid.level));
}

}  // namespace

const LiveRow kLiveRaid = {{"raid", 1, 15, 1}, make};

}  // namespace lvm::dm::user
