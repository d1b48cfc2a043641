// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "device/io.h"
#include "dm/user/user_engine.h"

namespace lvm::device {

// The data of a volume that the embedded engine holds.
Result<std::unique_ptr<Handle>> open_volume(dm::user::UserEngine& engine, const Device& device, Access access);

// What an NBD server exports, or a partition in it.
Result<std::unique_ptr<Handle>> open_uri(const Device& device, Access access, int patience_milliseconds);

}  // namespace lvm::device
