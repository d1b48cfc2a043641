// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <string>

#include "lock/locks.h"

namespace lvm::lock {

struct LocalOptions {
  std::string directory = "/run/lock/lvm";  // global/locking_dir
  bool wait = true;                         // global/wait_for_locks
  bool prioritise_writers = true;           // global/prioritise_write_locks
};

// Locks among the commands of one machine: flock(2) on files that LVM2 uses the same way, so that both
// may run side by side (docs/formats/files.md, locks).
//
// A process may take the same lock again: the guard is then shared. The global lock (only) may be taken
// exclusively while it is held shared; it is converted, and someone else may come in between.
//
// Where lock files cannot be made for lack of privileges or on a read-only file system, shared locks
// are granted without a file and exclusive ones are refused.
class LocalLocks final : public Locks {
 public:
  explicit LocalLocks(LocalOptions options);
  ~LocalLocks() override;
  Result<std::unique_ptr<Guard>> acquire(const Key& key, Mode mode) override;

 private:
  class File;
  Result<std::shared_ptr<File>> open_locked(const std::string& path, Mode mode);
  Result<> convert(File& file, Mode mode);
  Result<> make_directory();

  LocalOptions options_;
  bool directory_made_ = false;
  std::map<std::string, std::weak_ptr<File>> held_;
};

// --nolocking: every lock is granted.
class NoLocks final : public Locks {
 public:
  Result<std::unique_ptr<Guard>> acquire(const Key& key, Mode mode) override;
};

}  // namespace lvm::lock
