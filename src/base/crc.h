// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lvm {

// LVM's checksum: reflected CRC-32 (polynomial 0xEDB88320) with this initial value and no final
// complement. A text in two pieces chains: pass the first piece's result as the second's initial value.
inline constexpr std::uint32_t kCrcInitial = 0xf597a6cf;

std::uint32_t crc32(std::span<const std::byte> data, std::uint32_t initial = kCrcInitial);

}  // namespace lvm
