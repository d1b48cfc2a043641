// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/row.h"

namespace lvm::config {

inline constexpr Row kBackupRows[] = {
    {"backup", "", version(1, 0, 0), {}, 0, "Copies of metadata.", ""},
    {"backup/backup", "1", version(1, 0, 0), {}, kCommented, "Keep a copy of a VG's metadata after each change.", ""},
    {"backup/backup_dir",
     "$SYSTEM_DIR/backup",
     version(1, 0, 0),
     {},
     kCommented,
     "Where those copies are; best on another file system than the VG's own.",
     ""},
    {"backup/archive", "1", version(1, 0, 0), {}, kCommented, "Keep a copy of a VG's metadata before each change.", ""},
    {"backup/archive_dir", "$SYSTEM_DIR/archive", version(1, 0, 0), {}, kCommented, "Where those copies are.", ""},
    {"backup/retain_min",
     "10",
     version(1, 0, 0),
     {},
     kCommented,
     "How many archive files of a VG are kept at least.",
     ""},
    {"backup/retain_days",
     "30",
     version(1, 0, 0),
     {},
     kCommented,
     "For how many days archive files are kept at least.",
     ""},
};

}  // namespace lvm::config
