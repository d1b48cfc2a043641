// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "idm/command.h"

// What a drive sends when it is read: its records, or how many it has. The same over SCSI and NVMe.
namespace lvm::idm {

// The mutex group of a command: a read of `inquiry` counts, a write with operation 0 forgets everything.
inline constexpr std::uint8_t kGroupMutexes = 0x01, kGroupInquiry = 0xFF;

// The record of a write: its state says nothing, whatever the host left there.
Result<Record> unpack_request(std::span<const std::byte, kRecordSize> bytes);

// At most `count` records, up to the first filler; Code::corrupt for a broken record or a cut one. Fewer bytes than
// `count` records are accepted when they end at a record: the table may have shrunk.
Result<std::vector<Record>> unpack_table(std::span<const std::byte> bytes, std::uint32_t count);
// `count` records, those behind the last filled up.
std::vector<std::byte> pack_table(std::span<const Record> records, std::uint32_t count);

Result<Counts> unpack_counts(std::span<const std::byte> bytes);
std::vector<std::byte> pack_counts(const Counts& counts);

}  // namespace lvm::idm
