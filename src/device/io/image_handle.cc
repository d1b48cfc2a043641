// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"
#include "device/io/block_handle.h"

namespace lvm::device {

namespace {

constexpr std::uint64_t kZeroChunk = 1u << 20;

class ImageHandle final : public Handle {
 public:
  ImageHandle(const Device& device, Fd fd)
      : path_(device.path), fd_(std::move(fd)), start_(device.image->start), size_(device.size) {}

  Bytes size() const override { return size_; }
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> write(Bytes offset, std::span<const std::byte> data) override;
  Result<> zero(Bytes offset, Bytes length) override;
  Result<> discard(Bytes offset, Bytes length) override;
  Result<> flush() override { return ::fdatasync(fd_.get()) == 0 ? Result<>() : failed("flush"); }

 private:
  Result<> check_range(Bytes offset, std::uint64_t length) const {
    if (offset.n <= size_.n && length <= size_.n - offset.n) return {};
    return fail(Code::io, path_ + ": " + std::to_string(length) + " bytes at " + std::to_string(offset.n) +
                              " are beyond the end of the image (" + std::to_string(size_.n) + " bytes).");
  }

  off_t at(Bytes offset) const { return static_cast<off_t>((start_ + offset).n); }
  // "Disk full" is said as such: the cause is another disk than the one at hand.
  std::unexpected<Error> failed(const char* what) const {
    if (errno == ENOSPC || errno == EDQUOT)
      return fail(Code::no_space, path_ + ": " + what + " failed: the file system with this image is full.");
    return fail_errno(path_ + ": " + what + " failed", errno);
  }

  std::string path_;
  Fd fd_;
  Bytes start_, size_;
};

Result<> ImageHandle::read(Bytes offset, std::span<std::byte> out) {
  TRY(check_range(offset, out.size()));
  while (!out.empty()) {
    ssize_t got = ::pread(fd_.get(), out.data(), out.size(), at(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read");
    if (got == 0) return fail(Code::io, path_ + ": the image was cut short while in use.");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += Bytes(static_cast<std::uint64_t>(got));
  }
  return {};
}

Result<> ImageHandle::write(Bytes offset, std::span<const std::byte> data) {
  TRY(check_range(offset, data.size()));
  while (!data.empty()) {
    ssize_t put = ::pwrite(fd_.get(), data.data(), data.size(), at(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("write");
    data = data.subspan(static_cast<std::size_t>(put));
    offset += Bytes(static_cast<std::uint64_t>(put));
  }
  return {};
}

Result<> ImageHandle::zero(Bytes offset, Bytes length) {
  TRY(check_range(offset, length.n));
  // Punching keeps a sparse image sparse. File systems without it get zeros written.
  if (length.n != 0 &&
      ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at(offset), static_cast<off_t>(length.n)) == 0)
    return {};
  std::vector<std::byte> zeros(std::min(length.n, kZeroChunk));
  for (std::uint64_t done = 0; done < length.n; done += zeros.size())
    TRY(write(offset + Bytes(done), std::span(zeros).first(std::min<std::uint64_t>(zeros.size(), length.n - done))));
  return {};
}

Result<> ImageHandle::discard(Bytes offset, Bytes length) {
  TRY(check_range(offset, length.n));
  if (length.n != 0 &&
      ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at(offset), static_cast<off_t>(length.n)) != 0)
    return failed("discard");
  return {};
}

}  // namespace

Result<std::unique_ptr<Handle>> open_image(const Device& device, Access access) {
  const std::string& file = device.image->file;
  Fd fd(::open(file.c_str(), O_CLOEXEC | O_NONBLOCK | (access == Access::read ? O_RDONLY : O_RDWR)));
  if (!fd) return fail_errno(device.path + ": open failed", errno);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return fail_errno(device.path + ": stat failed", errno);
  if (!S_ISREG(status.st_mode)) return fail(Code::unsupported, device.path + ": no image: not a regular file.");
  Device opened = device;
  Bytes size(static_cast<std::uint64_t>(status.st_size));
  if (device.image->partition == 0) {
    opened.size = size;
  } else if (size < device.image->start + device.size) {
    return fail(Code::corrupt, device.path + ": the image was cut short while in use.");
  }
  return std::make_unique<ImageHandle>(opened, std::move(fd));
}

}  // namespace lvm::device
