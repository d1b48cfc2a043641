// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "idm/nvme/codec.h"
#include "idm/nvme_tcp/controller.h"
#include "idm/nvme_tcp/page.h"

namespace lvm::idm::nvme_tcp {
namespace {

enum Opcode : std::uint8_t {
  kFlush = 0x00,
  kWrite = 0x01,
  kRead = 0x02,
  kWriteZeroes = 0x08,
  kDatasetManagement = 0x09,
};

// The id as 16 bytes: an EUI-64 stands in the last eight.
std::array<std::uint8_t, 16> wide(const DriveId& id) {
  std::array<std::uint8_t, 16> out{};
  std::ranges::copy(id.bytes, out.end() - static_cast<std::ptrdiff_t>(id.bytes.size()));
  return out;
}

std::string name_of(const DriveId& id) {
  const std::string digits = hex_text(wide(id));
  return fmt::format("nqn.2014-08.org.nvmexpress:uuid:{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20));
}

}  // namespace

struct Subsystem::Range {
  std::uint64_t first = 0, count = 0;

  static Range of(const Submission& command) {
    return {command.cdw10.get() | std::uint64_t{command.cdw11.get()} << 32,
            std::uint64_t{command.cdw12.get() & 0xFFFF} + 1};
  }
};

Subsystem::Subsystem(front::DriveFacts facts, front::Backing backing, front::MutexQueue& mutexes)
    : facts_(std::move(facts)), name_(name_of(facts_.id)), backing_(std::move(backing)), mutexes_(mutexes) {
  CHECK(facts_.size().n <= backing_.size().n && facts_.id.bytes.size() <= 16);
}

bool Subsystem::contains(Range range) const {
  return range.first <= facts_.blocks && range.count <= facts_.blocks - range.first;
}

Answer Subsystem::run_io(const Submission& command, std::span<const std::byte> data) {
  if (mutexes_.drive().faults.gone) return {.status = kNotReady};
  if (command.namespace_id.get() != 1 && command.opcode != kFlush) return {.status = kInvalidNamespace};
  switch (command.opcode) {
    case kFlush: return {.status = backing_.flush() ? kSuccess : kWriteFault};
    case kWrite: return write(command, data);
    case kRead: return read(command);
    case kWriteZeroes: return write_zeroes(command);
    case kDatasetManagement: return deallocate(command, data);
    default: return {.status = kInvalidOpcode};
  }
}

Answer Subsystem::read(const Submission& command) const {
  const Range range = Range::of(command);
  const std::uint64_t size = range.count * facts_.block_size;
  if (!contains(range)) return {.status = kLbaOutOfRange};
  if (size > kMostTransfer || size != command.data_length.get()) return {.status = kInvalidLength};
  Answer answer{.data = std::vector<std::byte>(size)};
  if (!backing_.read(answer.data, range.first * facts_.block_size)) return {.status = kUnrecoveredRead};
  return answer;
}

Answer Subsystem::write(const Submission& command, std::span<const std::byte> data) const {
  constexpr std::uint32_t kForceUnitAccess = 1u << 30;
  const Range range = Range::of(command);
  if (backing_.read_only()) return {.status = kWriteProtected};
  if (!contains(range)) return {.status = kLbaOutOfRange};
  if (data.size() != range.count * facts_.block_size) return {.status = kInvalidLength};
  if (!backing_.write(data, range.first * facts_.block_size)) return {.status = kWriteFault};
  if ((command.cdw12.get() & kForceUnitAccess) != 0 && !backing_.flush()) return {.status = kWriteFault};
  return {};
}

Answer Subsystem::zero(Range range) const {
  if (backing_.read_only()) return {.status = kWriteProtected};
  if (!contains(range)) return {.status = kLbaOutOfRange};
  const std::uint64_t offset = range.first * facts_.block_size, size = range.count * facts_.block_size;
  if (size == 0) return {};
  if (backing_.can_discard()) return {.status = backing_.discard(offset, size) ? kSuccess : kWriteFault};
  const std::vector<std::byte> zeros(std::min<std::uint64_t>(size, 1u << 20));
  for (std::uint64_t at = 0; at < size; at += zeros.size()) {
    const auto part = std::span(zeros).first(std::min<std::uint64_t>(zeros.size(), size - at));
    if (!backing_.write(part, offset + at)) return {.status = kWriteFault};
  }
  return {};
}

Answer Subsystem::write_zeroes(const Submission& command) const { return zero(Range::of(command)); }

// Only what deallocates does anything; hints about use are taken note of.
Answer Subsystem::deallocate(const Submission& command, std::span<const std::byte> data) const {
  struct Wanted {
    le32 attributes, count;
    le64 first;
  };
  constexpr std::uint32_t kDeallocate = 1u << 2;
  const std::size_t count = (command.cdw10.get() & 0xFF) + 1;
  if (data.size() < count * sizeof(Wanted)) return {.status = kInvalidLength};
  if ((command.cdw11.get() & kDeallocate) == 0) return {};
  for (std::size_t i = 0; i < count; ++i) {
    Wanted wanted;
    std::memcpy(&wanted, data.data() + i * sizeof wanted, sizeof wanted);
    const Range range{wanted.first.get(), wanted.count.get()};
    // On a device it would have to be written: the host may not expect that.
    if (!backing_.can_discard() && contains(range)) continue;
    if (Answer answer = zero(range); answer.status != kSuccess) return answer;
  }
  return {};
}

// NVM Command Set 4.1.5.1
Answer Subsystem::identify_namespace() const {
  Answer answer{.data = std::vector<std::byte>(nvme::kIdentifySize)};
  for (const std::size_t offset : {0u, 8u, 16u}) put(answer.data, offset, le64(facts_.blocks));  // size, capacity, use
  if (backing_.can_discard()) answer.data[33] = std::byte{0x09};  // deallocated blocks are zero
  if (backing_.read_only()) answer.data[99] = std::byte{1};
  const auto id = wide(facts_.id);
  const bool eui64 = facts_.id.bytes.size() == 8;
  if (eui64)
    std::memcpy(answer.data.data() + 120, id.data() + 8, 8);
  else
    std::memcpy(answer.data.data() + 104, id.data(), 16);
  answer.data[130] = static_cast<std::byte>(std::countr_zero(facts_.block_size));
  return answer;
}

// Base 5.17.2.3: type, length, two reserved bytes, the id.
Answer Subsystem::describe_namespace() const {
  Answer answer{.data = std::vector<std::byte>(nvme::kIdentifySize)};
  const bool eui64 = facts_.id.bytes.size() == 8;
  answer.data[0] = std::byte{static_cast<std::uint8_t>(eui64 ? 1 : 2)};
  answer.data[1] = static_cast<std::byte>(facts_.id.bytes.size());
  std::memcpy(answer.data.data() + 4, facts_.id.bytes.data(), facts_.id.bytes.size());
  return answer;
}

}  // namespace lvm::idm::nvme_tcp
