// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace lvm::lockd {

// What `lvmlockctl --info` shows, from the daemon's raw lines.
std::string pretty_info(std::string_view raw);

}  // namespace lvm::lockd
