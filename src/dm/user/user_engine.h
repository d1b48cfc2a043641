// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dm/engine.h"
#include "dm/user/block.h"

namespace lvm::dm::user {

// Majors of device numbers. The kernel's majors end at 4095: image files never clash with its devices.
inline constexpr std::uint32_t kDeviceMajor = 253;  // devices of the engine, as a kernel would number them
inline constexpr std::uint32_t kImageMajor = 4096;  // image files; the user of the engine gives the minors

// What stands behind a device number that tables name: a part of a file, of a block device or of an NBD export.
struct Backing {
  std::string path;  // absolute, or an NBD URI
  Bytes start;       // of the partition in the file; 0 for the whole
  Bytes length;      // the size that tables may use
  bool read_only = false;
  friend bool operator==(const Backing&, const Backing&) = default;
};

// A device of the engine, as its users see it.
struct Volume {
  Info info;
  Bytes size;
  std::optional<NodeLink> link;  // what its last resume or rename said; FUSE shows it as dev/VG/LV
};

// The embedded device-mapper: dm::Engine, and what a kernel has beside it, namely the disks below and the
// data of the devices. Two kinds: LocalEngine in this process, ClientEngine over a socket.
class UserEngine : public Engine {
 public:
  // Says what a device number stands for, before a table names it. The same again is no change; another
  // length, or anything else while no table uses it, replaces it. The file must be there and be at least
  // start + length long. While a table uses it the file is locked against other engines.
  virtual Result<> attach(DeviceNumber number, const Backing& backing) = 0;
  virtual Result<std::vector<std::pair<DeviceNumber, Backing>>> backings() = 0;

  virtual Result<std::vector<Volume>> volumes() = 0;
  // Opens the data of a device; as long as it is open the device has an opener more, so it cannot be removed.
  // I/O on a suspended device waits until it is resumed.
  virtual Result<std::unique_ptr<Block>> open(DeviceNumber device, bool writable) = 0;

  // Waits until the device's event number is another than `seen`, and returns it; nullopt when
  // `timeout_milliseconds` have passed. A removed device ends the wait with not_found.
  virtual Result<std::optional<std::uint32_t>> wait_event(std::string_view uuid, std::uint32_t seen,
                                                          std::uint64_t timeout_milliseconds) = 0;
};

}  // namespace lvm::dm::user
