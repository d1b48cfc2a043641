// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "device/io.h"

namespace lvm::device {

// What marks the content of a device as a file system, RAID member, partition table...: a few bytes at
// a fixed place. Without those bytes it is no longer recognised.
struct Signature {
  std::string type;  // libblkid's word: "ext4", "LVM2_member", "dos", "gpt"
  Bytes offset;      // of the magic bytes
  Bytes length;
  bool partition_table = false;
  std::uint32_t block_size = 0;  // bytes of a block, as a file system counts; 0: not said
  friend bool operator==(const Signature&, const Signature&) = default;
};

// Everything libblkid finds, copies at the end of the device included. Empty when the program is built
// without libblkid.
Result<std::vector<Signature>> find_signatures(const Device& device);
// The same where there is no path to open: the first and last bytes of `data`, where signatures stand, are copied.
Result<std::vector<Signature>> find_signatures(const std::string& name, Handle& data);

// Zeroes the magic bytes.
Result<> wipe_signature(Handle& handle, const Signature& signature);

}  // namespace lvm::device
