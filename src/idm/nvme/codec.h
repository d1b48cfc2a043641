// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "idm/transport.h"

// In-drive mutexes over NVMe: admin commands with the vendor opcodes C1h (write) and C2h (read), and Identify
// Controller for the support probe. docs/formats/idm.md. Both sides, as in idm/scsi/codec.h.
namespace lvm::idm::nvme {

inline constexpr std::uint8_t kIdentifyOpcode = 0x06, kWriteOpcode = 0xC1, kReadOpcode = 0xC2;
inline constexpr std::size_t kIdentifySize = 4096;
inline constexpr std::size_t kVersionOffset = 4095;  // major in the high nibble, minor in the low one
inline constexpr std::uint16_t kVendorSeagate = 0x1BB1;

struct Request {
  std::uint8_t opcode = 0;
  std::uint32_t cdw10 = 0, cdw12 = 0;
  std::vector<std::byte> out;
  std::size_t in_size = 0;
};
Request encode(const Command& command);

struct Answer {
  std::uint16_t status = 0;  // status code in bits 7-0, its type in bits 10-8
  std::vector<std::byte> data;
};

// `vendors`: the PCI vendors whose Identify data has a version where Seagate puts it. Byte 4095 belongs to each
// vendor: another's drive must not be sent C1h because of what it keeps there.
Outcome decode(const Command& command, const Answer& answer, std::span<const std::uint16_t> vendors);

// The drive's side; an error is the NVMe status.
std::expected<Command, std::uint16_t> parse_command(std::uint8_t opcode, std::uint32_t cdw10, std::uint32_t cdw12,
                                                    std::span<const std::byte> data_out);
Answer make_answer(const Command& command, const Reply& reply);

}  // namespace lvm::idm::nvme
