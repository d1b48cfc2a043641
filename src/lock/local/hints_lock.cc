// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock/local/hints_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/fd.h"

namespace lvm::lock {
namespace {

class FileGuard final : public Guard {
 public:
  explicit FileGuard(Fd fd) : fd_(std::move(fd)) {}
  ~FileGuard() override { ::flock(fd_.get(), LOCK_UN); }

 private:
  Fd fd_;
};

bool is_at(int fd, const std::string& path) {
  struct stat at_path, of_fd;
  return ::stat(path.c_str(), &at_path) == 0 && ::fstat(fd, &of_fd) == 0 && at_path.st_ino == of_fd.st_ino &&
         at_path.st_dev == of_fd.st_dev;
}

}  // namespace

Result<std::unique_ptr<Guard>> lock_file(const std::string& path, Mode mode, bool wait) {
  const bool exclusive = mode == Mode::exclusive;
  for (;;) {
    Fd fd(::open(path.c_str(), (exclusive ? O_CREAT | O_RDWR : O_RDONLY) | O_CLOEXEC, 0600));
    if (!fd) return fail_errno(path + ": open failed", errno);
    const int operation = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
    if (::flock(fd.get(), operation) != 0) {
      if (errno == EWOULDBLOCK) return fail(Code::busy, path + ": is locked");
      return fail_errno(path + ": flock failed", errno);
    }
    // It may have been replaced meanwhile.
    if (is_at(fd.get(), path)) return std::make_unique<FileGuard>(std::move(fd));
  }
}

}  // namespace lvm::lock
