// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace lvm::metadata {

// A text found where no header says that there is one. What cannot be read of its head is empty.
struct FoundText {
  Bytes offset;      // from the start of what was searched
  std::string text;  // without the final NUL
  std::uint32_t checksum = 0;
  std::string vg_name, vg_id;
  std::uint32_t seqno = 0;
  std::string description, creation_time;  // their lines, as they stand
};

// Every text in the ring `area` (all of a metadata area behind its header), old ones too, in the order of their
// places. A text starts on a multiple of 512 with the name of a VG and its id, and may go on at the start of the
// ring. `area` is text and binary rubbish.
std::vector<FoundText> find_texts(std::string_view area);

}  // namespace lvm::metadata
