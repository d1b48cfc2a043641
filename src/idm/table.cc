// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace lvm::idm {
namespace {

// One block of 512 bytes: totals, then each class by state.
struct CountsDisk {
  struct Class {
    be16 locked, unlocked, multiple_locked, timed_out;
  };
  be16 total, exclusive, protected_write, shared;
  std::array<Class, 3> classes;  // exclusive, protected write, shared
  std::array<std::uint8_t, 480> reserved;
};
static_assert(sizeof(CountsDisk) == kRecordSize && offsetof(CountsDisk, classes) == 8);

Counts::Class unpack_class(be16 total, const CountsDisk::Class& disk) {
  return {total.get(), disk.locked.get(), disk.unlocked.get(), disk.multiple_locked.get(), disk.timed_out.get()};
}

CountsDisk::Class pack_class(const Counts::Class& counts) {
  return {be16(counts.locked), be16(counts.unlocked), be16(counts.multiple_locked), be16(counts.timed_out)};
}

}  // namespace

Result<Record> unpack_request(std::span<const std::byte, kRecordSize> bytes) {
  std::array<std::byte, kRecordSize> copy;
  std::ranges::copy(bytes, copy.begin());
  std::ranges::fill(std::span(copy).first(sizeof(RecordDisk::state)), std::byte{0});
  return unpack_record(copy);
}

Result<std::vector<Record>> unpack_table(std::span<const std::byte> bytes, std::uint32_t count) {
  if (bytes.size() % kRecordSize != 0 || bytes.size() / kRecordSize > count)
    return fail(Code::corrupt,
                fmt::format("{} bytes were read where {} mutex records were asked for", bytes.size(), count));
  std::vector<Record> records;
  records.reserve(bytes.size() / kRecordSize);
  for (; !bytes.empty(); bytes = bytes.subspan(kRecordSize)) {
    Record record = TRY(unpack_record(bytes.first<kRecordSize>()));
    if (record.state == State::dead) break;
    // What is read back never asks for anything; some firmware leaves what the last write said.
    record.control = LvbControl::keep;
    records.push_back(record);
  }
  return records;
}

std::vector<std::byte> pack_table(std::span<const Record> records, std::uint32_t count) {
  std::vector<std::byte> out(std::size_t{count} * kRecordSize);
  for (std::size_t i = 0; i < count; ++i) {
    const Record record = i < records.size() ? records[i] : Record{.state = State::dead};
    pack_record(record, std::span(out).subspan(i * kRecordSize).first<kRecordSize>());
  }
  return out;
}

Result<Counts> unpack_counts(std::span<const std::byte> bytes) {
  if (bytes.size() != kRecordSize)
    return fail(Code::corrupt, fmt::format("{} bytes were read where one block of counts was asked for", bytes.size()));
  CountsDisk disk;
  std::memcpy(&disk, bytes.data(), sizeof disk);
  return Counts{.total = disk.total.get(),
                .exclusive = unpack_class(disk.exclusive, disk.classes[0]),
                .protected_write = unpack_class(disk.protected_write, disk.classes[1]),
                .shared = unpack_class(disk.shared, disk.classes[2])};
}

std::vector<std::byte> pack_counts(const Counts& counts) {
  CountsDisk disk{};
  disk.total.set(counts.total);
  disk.exclusive.set(counts.exclusive.total);
  disk.protected_write.set(counts.protected_write.total);
  disk.shared.set(counts.shared.total);
  disk.classes = {pack_class(counts.exclusive), pack_class(counts.protected_write), pack_class(counts.shared)};
  std::vector<std::byte> out(sizeof disk);
  std::memcpy(out.data(), &disk, sizeof disk);
  return out;
}

}  // namespace lvm::idm
