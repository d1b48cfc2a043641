// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "idm/transport.h"

// In-drive mutexes over SCSI: 16-byte commands of the vendor opcode F0h, and INQUIRY for the support probe.
// docs/formats/idm.md. Both sides: what the host sends and understands, what a drive understands and answers.
namespace lvm::idm::scsi {

inline constexpr std::uint8_t kMutexOpcode = 0xF0;
inline constexpr std::uint8_t kInquiryOpcode = 0x12;
inline constexpr std::uint8_t kVersionPage = 0xC3;
inline constexpr std::size_t kVersionPageSize = 0x70;
inline constexpr std::size_t kVersionOffset = 96;

// SAM status codes.
inline constexpr std::uint8_t kGood = 0x00, kCheckCondition = 0x02, kBusy = 0x08, kConflict = 0x18, kTerminated = 0x22;

struct Sense {
  std::uint8_t key = 0, asc = 0, ascq = 0;
  std::uint8_t unit = 0;  // field replaceable unit code: which part of a failure
  friend bool operator==(const Sense&, const Sense&) = default;
};
inline constexpr Sense kInvalidOpcode{0x05, 0x20, 0x00}, kInvalidField{0x05, 0x24, 0x00}, kNoMutex{0x05, 0x21, 0x00};

// Descriptor (72h) and fixed (70h) format; nullopt for anything else, deferred errors included.
std::optional<Sense> parse_sense(std::span<const std::uint8_t> bytes);
// In descriptor format.
std::vector<std::uint8_t> make_sense(const Sense& sense);

struct Request {
  std::array<std::uint8_t, 16> cdb{};
  std::uint8_t cdb_length = 16;
  std::vector<std::byte> out;  // to the drive; empty: none
  std::size_t in_size = 0;     // from the drive
};
Request encode(const Command& command);

struct Answer {
  std::uint8_t status = kGood;
  std::vector<std::uint8_t> sense;
  std::vector<std::byte> data;  // as much as was transferred
};

// What a drive's answer means. Only what the drive says about the mutex is a Reply; not ready, reset, unknown
// sense and broken data are errors. `retry`: a unit attention, which only reports an earlier event.
struct Decoded {
  Outcome outcome;
  bool retry = false;
};
Decoded decode(const Command& command, const Answer& answer);

// The drive's side of opcode F0h, and of the version page (the whole page).
std::expected<Command, Sense> parse_mutex_command(std::span<const std::uint8_t, 16> cdb,
                                                  std::span<const std::byte> data_out);
Answer make_answer(const Command& command, const Reply& reply);

}  // namespace lvm::idm::scsi
