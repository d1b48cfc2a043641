// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>

#include "device/io.h"

namespace lvm::device {

// Reads at most `length` bytes of `fd` into an aligned buffer: bytes read or a negative errno, or the
// special values of HeadJob. Lets block handles share the ring of their maker.
using AlignedRead = std::function<int(int fd, std::byte* buffer, std::size_t length, std::uint64_t offset)>;

// A block device, past the page cache (O_DIRECT): what is read is what every other host and program
// reads, and a write is on the device when it returns.
Result<std::unique_ptr<Handle>> open_block(const std::string& path, Access access, AlignedRead read);

// An image file, or a partition in one, through the page cache.
Result<std::unique_ptr<Handle>> open_image(const Device& device, Access access);

}  // namespace lvm::device
