// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lvm::dm {

// What udev rules ask about device-mapper events, as lines NAME='VALUE' for IMPORT{program}.

// The flags in the upper half of a cookie, one line for each that is set.
std::string flag_variables(std::uint32_t cookie);
// DM_VG_NAME, DM_LV_NAME and DM_LV_LAYER of a device's name.
std::string name_variables(std::string_view device_name);

// "4260112" or "0x410210".
std::optional<std::uint32_t> parse_cookie(std::string_view text);
// The event is done: the semaphore that counts them goes down. False with errno set when there is none.
bool complete_cookie(std::uint32_t cookie);

}  // namespace lvm::dm
