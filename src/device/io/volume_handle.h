// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "device/io.h"
#include "dm/user/user_engine.h"

namespace lvm::device {

// The data of a volume that the embedded engine holds.
Result<std::unique_ptr<Handle>> open_volume(dm::user::UserEngine& engine, const Device& device, Access access);

}  // namespace lvm::device
