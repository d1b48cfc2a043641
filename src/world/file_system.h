// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "dm/types.h"

namespace lvm::world {

// What a volume carries, as far as resizing needs it. Read from the device, /proc and the device-mapper.
struct FileSystem {
  std::string type;   // libblkid's word: "ext4", "xfs", "swap"; empty: none
  std::string path;   // of the device that holds it: the volume, or the open encryption on it
  bool file = false;  // a file of the embedded engine: it cannot be mounted
  dm::DeviceNumber device;
  Bytes device_size;
  Bytes end;                     // where it ends on `path`; 0 when that is not known
  std::uint32_t block_size = 0;  // bytes; 0 when that is not known
  std::uint32_t id = 0;          // btrfs: of this device among those of the file system
  std::uint32_t parts = 1;       // btrfs: how many devices it spans
  std::string uuid, label;       // of swap space

  struct Mount {
    std::string point;
    std::string options;
    bool whole = true;  // false: a folder or subvolume of it
    friend bool operator==(const Mount&, const Mount&) = default;
  };
  std::vector<Mount> mounts;  // in the order they were made
  bool swapped_on = false;

  // dm-crypt between the volume and the file system.
  struct Encryption {
    std::string name;  // of its device in /dev/mapper; empty: not open
    Bytes offset;      // where its content begins on the volume
    friend bool operator==(const Encryption&, const Encryption&) = default;
  };
  std::optional<Encryption> encryption;
  friend bool operator==(const FileSystem&, const FileSystem&) = default;
};

}  // namespace lvm::world
