// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "dm/types.h"

namespace lvm::device {

// Where the bytes of an image lie: a regular file or what an NBD server exports, or a partition in one.
struct ImagePart {
  std::string file;             // absolute, or an NBD URI
  Bytes start;                  // of the partition; 0 for the whole file
  std::uint32_t partition = 0;  // as the partition table numbers it; 0 for the whole file
  friend bool operator==(const ImagePart&, const ImagePart&) = default;
};

// What is known of a block device before it is opened: /sys and /dev.
struct Device {
  std::string path;                  // the preferred name: what reports and messages show
  std::vector<std::string> aliases;  // every other name under devices/dir
  // Of an image: what the embedded engine calls it, or 0:0 where the kernel's device-mapper is used.
  dm::DeviceNumber number;
  std::optional<ImagePart> image;  // set: no block device but a file
  Bytes size;                      // 0 when unknown until opened
  bool read_only = false;
  // What filters judge; all of it from the kernel, nothing from the device's content.
  std::string dm_uuid;               // of a device-mapper device
  bool partition = false;            // is itself a partition
  bool partitioned = false;          // the kernel sees partitions on it
  bool multipath_component = false;  // a path of a device-mapper multipath device
  bool md_component = false;         // a member of a running md array
  // How the devices file knows it; empty when there is none in use or the device is not in it.
  std::string id_type, id_name;
  friend bool operator==(const Device&, const Device&) = default;
};

// Alignment and sector sizes that the PV layout depends on (facts: format 1.7). 0 = not said.
struct Topology {
  std::uint32_t logical_block_size = 512;
  std::uint32_t physical_block_size = 512;
  Bytes minimum_io_size, optimal_io_size, alignment_offset;
  Bytes md_stripe_width;  // of an md device
  friend bool operator==(const Topology&, const Topology&) = default;
};

// An open device. Offsets and lengths are bytes of any alignment; direct I/O alignment is the
// implementation's care. A short read or write is an error. Every error names the device.
class Handle {
 public:
  virtual ~Handle() = default;
  virtual Bytes size() const = 0;
  virtual Result<> read(Bytes offset, std::span<std::byte> out) = 0;
  virtual Result<> write(Bytes offset, std::span<const std::byte> data) = 0;
  virtual Result<> zero(Bytes offset, Bytes length) = 0;
  virtual Result<> discard(Bytes offset, Bytes length) = 0;
  // Returns once everything written is on stable storage.
  virtual Result<> flush() = 0;
};

enum class Access { read, write, exclusive_write };  // exclusive: O_EXCL, fails busy when mounted

struct Signature;

// What a device can be recognised by, though its name changes: the kinds are those of the devices file.
struct DeviceId {
  std::string type;  // "sys_wwid", "devname"
  std::string name;
  friend bool operator==(const DeviceId&, const DeviceId&) = default;
};
struct DeviceIds {
  std::vector<DeviceId> all;  // best first; of a partition those of the whole device
  std::uint32_t part = 0;     // which partition
  friend bool operator==(const DeviceIds&, const DeviceIds&) = default;
};

// A read of the start of a device, in a batch: scanning asks for all devices at once.
struct HeadRead {
  const Device* device = nullptr;
  Bytes length;
  std::vector<std::byte> data;  // filled on success
  std::optional<Error> error;
};

// Block devices of this machine: the seam that simulation replaces.
class Io {
 public:
  virtual ~Io() = default;
  // Every block device that could be a PV by name and kind, unfiltered, in major:minor order.
  virtual Result<std::vector<Device>> enumerate() = 0;
  virtual Result<std::unique_ptr<Handle>> open(const Device& device, Access access) = 0;
  virtual Result<Topology> topology(const Device& device) = 0;
  // Which of `devices` a path names, though it may be none of the names they list: a link to a node,
  // another node of the same number, another path of an image file.
  virtual std::optional<std::size_t> locate(const std::string& path, std::span<const Device> devices);
  // Keeps other programs from changing these images as long as this object lives: from before they are read for
  // a change until it is done. Code::busy when one of them is in use elsewhere. Block devices are passed over.
  virtual Result<> claim(std::span<const Device>) { return {}; }
  // Everything libblkid finds on the device (signatures.h).
  virtual Result<std::vector<Signature>> signatures(const Device& device);
  // True when a mounted file system or swap lies directly on the device.
  virtual bool is_mounted(const Device&) { return false; }
  // Device-mapper devices that stand directly on the device.
  virtual std::vector<dm::DeviceNumber> holders(const Device&) { return {}; }
  virtual DeviceIds ids(const Device& device) { return {{{"devname", device.path}}, 0}; }
  // Reads the heads of many devices at once, under devices/io_timeout: one that does not answer gets an
  // error, and costs the others nothing.
  virtual void read_heads(std::span<HeadRead> reads) = 0;
};

}  // namespace lvm::device
