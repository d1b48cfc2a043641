// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace lvm::lockd {

// Told with the greeting: requests beyond those of LVM2's lvmlockd.
inline constexpr std::string_view kFeatures = "place";

}  // namespace lvm::lockd
