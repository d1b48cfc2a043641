// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "device/partitions.h"

// Any bytes are an image: reading its partition table ends, and lists only what no sum of can overflow.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm;
  auto read = [&](Bytes offset, std::span<std::byte> out) -> Result<> {
    if (offset.n > size || out.size() > size - offset.n) return fail(Code::io, "beyond the end");
    std::memcpy(out.data(), data + offset.n, out.size());
    return {};
  };
  auto partitions = device::read_partitions(read, Bytes(size));
  if (!partitions) return 0;
  for (const device::Partition& partition : *partitions) {
    CHECK(partition.number != 0);
    CHECK(partition.start + partition.length >= partition.start);
  }
  return 0;
}
