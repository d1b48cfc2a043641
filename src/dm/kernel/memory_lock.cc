// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/memory_lock.h"

#include <sys/mman.h>
#include <sys/prctl.h>

namespace lvm::dm {

void MemoryLock::suspending(std::string_view uuid) {
  bool first = suspended_.empty();
  suspended_.emplace(uuid);
  if (first) hold_(true);
}

void MemoryLock::runs(std::string_view uuid) {
  auto found = suspended_.find(uuid);
  if (found == suspended_.end()) return;
  suspended_.erase(found);
  if (suspended_.empty()) hold_(false);
}

void MemoryLock::hold_memory(bool hold) {
  ::prctl(PR_SET_IO_FLUSHER, hold ? 1 : 0, 0, 0, 0);
  if (hold)
    ::mlockall(MCL_CURRENT | MCL_FUTURE);
  else
    ::munlockall();
}

}  // namespace lvm::dm
