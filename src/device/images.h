// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "device/io.h"
#include "dm/types.h"

// Images as devices: files, and what NBD servers export ("nbd+unix:///?socket=PATH"). An image with a partition table
// is one device for the whole, which is partitioned, and one for each partition: "disk.img@3".
namespace lvm::device {

struct ImageName {
  std::string file;
  std::optional<std::uint32_t> partition;
  friend bool operator==(const ImageName&, const ImageName&) = default;
};
// A file of that very name wins over a partition. Of a URI's own "@" behind its last slash "%40" is to be made.
ImageName split_image_name(const std::string& path);

// What the embedded engine calls an image: from device, inode and partition, so that every command gives the same
// number to the same image. Majors begin behind those that a kernel can have.
dm::DeviceNumber image_number(std::uint64_t file_system, std::uint64_t inode, std::uint32_t partition);
// The same from a URI.
dm::DeviceNumber uri_number(const std::string& uri, std::uint32_t partition);

struct ImageList {
  std::vector<Device> images;
  std::set<dm::DeviceNumber> blocks;  // what is a block device rather than an image
};
// What `paths` name: image files, NBD URIs, partitions of them, directories of images (every file in them whose name
// does not begin with a dot), block devices. What is not there is left out; a server that is not is an error.
// `numbered`: images get numbers.
Result<ImageList> list_images(const std::vector<std::string>& paths, bool numbered);

}  // namespace lvm::device
