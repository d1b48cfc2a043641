// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>

#include "base/fd.h"
#include "dm/user/image_block.h"
#include "dm/user/ring.h"

namespace lvm::dm::user {

// A part of a file or block device. Nothing outside of the part is ever written. As long as it lives its
// bytes are locked (an open file description lock on exactly the part: shared when read-only), so that
// another engine, or qemu, is kept apart.
class FileBlock final : public ImageBlock {
 public:
  // `rings`: reads that are started along with others go to the kernel that way.
  static Result<std::shared_ptr<FileBlock>> open(const Backing& backing, std::shared_ptr<Rings> rings = nullptr);

  Bytes size() const override { return Bytes(length_.load()); }
  bool read_only() const override { return read_only_; }
  std::string name() const override { return path_; }
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> change(const Change& change) override;
  Result<> flush() override;
  void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) override;

  Result<> resize(Bytes length) override;
  bool is(const Backing& backing) const override;

 private:
  FileBlock(const Backing& backing, Fd file, bool device, std::shared_ptr<Rings> rings);
  Result<> check(Bytes offset, Bytes length) const;
  // At least `end` bytes long? Somebody may have cut the file since.
  Result<> check_length(Bytes end) const;
  Result<> lock(Bytes start, Bytes length);
  // What is left when so many bytes have been transferred.
  Result<> read(Bytes offset, std::span<std::byte> out, std::size_t done);
  Result<> write(const Change& change);
  Result<> clear(const Change& change);
  std::unexpected<Error> failed(std::string_view what, Bytes offset, Bytes length, int error_number) const;

  std::string path_;
  Fd file_;
  std::uint64_t start_;
  std::atomic<std::uint64_t> length_;
  bool read_only_;
  bool device_;  // a block device rather than a file
  std::atomic<bool> written_{false};
  const std::shared_ptr<Rings> rings_;
};

// The size of the file or block device behind `path`.
Result<Bytes> file_size(const std::string& path);

}  // namespace lvm::dm::user
