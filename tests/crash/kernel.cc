// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "crash/raid_set.h"
#include "crash/volume.h"
#include "dm/ioctl_error.h"
#include "dm/text.h"
#include "dm/types.h"

namespace lvm::crash {
namespace {

constexpr std::string_view kMagic = "simulated thin pool";
constexpr std::size_t kRecordSize = 4096;

Result<Volume> volume_of(Simulation& machine, const dm::DeviceRef& reference) {
  dm::FakeEngine& engine = machine.state().engine;
  const auto* number = std::get_if<dm::DeviceNumber>(&reference);
  const auto* uuid = std::get_if<dm::ByUuid>(&reference);
  auto info = TRY(number ? engine.info(*number) : engine.info(uuid->uuid));
  if (!info) return fail(Code::not_found, "a thin pool's metadata is no device");
  return Volume(machine, *std::move(info));
}

Result<> write_record(Volume& metadata, const PoolRecord& record) {
  std::string text = fmt::format("{}\n{}\n", kMagic, record.transaction);
  for (std::uint64_t id : record.volumes) text += fmt::format("{} ", id);
  std::array<std::byte, kRecordSize> bytes{};
  CHECK(text.size() < bytes.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return metadata.write_by_kernel(Bytes(), bytes);
}

// Nullopt: all zero, a pool that was never used.
Result<std::optional<PoolRecord>> read_record(Volume& metadata) {
  std::array<std::byte, kRecordSize> bytes{};
  TRY(metadata.read(Bytes(), bytes));
  if (std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{}; })) return std::nullopt;
  if (!is_pool_record(bytes)) return dm::fail_ioctl("reload", "thin-pool: its metadata", EILSEQ);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::istringstream words(std::string(text + kMagic.size(), bytes.size() - kMagic.size()));
  PoolRecord record;
  words >> record.transaction;
  for (std::uint64_t id = 0; words >> id;) record.volumes.insert(id);
  return record;
}

struct Pool {
  Volume metadata;
  PoolRecord record;
};
Result<Pool> live_pool(Simulation& machine, std::string_view uuid) {
  dm::Table table = TRY(machine.state().engine.table(uuid));
  const auto* target = table.empty() ? nullptr : std::get_if<dm::ThinPoolTarget>(&table.front().body);
  if (!target) return dm::fail_ioctl("message", uuid, EINVAL);
  auto metadata = TRY(volume_of(machine, target->metadata));
  auto record = TRY(read_record(metadata));
  if (!record) return dm::fail_ioctl("message", uuid, EILSEQ);
  return Pool{std::move(metadata), *std::move(record)};
}

int apply_message(PoolRecord& record, std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string verb;
  std::uint64_t first = 0, second = 0;
  words >> verb >> first >> second;
  if (verb == "create_thin") return record.volumes.insert(first).second ? 0 : EEXIST;
  if (verb == "create_snap") {
    if (!record.volumes.contains(second)) return ENODATA;
    return record.volumes.insert(first).second ? 0 : EEXIST;
  }
  if (verb == "delete") return record.volumes.erase(first) != 0 ? 0 : ENODATA;
  if (verb != "set_transaction_id" || record.transaction != first) return EINVAL;
  record.transaction = second;
  return 0;
}

Result<> construct(Simulation& machine, const dm::Target& target) {
  if (const auto* raid = std::get_if<dm::RaidTarget>(&target.body)) TRY(construct_raid(machine, *raid));
  if (const auto* pool = std::get_if<dm::ThinPoolTarget>(&target.body)) {
    auto metadata = TRY(volume_of(machine, pool->metadata));
    auto record = TRY(read_record(metadata));
    if (!record) TRY(write_record(metadata, {}));
  }
  if (const auto* thin = std::get_if<dm::ThinTarget>(&target.body)) {
    const auto* number = std::get_if<dm::DeviceNumber>(&thin->pool);
    const auto* uuid = std::get_if<dm::ByUuid>(&thin->pool);
    dm::FakeEngine& engine = machine.state().engine;
    auto info = TRY(number ? engine.info(*number) : engine.info(uuid->uuid));
    if (!info) return dm::fail_ioctl("reload", "thin", ENXIO);
    Pool known = TRY(live_pool(machine, info->uuid));
    if (!known.record.volumes.contains(thin->device_id)) return dm::fail_ioctl("reload", "thin", ENODATA);
  }
  return {};
}

std::string status_text(Simulation& machine, std::string_view uuid, const dm::Target& target) {
  std::uint64_t length = target.length.n;
  if (std::holds_alternative<dm::RaidTarget>(target.body)) return raid_status(machine, target);
  if (const auto* mirror = std::get_if<dm::MirrorTarget>(&target.body)) {
    std::string out = fmt::format("{}", mirror->legs.size());
    for (const auto& leg : mirror->legs)
      if (const auto* number = std::get_if<dm::DeviceNumber>(&leg.device)) out += " " + dm::to_text(*number);
    out += fmt::format(" 8/8 1 {}", std::string(mirror->legs.size(), 'A'));
    if (!mirror->log) return out + " 1 core";
    return out + fmt::format(" 3 disk {} A", dm::to_text(std::get<dm::DeviceNumber>(*mirror->log)));
  }
  if (std::holds_alternative<dm::SnapshotTarget>(target.body)) return fmt::format("16/{} 16", length);
  if (std::holds_alternative<dm::SnapshotMergeTarget>(target.body)) return fmt::format("16/{} 16", length);
  if (std::holds_alternative<dm::ThinPoolTarget>(target.body)) {
    auto pool = live_pool(machine, uuid);
    if (!pool) return "Fail";
    return fmt::format("{} 10/1024 0/160 - rw discard_passdown queue_if_no_space - 1024", pool->record.transaction);
  }
  if (std::holds_alternative<dm::ThinTarget>(target.body)) return "0 -";
  if (const auto* cache = std::get_if<dm::CacheTarget>(&target.body))
    return fmt::format("8 10/1024 {} 0/64 0 0 0 0 0 0 0 1 {} 2 migration_threshold 2048 {} 0 rw -", cache->chunk.n,
                       cache->mode, cache->policy);
  if (std::holds_alternative<dm::WritecacheTarget>(target.body)) return "0 1000 1000 0";
  if (std::holds_alternative<dm::IntegrityTarget>(target.body)) return fmt::format("0 {} -", length);
  return "";
}

}  // namespace

