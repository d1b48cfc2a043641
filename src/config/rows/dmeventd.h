// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/row.h"

namespace lvm::config {

inline constexpr Row kDmeventdRows[] = {
    {"dmeventd", "", version(1, 2, 3), {}, 0,
     "The monitoring daemon.",
     ""},
    {"dmeventd/mirror_library", "libdevmapper-event-lvm2mirror.so", version(1, 2, 3), {}, kCommented,
     "The plugin that watches mirrors.",
     ""},
    {"dmeventd/raid_library", "libdevmapper-event-lvm2raid.so", version(2, 2, 87), {}, kCommented,
     "The plugin that watches RAID volumes.",
     ""},
    {"dmeventd/snapshot_library", "libdevmapper-event-lvm2snapshot.so", version(1, 2, 26), {}, kCommented,
     "The plugin that watches snapshots.",
     ""},
    {"dmeventd/thin_library", "libdevmapper-event-lvm2thin.so", version(2, 2, 89), {}, kCommented,
     "The plugin that watches thin pools.",
     ""},
    {"dmeventd/thin_command", "lvm lvextend --use-policies", version(2, 2, 169), {}, kCommented,
     "What it runs each time a thin pool passes 50, 55, 60... percent.",
     R"(A command that starts with "lvm " runs inside the daemon. Others are started, with DMEVENTD_THIN_POOL_DATA and DMEVENTD_THIN_POOL_METADATA in their environment.)"},
    {"dmeventd/vdo_library", "libdevmapper-event-lvm2vdo.so", version(2, 3, 0), {}, kCommented,
     "The plugin that watches VDO pools.",
     ""},
    {"dmeventd/vdo_command", "lvm lvextend --use-policies", version(2, 3, 0), {}, kCommented,
     "What it runs each time a VDO pool passes 50, 55, 60... percent.",
     ""},
    {"dmeventd/executable", "/sbin/dmeventd", version(2, 2, 73), {}, kCommented,
     "The path of dmeventd.",
     ""},
};

}  // namespace lvm::config
