// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/config.h"
#include "lock/local/local_locks.h"

namespace lvm::lock {

LocalOptions local_options(const config::Config& config);

}  // namespace lvm::lock
