// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "lock/locks.h"

namespace lvm::lock {

// flock(2) on a file that is its own lock, and stays when it is let go: /run/lvm/hints. Made when it is wanted
// exclusively. Code::busy when it would have to wait and may not.
Result<std::unique_ptr<Guard>> lock_file(const std::string& path, Mode mode, bool wait);

}  // namespace lvm::lock
