// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "idm/daemon/service.h"

namespace lvm::idm {

struct Drives {
  std::unique_ptr<Transport> transport;
  std::unique_ptr<Resolver> resolver;
};

// The machine's SCSI and NVMe drives.
Result<Drives> system_drives();

// Drives in memory, /dev/emulated0 and so on: for tests, and for programs that want to be tried without IDM drives.
Drives emulated_drives(Timers& timers, std::size_t count);

}  // namespace lvm::idm
