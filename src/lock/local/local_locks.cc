// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock/local/local_locks.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/fd.h"
#include "base/files.h"

namespace lvm::lock {
namespace {

std::string file_name(const Key& key) {
  switch (key.kind) {
    case Key::Kind::global: return "P_global";
    case Key::Kind::vg: return "V_" + key.name;
    case Key::Kind::devices_file: return "D_" + key.name;
  }
  return {};
}

// While it lives, SIGINT interrupts a wait: a handler exists and system calls are not restarted. A
// handler of the program stays in force.
class InterruptibleBySigint {
 public:
  InterruptibleBySigint() {
    if (::sigaction(SIGINT, nullptr, &previous_) != 0) return;
    struct sigaction action = previous_;
    bool plain = (previous_.sa_flags & SA_SIGINFO) == 0;
    if (plain && previous_.sa_handler == SIG_IGN) return;
    if (plain && previous_.sa_handler == SIG_DFL) action.sa_handler = [](int) {};
    action.sa_flags &= ~SA_RESTART;
    changed_ = ::sigaction(SIGINT, &action, nullptr) == 0;
  }
  ~InterruptibleBySigint() {
    if (changed_) ::sigaction(SIGINT, &previous_, nullptr);
  }
  InterruptibleBySigint(const InterruptibleBySigint&) = delete;
  InterruptibleBySigint& operator=(const InterruptibleBySigint&) = delete;

 private:
  struct sigaction previous_{};
  bool changed_ = false;
};

Result<> flock_wait(int fd, Mode mode, bool wait, const std::string& path) {
  int operation = mode == Mode::exclusive ? LOCK_EX : LOCK_SH;
  if (::flock(fd, operation | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return fail_errno(path + ": flock failed", errno);
  if (!wait) return fail(Code::busy, path + ": flock failed: Resource temporarily unavailable");
  InterruptibleBySigint interruptible;
  if (::flock(fd, operation) == 0) return {};
  if (errno == EINTR) return fail(Code::interrupted, "Giving up waiting for lock " + path + ": interrupted.");
  return fail_errno(path + ": flock failed", errno);
}

// The last holder removes the file. Between our opening a file and locking it, its path may therefore
// have come to name another file, or none: a lock counts only when they are still the same.
bool is_still_at(int fd, const std::string& path) {
  struct stat at_path, of_fd;
  return ::stat(path.c_str(), &at_path) == 0 && ::fstat(fd, &of_fd) == 0 && at_path.st_ino == of_fd.st_ino &&
         at_path.st_dev == of_fd.st_dev;
}

Result<Fd> open_and_flock(const std::string& path, Mode mode, bool wait) {
  for (;;) {
    Fd fd(::open(path.c_str(), O_CREAT | O_APPEND | O_RDWR | O_CLOEXEC, 0777));
    if (!fd) return fail_errno(path + ": open failed", errno);
    TRY(flock_wait(fd.get(), mode, wait, path));
    if (is_still_at(fd.get(), path)) return fd;
  }
}

void release(const Fd& fd, const std::string& path) {
  if (!fd) return;
  ::flock(fd.get(), LOCK_NB | LOCK_UN);
  // Whoever gets the exclusive lock now is alone with this file; others find it gone and open anew.
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && is_still_at(fd.get(), path)) ::unlink(path.c_str());
  // Closing is not enough: a forked child may share the descriptor.
  ::flock(fd.get(), LOCK_UN);
}

class SharedGuard final : public Guard {
 public:
  explicit SharedGuard(std::shared_ptr<void> held) : held_(std::move(held)) {}

 private:
  std::shared_ptr<void> held_;
};

}  // namespace

// A lock file that is held. Without a descriptor it stands for a lock granted without a file.
class LocalLocks::File {
 public:
  File(std::string path, Mode mode, Fd fd) : path_(std::move(path)), mode_(mode), fd_(std::move(fd)) {}
  ~File() { release(fd_, path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const { return path_; }
  Mode mode() const { return mode_; }
  const Fd& fd() const { return fd_; }
  void set_mode(Mode mode) { mode_ = mode; }
  void set_fd(Fd fd) { fd_ = std::move(fd); }

 private:
  std::string path_;
  Mode mode_;
  Fd fd_;
};

LocalLocks::LocalLocks(LocalOptions options) : options_(std::move(options)) {}
LocalLocks::~LocalLocks() = default;

// Everybody passes through PATH:aux exclusively. A reader lets go of it before it waits for the lock
// itself; a writer keeps it until it has the lock, so that no new reader can overtake a waiting writer.
Result<std::shared_ptr<LocalLocks::File>> LocalLocks::open_locked(const std::string& path, Mode mode) {
  std::string auxiliary_path = path + ":aux";
  Fd auxiliary;
  if (options_.prioritise_writers) {
    auxiliary = TRY(open_and_flock(auxiliary_path, Mode::exclusive, options_.wait));
    if (mode == Mode::shared) {
      release(auxiliary, auxiliary_path);
      auxiliary.reset();
    }
  }
  Result<Fd> fd = open_and_flock(path, mode, options_.wait);
  release(auxiliary, auxiliary_path);
  if (!fd) return std::unexpected(std::move(fd).error());
  return std::make_shared<File>(path, mode, *std::move(fd));
}

// flock(2) converts by releasing and taking anew: the file may be gone by the time it is ours.
Result<> LocalLocks::convert(File& file, Mode mode) {
  if (!file.fd()) return fail(Code::permission, file.path() + ": no privileges to take the lock for writing.");
  Result<> converted = flock_wait(file.fd().get(), mode, options_.wait, file.path());
  // After a failure too: the kernel has then dropped what was held.
  Mode wanted = converted ? mode : file.mode();
  if (!converted || !is_still_at(file.fd().get(), file.path())) {
    Fd fresh = TRY(open_and_flock(file.path(), wanted, options_.wait));
    file.set_fd(std::move(fresh));
  }
  file.set_mode(wanted);
  return converted;
}

Result<std::unique_ptr<Guard>> LocalLocks::acquire(const Key& key, Mode mode) {
  std::string path = options_.directory + "/" + file_name(key);
  std::weak_ptr<File>& known = held_[path];
  if (std::shared_ptr<File> held = known.lock(); held != nullptr) {
    if (mode == Mode::exclusive && held->mode() == Mode::shared) {
      if (key.kind != Key::Kind::global)
        return fail(Code::busy, path + ": lock is already held for reading by this command.");
      TRY(convert(*held, mode));
    }
    return std::make_unique<SharedGuard>(held);
  }
  Result<> made = make_directory();
  Result<std::shared_ptr<File>> taken = made ? open_locked(path, mode) : std::unexpected(std::move(made).error());
  if (!taken && mode == Mode::shared && taken.error().code() == Code::permission)
    taken = std::make_shared<File>(path, mode, Fd());
  if (!taken) return std::unexpected(std::move(taken).error());
  known = *taken;
  return std::make_unique<SharedGuard>(*std::move(taken));
}

Result<> LocalLocks::make_directory() {
  if (directory_made_) return {};
  SystemFiles files;
  TRY(files.make_directories(options_.directory, 0700));
  directory_made_ = true;
  return {};
}

Result<std::unique_ptr<Guard>> NoLocks::acquire(const Key&, Mode) { return std::make_unique<Guard>(); }

}  // namespace lvm::lock
