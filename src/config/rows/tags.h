// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/row.h"

namespace lvm::config {

inline constexpr Row kTagsRows[] = {
    {"tags", "", version(1, 0, 18), {}, kCommented, "Tags of this host.", ""},
    {"tags/hosttags", "0", version(1, 0, 18), {}, kCommented, "Give this host its own name as a tag.", ""},
    {"tags/<tag>",
     "",
     version(1, 0, 18),
     {},
     kVariableName | kCommented,
     "A tag of this host; the name is free, with or without an @ before it.",
     R"(With host_list, only hosts in it have the tag. A file lvm_TAG.conf beside lvm.conf is read for each tag.
Example
tags { build { } test { host_list = [ "machine1", "machine2" ] } })"},
    {"tags/<tag>/host_list",
     "",
     version(1, 0, 18),
     {},
     kNoDefault | kEmptyAllowed,
     "Names of hosts that have this tag.",
     ""},
};

}  // namespace lvm::config
