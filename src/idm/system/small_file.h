// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lvm::idm {

// Attributes of sysfs and configfs: read and written whole, by one call each.

// At most 4 KiB; nullopt when it is not there or cannot be read.
std::optional<std::string> read_small_file(const std::string& path);
Result<> write_small_file(const std::string& path, std::string_view content);

// Names without those that begin with a dot, sorted.
Result<std::vector<std::string>> list_folder(const std::string& path);

}  // namespace lvm::idm
