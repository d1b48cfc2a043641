// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/row.h"

namespace lvm::config {

inline constexpr Row kConfigRows[] = {
    {"config", "", version(2, 2, 99), {}, 0, "How settings themselves are read.", ""},
    {"config/checks",
     "1",
     version(2, 2, 99),
     {},
     kCommented,
     "Warn about settings that are unknown or have the wrong type.",
     "With 0, unknown settings are passed over in silence and a value of the wrong type gives way to the default."},
    {"config/abort_on_errors",
     "0",
     version(2, 2, 99),
     {},
     kCommented,
     "End the command when a setting is unknown or has the wrong type.",
     ""},
    {"config/profile_dir",
     "$SYSTEM_DIR/profile",
     version(2, 2, 99),
     {},
     kCommented,
     "The directory that holds profiles (NAME.profile).",
     ""},
};

}  // namespace lvm::config
