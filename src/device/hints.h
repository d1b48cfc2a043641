// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace lvm::device {

// LVM2 remembers in RUN/hints which devices carry PVs and reads only those: a PV that this program makes
// would stay unseen. Asks LVM2's next command to look at all devices again. To be called after labels
// were written or removed; nothing happens where LVM2 has left no hints.
Result<> outdate_hints(Files& files, const std::string& run_directory = "/run/lvm");

}  // namespace lvm::device
