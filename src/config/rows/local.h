// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/row.h"

namespace lvm::config {

inline constexpr Row kLocalRows[] = {
    {"local", "", version(2, 2, 117), {}, 0, "What is special to this host; kept in lvmlocal.conf.", ""},
    {"local/system_id",
     "",
     version(2, 2, 117),
     {},
     kCommented | kEmptyAllowed,
     "The system id, if global/system_id_source is lvmlocal.",
     "It must differ from that of every host that can reach the same devices."},
    {"local/extra_system_ids",
     "",
     version(2, 2, 117),
     {},
     kNoDefault | kEmptyAllowed,
     "More system ids whose VGs this host may use.",
     ""},
    {"local/host_id",
     "0",
     version(2, 2, 124),
     {},
     kCommented,
     "This host's number for sanlock and IDM, 1 to 2000; no other host may have it.",
     ""},
};

}  // namespace lvm::config
