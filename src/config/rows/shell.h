// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/row.h"

namespace lvm::config {

inline constexpr Row kShellRows[] = {
    {"shell", "", version(1, 0, 0), {}, 0, "The lvm shell.", ""},
    {"shell/history_size",
     "100",
     version(1, 0, 0),
     {},
     kCommented | kUnread,
     "How many lines of history the shell keeps.",
     ""},
};

}  // namespace lvm::config
