// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "idm/big_endian.h"
#include "idm/ids.h"

// The 512-byte record of an in-drive mutex: one per (mutex, host). The host sends one with every operation, a
// drive's table is read as a list of them. docs/formats/idm.md. Invariants, checked on every pack and unpack:
//  - class, state and control byte have a known value;
//  - ids are stored as numbers, most significant byte first: the host's byte arrays reversed as a whole.
namespace lvm::idm {

inline constexpr std::size_t kRecordSize = 512;

enum class LockClass : std::uint8_t { exclusive = 0, protected_write = 1, shared = 2 };

enum class State : std::uint32_t {
  uninitialised = 0,
  locked = 0x101,
  unlocked = 0x102,
  multiple_locked = 0x103,  // one of several live sharers
  timed_out = 0x104,        // the owner's lease ended; it still blocks others until it is broken
  dead = 0xDEAD,            // filler behind the last record of a table
};
constexpr bool is_locked(State state) { return state == State::locked || state == State::multiple_locked; }
// Whether the record's host owns the mutex, live or expired.
constexpr bool is_owner(State state) { return is_locked(state) || state == State::timed_out; }

// What UNLOCK does with the lock value block. Every other operation sends `keep`.
enum class LvbControl : std::uint8_t { keep = 0, update = 1, update_valid = 2, invalid = 3 };

// The seven bytes of a lock value block that survive in a drive: the eighth byte of the host's value is where
// the control byte stands on the wire.
using Lvb = std::array<std::uint8_t, 7>;

inline constexpr std::uint64_t kInfiniteCountdown = ~std::uint64_t{0};

struct RecordDisk {
  be64 state;      // read only; the low 32 bits count
  be64 time;       // milliseconds since 1970 by the writing host's clock; drives only echo it
  be64 countdown;  // lease in milliseconds; all ones: infinite
  be64 lock_class;
  std::uint8_t control;
  std::array<std::uint8_t, 7> lvb;  // last byte first
  std::array<std::uint8_t, 24> reserved_40;
  std::array<std::uint8_t, 64> lock;  // reversed
  std::array<std::uint8_t, 64> metadata;
  std::array<std::uint8_t, 32> host;  // reversed
  std::array<std::uint8_t, 288> reserved_224;
};
static_assert(sizeof(RecordDisk) == kRecordSize && alignof(RecordDisk) == 1);
static_assert(offsetof(RecordDisk, lock_class) == 24 && offsetof(RecordDisk, control) == 32 &&
              offsetof(RecordDisk, lock) == 64 && offsetof(RecordDisk, metadata) == 128 &&
              offsetof(RecordDisk, host) == 192);

struct Record {
  State state = State::uninitialised;
  std::uint64_t time = 0;       // milliseconds since 1970, host's clock
  std::uint64_t countdown = 0;  // milliseconds
  LockClass lock_class = LockClass::exclusive;
  LvbControl control = LvbControl::keep;
  Lvb lvb{};
  LockId lock;
  HostId host;
  std::array<std::uint8_t, 64> metadata{};  // in wire order; unused by every known host

  friend bool operator==(const Record&, const Record&) = default;
};

// Code::corrupt names the field that has no known value.
Result<Record> unpack_record(std::span<const std::byte, kRecordSize> bytes);
void pack_record(const Record& record, std::span<std::byte, kRecordSize> bytes);

}  // namespace lvm::idm
