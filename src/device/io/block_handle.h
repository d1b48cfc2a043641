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

// A regular file, through the page cache. The first writer of this process in `registry` locks the
// whole file (an open file description lock, as QEMU uses); Code::busy when some other program has.
class ImageLocks;
std::shared_ptr<ImageLocks> make_image_locks();
Result<std::unique_ptr<Handle>> open_image(const std::string& path, Access access,
                                           const std::shared_ptr<ImageLocks>& locks);

}  // namespace lvm::device
