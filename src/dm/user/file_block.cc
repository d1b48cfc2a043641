// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/file_block.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "dm/user/batch.h"

namespace lvm::dm::user {
namespace {

constexpr std::array<std::byte, 65536> kZeros{};

Result<Bytes> size_of(int file, const std::string& path, bool& device) {
  struct stat status{};
  if (::fstat(file, &status) != 0) return fail_errno(path, errno);
  device = S_ISBLK(status.st_mode);
  if (S_ISREG(status.st_mode)) return Bytes(static_cast<std::uint64_t>(status.st_size));
  if (!device) return fail(Code::usage, fmt::format("{} is neither a file nor a block device.", path));
  std::uint64_t size = 0;
  if (::ioctl(file, BLKGETSIZE64, &size) != 0) return fail_errno(path, errno);
  return Bytes(size);
}

Code code_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT: return Code::no_space;
    case EROFS:
    case EPERM:
    case EACCES: return Code::permission;
    default: return Code::io;
  }
}

}  // namespace

Result<Bytes> file_size(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return fail_errno(path, errno);
  bool device = false;
  return size_of(file.get(), path, device);
}

FileBlock::FileBlock(const Backing& backing, Fd file, bool device, std::shared_ptr<Rings> rings)
    : path_(backing.path),
      file_(std::move(file)),
      start_(backing.start.n),
      length_(backing.length.n),
      read_only_(backing.read_only),
      device_(device),
      rings_(std::move(rings)) {}

