// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

// The memory that the kernel's TCMU shares with a handler, as <linux/target_core_user.h> has it: that header is not
// C++ and brings a struct iovec of its own. All of it is in the machine's byte order.
namespace lvm::idm::tcmu {

inline constexpr std::uint16_t kMailboxVersion = 2;
inline constexpr std::uint16_t kOutOfOrder = 1u << 0;  // answers in any order
inline constexpr std::uint16_t kReadLength = 1u << 1;  // an answer says how much data it brings

struct Mailbox {
  std::uint16_t version, flags;
  std::uint32_t ring_offset, ring_size;
  std::uint32_t head;              // the kernel's to write
  alignas(64) std::uint32_t tail;  // the handler's
};
static_assert(offsetof(Mailbox, head) == 12 && offsetof(Mailbox, tail) == 64 && sizeof(Mailbox) == 128);

enum class EntryKind : std::uint8_t { padding = 0, command = 1, task_management = 2 };

struct EntryHeader {
  std::uint32_t length_and_kind;  // the kind in the low three bits, a multiple of 8 without them
  std::uint16_t id;
  std::uint8_t kernel_flags, user_flags;

  std::uint32_t length() const { return length_and_kind & ~7u; }
  EntryKind kind() const { return static_cast<EntryKind>(length_and_kind & 7u); }
};
static_assert(sizeof(EntryHeader) == 8);
inline constexpr std::uint8_t kUnknownKind = 1, kHasReadLength = 2;  // user_flags

struct Piece {
  std::uint64_t offset, length;  // in the shared memory: an iovec whose base counts from its start
};
static_assert(sizeof(void*) == 8 && sizeof(Piece) == 16);

struct CommandEntry {
  EntryHeader header;
  std::uint32_t pieces, pieces_back, pieces_protection;
  std::uint64_t cdb_offset;
  std::uint64_t reserved[2];
  // then the pieces
};
static_assert(offsetof(CommandEntry, cdb_offset) == 24 && sizeof(CommandEntry) == 48);

struct AnswerEntry {
  EntryHeader header;
  std::uint8_t scsi_status;
  std::uint8_t reserved[3];
  std::uint32_t read_length;
  std::uint8_t sense[96];
};
static_assert(offsetof(AnswerEntry, read_length) == 12 && offsetof(AnswerEntry, sense) == 16 &&
              sizeof(AnswerEntry) == 112);

struct TaskManagementEntry {
  EntryHeader header;
  std::uint8_t type;
  std::uint8_t reserved[3];
  std::uint32_t count;
  std::uint64_t reserved_16[2];
  // then the ids of the commands, 16 bits each
};
static_assert(offsetof(TaskManagementEntry, count) == 12 && sizeof(TaskManagementEntry) == 32);

}  // namespace lvm::idm::tcmu
