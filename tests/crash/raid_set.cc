// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/raid_set.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "crash/volume.h"
#include "dm/ioctl_error.h"
#include "dm/text.h"
#include "dm/types.h"

namespace lvm::crash {
namespace {

constexpr std::string_view kMagic = "simulated raid set";
constexpr std::size_t kRecordSize = 4096;

struct Record {
  std::string level;
  std::uint64_t chunk = 0, images = 0;
  std::uint64_t offset = 0;  // of the data on each image, in sectors
  bool running = false;      // a reshape
  std::string place;         // of the first image's data: "8:0:2048"
};

bool can_be_reshaped(const dm::RaidTarget& raid) {
  return raid.level == "raid10" || raid.level == "raid4" || raid.level.starts_with("raid5") ||
         raid.level.starts_with("raid6");
}

Result<std::optional<dm::Info>> info_of(Simulation& machine, const dm::DeviceRef& reference) {
  dm::FakeEngine& engine = machine.state().engine;
  const auto* number = std::get_if<dm::DeviceNumber>(&reference);
  const auto* uuid = std::get_if<dm::ByUuid>(&reference);
  return number ? engine.info(*number) : engine.info(uuid->uuid);
}

std::optional<Volume> metadata_of(Simulation& machine, const dm::RaidTarget& raid) {
  if (!can_be_reshaped(raid) || !raid.images.front().metadata) return std::nullopt;
  auto info = info_of(machine, *raid.images.front().metadata);
  if (!info || !*info) return std::nullopt;
  return Volume(machine, **info);
}

std::optional<Record> read_record(Simulation& machine, const dm::RaidTarget& raid) {
  auto metadata = metadata_of(machine, raid);
  std::array<std::byte, kRecordSize> bytes{};
  if (!metadata || !metadata->read(Bytes(), bytes) || !is_raid_record(bytes)) return std::nullopt;
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::istringstream words(std::string(text + kMagic.size(), bytes.size() - kMagic.size()));
  Record record;
  words >> record.level >> record.chunk >> record.images >> record.offset >> record.running >> record.place;
  return record;
}

Result<> write_record(Simulation& machine, const dm::RaidTarget& raid, const Record& record) {
  auto metadata = metadata_of(machine, raid);
  if (!metadata) return {};
  std::string text = fmt::format("{} {} {} {} {} {} {} ", kMagic, record.level, record.chunk, record.images,
                                 record.offset, record.running ? 1 : 0, record.place);
  std::array<std::byte, kRecordSize> bytes{};
  CHECK(text.size() < bytes.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return metadata->write_by_kernel(Bytes(), bytes);
}

// Where a sector of the first image lies.
std::string place_of(Simulation& machine, const dm::RaidTarget& raid, std::uint64_t sector) {
  if (!raid.images.front().data) return "none";
  auto info = info_of(machine, *raid.images.front().data);
  if (!info || !*info) return "none";
  auto table = machine.state().engine.table((*info)->uuid);
  if (!table) return "none";
  for (const dm::Target& target : *table) {
    const auto* linear = std::get_if<dm::LinearTarget>(&target.body);
    if (!linear || sector < target.start.n || sector >= target.start.n + target.length.n) continue;
    const auto* number = std::get_if<dm::DeviceNumber>(&linear->device);
    if (number) return fmt::format("{}:{}", dm::to_text(*number), linear->offset.n + sector - target.start.n);
  }
  return "none";
}

Record fresh(Simulation& machine, const dm::RaidTarget& raid) {
  return {raid.level, raid.chunk.n, raid.images.size(), 0, false, place_of(machine, raid, 0)};
}

std::int64_t delta_of(const dm::RaidTarget& raid) { return raid.delta_disks.value_or(0); }

// The images of the set before the reshape that the table begins.
std::uint64_t images_before(const dm::RaidTarget& raid) {
  std::int64_t delta = delta_of(raid);
  return raid.images.size() - static_cast<std::uint64_t>(delta > 0 ? delta : 0);
}

// The data of a set goes from one end of the space to the other.
void reshape(Record& record, const dm::RaidTarget& raid) {
  std::uint64_t space = raid.data_offset->n;
  std::int64_t delta = delta_of(raid);
  record.offset = delta > 0 ? 0 : delta < 0 ? space : record.offset == 0 ? space : 0;
  record.images = delta < 0 ? raid.images.size() + static_cast<std::uint64_t>(delta) : raid.images.size();
  record.level = raid.level;
  record.chunk = raid.chunk.n;
  record.running = true;
}

}  // namespace

bool is_raid_record(std::span<const std::byte> data) {
  return data.size() >= kMagic.size() && std::memcmp(data.data(), kMagic.data(), kMagic.size()) == 0;
}

Result<> construct_raid(Simulation& machine, const dm::RaidTarget& raid) {
  auto record = read_record(machine, raid);
  if (!record || record->running || delta_of(raid) == 0) return {};
  if (record->images != images_before(raid)) return dm::fail_ioctl("reload", "raid: it has been reshaped", EINVAL);
  return {};
}

Result<> resume_raid(Simulation& machine, std::string_view uuid) {
  dm::Table table = TRY(machine.state().engine.table(uuid));
  const auto* raid = table.empty() ? nullptr : std::get_if<dm::RaidTarget>(&table.front().body);
  if (!raid || !metadata_of(machine, *raid)) return {};
  auto known = read_record(machine, *raid);
  Record record = known ? *known : fresh(machine, *raid);
  std::uint64_t asked = raid->data_offset ? raid->data_offset->n : ~std::uint64_t{0};
  if (record.running) {
    record.running = raid->data_offset.has_value();
  } else if (known && raid->data_offset) {
    bool begins = asked != 0;
    std::uint64_t at = !begins ? 0 : delta_of(*raid) > 0 ? asked : delta_of(*raid) < 0 ? 0 : record.offset;
    if (place_of(machine, *raid, at) != record.place) return dm::fail_ioctl("resume", "raid: its data is lost", EIO);
    record.offset = at;
    if (begins) reshape(record, *raid);
  } else {
    // Images that come without another level are rebuilt in vain until a reshape takes them in.
    if (record.level != raid->level || raid->images.size() < record.images) record.images = raid->images.size();
    record.level = raid->level;
    record.chunk = raid->chunk.n;
  }
  record.place = place_of(machine, *raid, record.offset);
  return write_record(machine, *raid, record);
}

std::string raid_status(Simulation& machine, const dm::Target& target) {
  const auto& raid = std::get<dm::RaidTarget>(target.body);
  auto record = read_record(machine, raid);
  std::uint64_t images = record ? record->images : raid.images.size();
  std::string health;
  for (const auto& image : raid.images) health += !image.data ? '-' : health.size() < images ? 'A' : 'a';
  return fmt::format("{} {} {} {}/{} idle 0 {} -", raid.level, images, health, target.length.n, target.length.n,
                     record ? record->offset : 0);
}

}  // namespace lvm::crash