bool is_pool_record(std::span<const std::byte> data) {
  return data.size() >= kMagic.size() && std::memcmp(data.data(), kMagic.data(), kMagic.size()) == 0;
}

std::optional<PoolRecord> pool_record(Simulation& machine, std::string_view uuid) {
  auto pool = live_pool(machine, uuid);
  if (!pool) return std::nullopt;
  return pool->record;
}

Result<> construct_targets(Simulation& machine, const dm::Table& table) {
  for (const dm::Target& target : table) TRY(construct(machine, target));
  return {};
}

Result<std::vector<dm::StatusLine>> status_of_targets(Simulation& machine, std::string_view uuid) {
  dm::Table table = TRY(machine.state().engine.table(uuid));
  std::vector<dm::StatusLine> out;
  for (const dm::Target& target : table)
    out.push_back(
        {target.start, target.length, std::string(dm::target_type(target.body)), status_text(machine, uuid, target)});
  return out;
}

Result<std::string> send_message(Simulation& machine, std::string_view uuid, Sectors sector, std::string_view text) {
  dm::Table table = TRY(machine.state().engine.table(uuid));
  if (table.empty() || !std::holds_alternative<dm::ThinPoolTarget>(table.front().body))
    return machine.state().engine.message(uuid, sector, text);
  Pool pool = TRY(live_pool(machine, uuid));
  if (int error = apply_message(pool.record, text); error != 0) return dm::fail_ioctl("message", uuid, error);
  TRY(write_record(pool.metadata, pool.record));
  return std::string();
}

}  // namespace lvm::crash
