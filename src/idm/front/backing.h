// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "base/units.h"

namespace lvm::idm::front {

// Where an emulated drive keeps its data: a file or a block device, through the page cache.
class Backing {
 public:
  static Result<Backing> open(const std::string& path, bool read_only);

  Bytes size() const { return size_; }
  bool read_only() const { return read_only_; }
  // Whether deallocated ranges read as zeros and free their space: files on most file systems.
  bool can_discard() const { return regular_; }
  // All or nothing is reported; the range is the caller's to check.
  Result<> read(std::span<std::byte> out, std::uint64_t offset) const;
  Result<> write(std::span<const std::byte> in, std::uint64_t offset) const;
  Result<> discard(std::uint64_t offset, std::uint64_t length) const;
  Result<> flush() const;

 private:
  Fd fd_;
  std::string path_;
  Bytes size_;
  bool read_only_ = false, regular_ = false;
};

}  // namespace lvm::idm::front
