// SPDX-License-Identifier: LGPL-2.1-or-later
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "idm/front/front_end.h"

namespace lvm::idm::front {

void load_module(const char* module) {
  const char* arguments[] = {"modprobe", "-q", module, nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, "modprobe", nullptr, nullptr, const_cast<char* const*>(arguments), environ) != 0) return;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace lvm::idm::front
