// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "base/result.h"

namespace lvm::dm {

// "device-mapper: reload ioctl on vg-lv (253:0) failed: Invalid argument", as programs know it from LVM.
// `device` is whatever is known of it: name, "(major:minor)", UUID.
[[nodiscard]] std::unexpected<Error> fail_ioctl(std::string_view operation, std::string_view device, int error_number);

// A name or UUID that the driver cannot hold, or that would leave its directory.
Result<> check_device_name(std::string_view name);
Result<> check_device_uuid(std::string_view uuid);

}  // namespace lvm::dm
