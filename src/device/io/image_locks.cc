// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/image_locks.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace lvm::device {
namespace {

constexpr off_t kCommandByte = off_t{1} << 62;
constexpr int kPauseMilliseconds = 20;

struct flock range(short type, off_t start, off_t length) {
  return {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length, .l_pid = 0};
}

Result<bool> is_locked(int fd, const Device& device) {
  // Of an empty range a lock would mean everything up to the end.
  if (!device.size) return false;
  struct flock pv = range(F_WRLCK, static_cast<off_t>(device.image->start.n), static_cast<off_t>(device.size.n));
  if (::fcntl(fd, F_OFD_GETLK, &pv) != 0) return fail_errno(device.path + ": lock failed", errno);
  return pv.l_type != F_UNLCK;
}

}  // namespace

Result<bool> ImageLocks::in_use(const Device& device) {
  Fd fd(::open(device.image->file.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail_errno(device.path + ": open failed", errno);
  return is_locked(fd.get(), device);
}

Result<> ImageLocks::claim(const Device& device) {
  const std::string& file = device.image->file;
  Fd& held = held_[file];
  if (!held) {
    Fd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return fail_errno(device.path + ": open failed", errno);
    int pauses = patience_seconds_ * 1000 / kPauseMilliseconds;
    struct flock command = range(F_WRLCK, kCommandByte, 1);
    while (::fcntl(fd.get(), F_OFD_SETLK, &command) != 0) {
      if (errno != EAGAIN && errno != EACCES) return fail_errno(device.path + ": lock failed", errno);
      if (pauses-- <= 0)
        return fail(Code::busy, device.path +
                                    ": image is in use by another program: a command of lvm has been at work "
                                    "on it for " +
                                    std::to_string(patience_seconds_) + " seconds.");
      timespec pause{.tv_sec = 0, .tv_nsec = kPauseMilliseconds * 1'000'000};
      ::nanosleep(&pause, nullptr);
    }
    held = std::move(fd);
  }
  bool locked = TRY(is_locked(held.get(), device));
  if (locked && !(is_ours_ && is_ours_(device)))
    return fail(Code::busy,
                device.path + ": image is in use by another program: another user's volumes, or a virtual machine.");
  return {};
}

}  // namespace lvm::device
