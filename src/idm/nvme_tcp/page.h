// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "base/endian.h"

namespace lvm::idm::nvme_tcp {

// A number in a page of identification or of a log, which has room for it.
template <class T>
void put(std::vector<std::byte>& page, std::size_t offset, const LittleEndian<T>& value) {
  std::memcpy(page.data() + offset, &value, sizeof value);
}

}  // namespace lvm::idm::nvme_tcp
