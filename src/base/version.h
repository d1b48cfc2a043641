// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace lvm {

// The LVM2 release whose behaviour this is: what clients gate features on.
inline constexpr std::string_view kLvmVersion = "2.03.16(2) (2022-05-18)";
inline constexpr std::string_view kLibraryVersion = "1.02.185 (2022-05-18)";
inline constexpr std::string_view kProductVersion = "lvm++ 0.1.0";

}  // namespace lvm
