// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lvm::idm::nvme_tcp {

// A little-endian number of `size` bytes in a page of identification or of a log; the page has room for it.
inline void put(std::vector<std::byte>& page, std::size_t offset, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) page[offset + i] = static_cast<std::byte>(value >> (8 * i));
}

}  // namespace lvm::idm::nvme_tcp
