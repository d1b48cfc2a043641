// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>

namespace lvm::crash {

struct CanaryResult {
  std::size_t caught = 0, missed = 0;
};

// Programs with a defect: a flush that is left out (the commit may then reach the disk before what it points to, or
// success is said too early), a resume that is left out, a commit header that is never written. Each must be
// complained of, or this harness proves nothing.
CanaryResult run_canaries(const std::string& configuration);

}  // namespace lvm::crash
