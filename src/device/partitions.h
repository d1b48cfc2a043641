// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/units.h"

// Partition tables of disk images: what the kernel reads from disks, for files that no kernel looks at.
// Sources: UEFI specification (GUID partition table, protective MBR); fdisk(8) (PC partition table).
namespace lvm::device {

struct Partition {
  std::uint32_t number = 0;  // from 1; logical partitions of a PC table from 5
  Bytes start, length;
  friend bool operator==(const Partition&, const Partition&) = default;
};

// Reads bytes of the image; a range beyond its end is an error.
using ReadAt = std::function<Result<>(Bytes offset, std::span<std::byte> out)>;

// The partitions of an image of `size` bytes in order of their numbers; none when it has no partition table. A GUID
// table whose first copy is damaged is read from the copy at the end. Partitions that reach beyond the end of the
// image are listed as the table has them.
Result<std::vector<Partition>> read_partitions(const ReadAt& read, Bytes size);

}  // namespace lvm::device
