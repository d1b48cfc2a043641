// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/block_handle.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "device/io/aligned.h"
#include "device/io/head_job.h"

namespace lvm::device {
namespace {

class BlockHandle final : public Handle {
 public:
  BlockHandle(std::string path, Fd fd, Bytes size, std::uint64_t block_size, AlignedRead read)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size), block_size_(block_size), read_(std::move(read)) {}

  Bytes size() const override { return size_; }
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> write(Bytes offset, std::span<const std::byte> data) override;
  Result<> zero(Bytes offset, Bytes length) override;
  Result<> discard(Bytes offset, Bytes length) override;
  Result<> flush() override {
    return ::fsync(fd_.get()) == 0 ? Result<>() : fail_errno(path_ + ": flush failed", errno);
  }

 private:
  static constexpr std::uint64_t kChunk = 4u << 20;

  Result<> check_range(Bytes offset, std::uint64_t length) const;
  Result<> read_blocks(std::uint64_t offset, std::byte* buffer, std::uint64_t length);
  Result<> write_blocks(std::uint64_t offset, const std::byte* buffer, std::uint64_t length);
  // One chunk of a write: whole blocks, the edges kept as they are on the device.
  Result<> write_chunk(std::uint64_t offset, std::span<const std::byte> data);
  std::unexpected<Error> failed(const char* verb, std::uint64_t offset, std::uint64_t length, int error) const;

