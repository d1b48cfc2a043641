// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/fd.h"
#include "device/io/block_handle.h"

namespace lvm::device {

// Locks of image files that this process holds, by device and inode: one descriptor each, however
// often the file is open.
class ImageLocks {
 public:
  using Key = std::pair<dev_t, ino_t>;
  Result<std::shared_ptr<Fd>> acquire(const std::string& path, const struct stat& status);

 private:
  std::map<Key, std::weak_ptr<Fd>> held_;
};

namespace {

constexpr std::uint64_t kZeroChunk = 1u << 20;

class ImageHandle final : public Handle {
 public:
  ImageHandle(std::string path, Fd fd, Bytes size, std::shared_ptr<Fd> lock)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size), lock_(std::move(lock)) {}

  Bytes size() const override { return size_; }
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> write(Bytes offset, std::span<const std::byte> data) override;
  Result<> zero(Bytes offset, Bytes length) override;
  Result<> discard(Bytes offset, Bytes length) override;
  Result<> flush() override {
    return ::fdatasync(fd_.get()) == 0 ? Result<>() : fail_errno(path_ + ": flush failed", errno);
  }

 private:
  Result<> check_range(Bytes offset, std::uint64_t length) const {
    if (offset.n <= size_.n && length <= size_.n - offset.n) return {};
    return fail(Code::io, path_ + ": " + std::to_string(length) + " bytes at " + std::to_string(offset.n) +
                              " are beyond the end of the image (" + std::to_string(size_.n) + " bytes).");
  }

  std::string path_;
  Fd fd_;
  Bytes size_;
  std::shared_ptr<Fd> lock_;
};

Result<> ImageHandle::read(Bytes offset, std::span<std::byte> out) {
  TRY(check_range(offset, out.size()));
  while (!out.empty()) {
    ssize_t got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset.n));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(path_ + ": read failed", errno);
    if (got == 0) return fail(Code::io, path_ + ": unexpected end of file.");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += Bytes(static_cast<std::uint64_t>(got));
  }
  return {};
}

Result<> ImageHandle::write(Bytes offset, std::span<const std::byte> data) {
  TRY(check_range(offset, data.size()));
  while (!data.empty()) {
    ssize_t put = ::pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(offset.n));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno(path_ + ": write failed", errno);
    data = data.subspan(static_cast<std::size_t>(put));
    offset += Bytes(static_cast<std::uint64_t>(put));
  }
  return {};
}

Result<> ImageHandle::zero(Bytes offset, Bytes length) {
  TRY(check_range(offset, length.n));
  // Punching keeps a sparse image sparse. File systems without it get zeros written.
  if (length.n != 0 && ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset.n),
                                   static_cast<off_t>(length.n)) == 0)
    return {};
  std::vector<std::byte> zeros(std::min(length.n, kZeroChunk));
  for (std::uint64_t done = 0; done < length.n; done += zeros.size())
    TRY(write(offset + Bytes(done), std::span(zeros).first(std::min<std::uint64_t>(zeros.size(), length.n - done))));
  return {};
}

Result<> ImageHandle::discard(Bytes offset, Bytes length) {
  TRY(check_range(offset, length.n));
  if (length.n != 0 && ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset.n),
                                   static_cast<off_t>(length.n)) != 0)
    return fail_errno(path_ + ": discard failed", errno);
  return {};
}

}  // namespace

Result<std::shared_ptr<Fd>> ImageLocks::acquire(const std::string& path, const struct stat& status) {
  std::weak_ptr<Fd>& known = held_[{status.st_dev, status.st_ino}];
  if (std::shared_ptr<Fd> held = known.lock()) return held;
  auto lock = std::make_shared<Fd>(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!*lock) return fail_errno(path + ": open failed", errno);
  struct flock whole_file{.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
  if (::fcntl(lock->get(), F_OFD_SETLK, &whole_file) != 0) {
    if (errno == EAGAIN || errno == EACCES) return fail(Code::busy, path + ": image is in use by another program.");
    return fail_errno(path + ": lock failed", errno);
  }
  known = lock;
  return lock;
}

std::shared_ptr<ImageLocks> make_image_locks() { return std::make_shared<ImageLocks>(); }

Result<std::unique_ptr<Handle>> open_image(const std::string& path, Access access,
                                           const std::shared_ptr<ImageLocks>& locks) {
  Fd fd(::open(path.c_str(), O_CLOEXEC | (access == Access::read ? O_RDONLY : O_RDWR)));
  if (!fd) return fail_errno(path + ": open failed", errno);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return fail_errno(path + ": stat failed", errno);
  if (!S_ISREG(status.st_mode)) return fail(Code::unsupported, path + ": neither a block device nor a regular file.");
  std::shared_ptr<Fd> lock;
  if (access != Access::read) lock = TRY(locks->acquire(path, status));
  return std::make_unique<ImageHandle>(path, std::move(fd), Bytes(static_cast<std::uint64_t>(status.st_size)),
                                       std::move(lock));
}

}  // namespace lvm::device
