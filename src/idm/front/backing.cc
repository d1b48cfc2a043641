// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/front/backing.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace lvm::idm::front {

Result<Backing> Backing::open(const std::string& path, bool read_only) {
  Backing out;
  out.path_ = path;
  out.read_only_ = read_only;
  out.fd_ = Fd(::open(path.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC));
  if (!out.fd_) return fail_errno("opening " + path, errno);
  struct stat info;
  if (::fstat(out.fd_.get(), &info) != 0) return fail_errno("looking at " + path, errno);
  if (S_ISBLK(info.st_mode)) {
    std::uint64_t bytes = 0;
    if (::ioctl(out.fd_.get(), BLKGETSIZE64, &bytes) != 0) return fail_errno("asking for the size of " + path, errno);
    out.size_ = Bytes(bytes);
  } else if (S_ISREG(info.st_mode)) {
    out.size_ = Bytes(static_cast<std::uint64_t>(info.st_size));
    out.regular_ = true;
  } else {
    return fail(Code::usage, path + " is neither a file nor a block device");
  }
  return out;
}

Result<> Backing::read(std::span<std::byte> out, std::uint64_t offset) const {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("reading " + path_, errno);
    if (got == 0) return fail(Code::io, path_ + " has become shorter");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Result<> Backing::write(std::span<const std::byte> in, std::uint64_t offset) const {
  while (!in.empty()) {
    const ssize_t put = ::pwrite(fd_.get(), in.data(), in.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("writing " + path_, errno);
    in = in.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<> Backing::discard(std::uint64_t offset, std::uint64_t length) const {
  if (::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                  static_cast<off_t>(length)) != 0)
    return fail_errno("freeing a part of " + path_, errno);
  return {};
}

Result<> Backing::flush() const {
  if (::fdatasync(fd_.get()) != 0) return fail_errno("writing out " + path_, errno);
  return {};
}

}  // namespace lvm::idm::front