  std::string path_;
  Fd fd_;
  Bytes size_;
  std::uint64_t block_size_;
  AlignedRead read_;
};

std::unexpected<Error> BlockHandle::failed(const char* verb, std::uint64_t offset, std::uint64_t length,
                                           int error) const {
  std::string prefix = std::string("Error ") + verb + " device " + path_ + " at " + std::to_string(offset) +
                       " length " + std::to_string(length);
  if (error == -HeadJob::kPending) return fail(Code::io, prefix + ": the device does not answer (devices/io_timeout).");
  if (error == -HeadJob::kInterrupted) return fail(Code::interrupted, prefix + ": interrupted.");
  return fail_errno(prefix, error);
}

Result<> BlockHandle::check_range(Bytes offset, std::uint64_t length) const {
  if (offset.n <= size_.n && length <= size_.n - offset.n) return {};
  return fail(Code::io, path_ + ": " + std::to_string(length) + " bytes at " + std::to_string(offset.n) +
                            " are beyond the end of the device (" + std::to_string(size_.n) + " bytes).");
}

Result<> BlockHandle::read_blocks(std::uint64_t offset, std::byte* buffer, std::uint64_t length) {
  for (std::uint64_t done = 0; done < length;) {
    int got = read_(fd_.get(), buffer + done, length - done, offset + done);
    if (got == -EINTR) continue;
    if (got < 0) return failed("reading", offset + done, length - done, -got);
    if (got == 0) return fail(Code::io, path_ + ": unexpected end of device.");
    done += static_cast<std::uint64_t>(got);
  }
  return {};
}

Result<> BlockHandle::write_blocks(std::uint64_t offset, const std::byte* buffer, std::uint64_t length) {
  for (std::uint64_t done = 0; done < length;) {
    ssize_t put = ::pwrite(fd_.get(), buffer + done, length - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return failed("writing", offset + done, length - done, put == 0 ? EIO : errno);
    done += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<> BlockHandle::read(Bytes offset, std::span<std::byte> out) {
  TRY(check_range(offset, out.size()));
  for (std::uint64_t done = 0; done < out.size();) {
    std::uint64_t at = offset.n + done, count = std::min<std::uint64_t>(kChunk, out.size() - done);
    std::uint64_t start = round_down(at, block_size_), end = round_up(at + count, block_size_);
    AlignedBuffer buffer = make_aligned_buffer(end - start);
    if (!buffer) return fail(Code::io, path_ + ": out of memory.");
    Result<> read = read_blocks(start, buffer.get(), end - start);
    if (!read) {
      // The device may yet answer, into this memory.
      (void)buffer.release();
      return read;
    }
    std::memcpy(out.data() + done, buffer.get() + (at - start), count);
    done += count;
  }
  return {};
}

Result<> BlockHandle::write_chunk(std::uint64_t offset, std::span<const std::byte> data) {
  std::uint64_t start = round_down(offset, block_size_);
  std::uint64_t end = round_up(offset + data.size(), block_size_);
  AlignedBuffer buffer = make_aligned_buffer(end - start);
  if (!buffer) return fail(Code::io, path_ + ": out of memory.");
  if (start != offset) TRY(read(Bytes(start), std::span(buffer.get(), block_size_)));
  if (end != offset + data.size() && (end - start > block_size_ || start == offset))
    TRY(read(Bytes(end - block_size_), std::span(buffer.get() + (end - start - block_size_), block_size_)));
  std::memcpy(buffer.get() + (offset - start), data.data(), data.size());
  return write_blocks(start, buffer.get(), end - start);
}

Result<> BlockHandle::write(Bytes offset, std::span<const std::byte> data) {
  TRY(check_range(offset, data.size()));
  for (std::uint64_t done = 0; done < data.size();) {
    // Later chunks begin on a chunk boundary, so only the first and the last have edges.
    std::uint64_t at = offset.n + done;
    std::uint64_t count = std::min<std::uint64_t>(round_down(at, kChunk) + kChunk - at, data.size() - done);
    TRY(write_chunk(at, data.subspan(done, count)));
    done += count;
  }
  return {};
}

Result<> BlockHandle::zero(Bytes offset, Bytes length) {
  TRY(check_range(offset, length.n));
  std::uint64_t start = round_up(offset.n, block_size_), end = round_down(offset.n + length.n, block_size_);
  std::uint64_t range[2] = {start, end - start};
  // A few blocks are written as quickly; a device that cannot zero by itself would leave a line in the kernel's log.
  constexpr std::uint64_t kWorthAsking = 64u << 10;
  if (start < end && length.n >= kWorthAsking && ::ioctl(fd_.get(), BLKZEROOUT, range) == 0) {
    std::vector<std::byte> edge(block_size_);
    TRY(write(offset, std::span(edge).first(start - offset.n)));
    return write(Bytes(end), std::span(edge).first(offset.n + length.n - end));
  }
  std::vector<std::byte> zeros(std::min(length.n, kChunk));
  for (std::uint64_t done = 0; done < length.n; done += zeros.size())
    TRY(write(offset + Bytes(done), std::span(zeros).first(std::min<std::uint64_t>(zeros.size(), length.n - done))));
  return {};
}

Result<> BlockHandle::discard(Bytes offset, Bytes length) {
  TRY(check_range(offset, length.n));
  std::uint64_t range[2] = {offset.n, length.n};
  if (::ioctl(fd_.get(), BLKDISCARD, range) != 0)
    return fail_errno(path_ + ": BLKDISCARD ioctl at offset " + std::to_string(offset.n) + " size " +
                          std::to_string(length.n) + " failed",
                      errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<Handle>> open_block(const std::string& path, Access access, AlignedRead read) {
  int flags = O_CLOEXEC | O_DIRECT | (access == Access::read ? O_RDONLY : O_RDWR);
  if (access == Access::exclusive_write) flags |= O_EXCL;
  Fd fd(::open(path.c_str(), flags));
  if (!fd) {
    if (access == Access::exclusive_write && errno == EBUSY)
      return fail(Code::busy, "Can't open " + path + " exclusively.  Mounted filesystem?");
    return fail_errno("Error opening device " + path, errno);
  }
  std::uint64_t size = 0;
  int block_size = 0;
  if (::ioctl(fd.get(), BLKGETSIZE64, &size) != 0 || ::ioctl(fd.get(), BLKSSZGET, &block_size) != 0)
    return fail_errno(path + ": size of the device is unknown", errno);
  return std::make_unique<BlockHandle>(path, std::move(fd), Bytes(size),
                                       static_cast<std::uint64_t>(std::max(block_size, 512)), std::move(read));
}

}  // namespace lvm::device
