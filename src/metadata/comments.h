// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "metadata/text.h"

// What a text says in its comments: who wrote it. It is behind the VG in metadata areas, in front of it in files.
namespace lvm::metadata {

struct Comments {
  std::string generator;  // "LVM2 version 2.03.16(2) (2022-05-18)"
  std::string host;       // "Linux node 6.1.0 ... x86_64"
};

// Looks near both ends of the text only. Empty where there is none.
Comments find_comments(std::string_view text);

// The top-level keys with their comments, as both layouts have them.
std::string origin_block(const Origin& origin);

}  // namespace lvm::metadata
