// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::idm {
namespace {

Result<State> to_state(std::uint64_t wire) {
  auto state = static_cast<State>(static_cast<std::uint32_t>(wire));
  switch (state) {
    case State::uninitialised:
    case State::locked:
    case State::unlocked:
    case State::multiple_locked:
    case State::timed_out:
    case State::dead: return state;
  }
  return fail(Code::corrupt, fmt::format("mutex record has the unknown state {:#x}", wire));
}

}  // namespace

Result<Record> unpack_record(std::span<const std::byte, kRecordSize> bytes) {
  RecordDisk disk;
  std::memcpy(&disk, bytes.data(), sizeof disk);
  Record record;
  record.state = TRY(to_state(disk.state.get()));
  record.time = disk.time.get();
  record.countdown = disk.countdown.get();
  if (disk.lock_class.get() > static_cast<std::uint64_t>(LockClass::shared))
    return fail(Code::corrupt, fmt::format("mutex record has the unknown class {}", disk.lock_class.get()));
  record.lock_class = static_cast<LockClass>(disk.lock_class.get());
  if (disk.control > static_cast<std::uint8_t>(LvbControl::invalid))
    return fail(Code::corrupt, fmt::format("mutex record has the unknown value control {}", disk.control));
  record.control = static_cast<LvbControl>(disk.control);
  std::ranges::reverse_copy(disk.lvb, record.lvb.begin());
  std::ranges::reverse_copy(disk.lock, record.lock.bytes.begin());
  std::ranges::reverse_copy(disk.host, record.host.bytes.begin());
  record.metadata = disk.metadata;
  return record;
}

void pack_record(const Record& record, std::span<std::byte, kRecordSize> bytes) {
  RecordDisk disk{};
  disk.state.set(static_cast<std::uint32_t>(record.state));
  disk.time.set(record.time);
  disk.countdown.set(record.countdown);
  disk.lock_class.set(static_cast<std::uint64_t>(record.lock_class));
  disk.control = static_cast<std::uint8_t>(record.control);
  std::ranges::reverse_copy(record.lvb, disk.lvb.begin());
  std::ranges::reverse_copy(record.lock.bytes, disk.lock.begin());
  std::ranges::reverse_copy(record.host.bytes, disk.host.begin());
  disk.metadata = record.metadata;
  std::memcpy(bytes.data(), &disk, sizeof disk);
}

}  // namespace lvm::idm