Result<std::shared_ptr<FileBlock>> FileBlock::open(const Backing& backing, std::shared_ptr<Rings> rings) {
  // O_NONBLOCK: a FIFO in an image's place must not stop the engine.
  Fd file(::open(backing.path.c_str(), (backing.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    auto code = errno == ENOENT ? Code::not_found : code_of(errno);
    return fail(code, fmt::format("Cannot open image {}: {}.", backing.path, std::strerror(errno)));
  }
  bool device = false;
  auto size = TRY(size_of(file.get(), backing.path, device));
  if (backing.start > size || backing.length > size - backing.start)
    return fail(Code::corrupt,
                fmt::format("{} is {} bytes long, but {} bytes from {} on are to be used: it was cut short, or it is "
                            "another file.",
                            backing.path, size.n, backing.length.n, backing.start.n));
  std::shared_ptr<FileBlock> block(new FileBlock(backing, std::move(file), device, std::move(rings)));
  TRY(block->lock(backing.start, backing.length));
  return block;
}

Result<> FileBlock::lock(Bytes start, Bytes length) {
  if (!length) return {};  // a length of 0 would lock the whole file
  struct flock lock{};
  lock.l_type = read_only_ ? F_RDLCK : F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(start.n);
  lock.l_len = static_cast<off_t>(length.n);
  if (::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EAGAIN || errno == EACCES)
    return fail(Code::busy,
                fmt::format("{} is in use by another program (or by the engine of another run directory).", path_));
  // File systems without locks: there is nothing more to be done about it.
  if (errno == ENOLCK || errno == ENOSYS || errno == EINVAL) return {};
  return fail_errno(fmt::format("Cannot lock {}", path_), errno);
}

Result<> FileBlock::resize(Bytes length) {
  TRY(check_length(Bytes(start_) + length));
  if (length.n > length_) TRY(lock(Bytes(start_ + length_), length - Bytes(length_.load())));
  length_ = length.n;
  return {};
}

bool FileBlock::is(const Backing& backing) const {
  struct stat ours{}, theirs{};
  return start_ == backing.start.n && read_only_ == backing.read_only && ::fstat(file_.get(), &ours) == 0 &&
         ::stat(backing.path.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

std::unexpected<Error> FileBlock::failed(std::string_view what, Bytes offset, Bytes length, int error_number) const {
  return fail(code_of(error_number), fmt::format("{}: {} of {} bytes at {} failed: {}.", path_, what, length.n,
                                                 start_ + offset.n, std::strerror(error_number)));
}

Result<> FileBlock::check(Bytes offset, Bytes length) const {
  if (offset > size() || length > size() - offset)
    return fail(Code::io, fmt::format("{}: access to {} bytes at {} is beyond the end ({} bytes).", path_, length.n,
                                      offset.n, size().n));
  return {};
}

Result<> FileBlock::check_length(Bytes end) const {
  bool device = false;
  auto size = TRY(size_of(file_.get(), path_, device));
  if (end > size)
    return fail(Code::io, fmt::format("{} is only {} bytes long, {} are needed: it was cut short while in use.", path_,
                                      size.n, end.n));
  return {};
}

Result<> FileBlock::read(Bytes offset, std::span<std::byte> out) {
  TRY(check(offset, Bytes(out.size())));
  return read(offset, out, 0);
}

Result<> FileBlock::read(Bytes offset, std::span<std::byte> out, std::size_t done) {
  while (done < out.size()) {
    auto got = ::pread(file_.get(), out.data() + done, out.size() - done, static_cast<off_t>(start_ + offset.n + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", offset, Bytes(out.size()), errno);
    if (got == 0) TRY(check_length(Bytes(start_) + offset + Bytes(out.size())));
    done += static_cast<std::size_t>(got);
  }
  return {};
}

Result<> FileBlock::change(const Change& change) {
  TRY(check(change.offset, change.length));
  if (read_only_) return fail(Code::permission, fmt::format("{} is read-only.", path_));
  if (!change.length) return {};
  written_ = true;
  return change.kind == Change::Kind::data ? write(change) : clear(change);
}

Result<> FileBlock::write(const Change& change) {
  // A file that was cut short while in use would grow again, with a hole in it.
  if (!device_) TRY(check_length(Bytes(start_) + change.offset + change.length));
  std::size_t done = 0;
  int flags = change.durable ? RWF_DSYNC : 0;
  while (done < change.length.n) {
    const auto at = static_cast<off_t>(start_ + change.offset.n + done);
    // writev does not write to what it is given.
    struct iovec piece{const_cast<std::byte*>(change.data) + done, change.length.n - done};
    auto got = flags == 0 ? ::pwrite(file_.get(), piece.iov_base, piece.iov_len, at)
                          : ::pwritev2(file_.get(), &piece, 1, at, flags);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && flags != 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
      flags = 0;
      continue;
    }
    if (got <= 0) return failed("write", change.offset, change.length, got < 0 ? errno : ENOSPC);
    done += static_cast<std::size_t>(got);
  }
  if (change.durable && flags == 0) return flush();
  return {};
}

Result<> FileBlock::clear(const Change& change) {
  const bool zeros = change.kind == Change::Kind::zeros;
  const auto at = static_cast<off_t>(start_ + change.offset.n), count = static_cast<off_t>(change.length.n);
  // Beyond the end of a file that was cut a hole would succeed and mean nothing.
  TRY(check_length(Bytes(start_) + change.offset + change.length));
  int result;
  if (device_ && !zeros) {
    std::uint64_t range[2] = {start_ + change.offset.n, change.length.n};
    result = ::ioctl(file_.get(), BLKDISCARD, range);
  } else {
    result = ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, count);
  }
  if (result != 0 && !zeros) return {};  // a discard is advice
  if (result != 0) {
    for (Bytes done; done < change.length;) {
      auto count_now = std::min(change.length - done, Bytes(kZeros.size()));
      TRY(write({Change::Kind::data, change.offset + done, count_now, kZeros.data(), false}));
      done += count_now;
    }
  }
  return change.durable ? flush() : Result<>{};
}

Result<> FileBlock::flush() {
  // Nothing of ours is in the cache of a file that was never written.
  if (!written_) return {};
  if (::fdatasync(file_.get()) != 0) return failed("flush", Bytes(), size(), errno);
  return {};
}

void FileBlock::start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) {
  if (rings_ == nullptr || out.empty()) return Block::start_read(offset, out, result, batch);
  if (auto good = check(offset, Bytes(out.size())); !good) return keep_error(result, std::move(good));
  batch.add(
      {{file_.get(), out, start_ + offset.n},
       rings_.get(),
       // Of an error the second attempt tells.
       [this, offset, out](int answer) { return read(offset, out, static_cast<std::size_t>(std::max(answer, 0))); },
       &result});
}

}  // namespace lvm::dm::user
