// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "ondisk/mda_header.h"

// Behind its header a metadata area is a ring of texts: each new one is written behind the one in
// force, wrapping to the start (docs/formats/metadata-area.md). Pure arithmetic; all offsets are
// relative to the start of the area. Invariants of a placement:
//  - the text starts on a multiple of 512 and at or behind byte 512;
//  - no byte of it, padding included, belongs to the committed text;
//  - it takes at most max_text_size() bytes, so that the next one finds room too.
namespace lvm::ondisk {

// The longest text, final NUL included: ((area - 512) / 2) - 512. 0 for an area too small for any.
Bytes max_text_size(Bytes area_size);

// Where a text written after `committed` begins.
Bytes next_text_start(Bytes area_size, const TextLocation& committed);

// A stretch of the ring, in one piece or, across the end, two.
struct Pieces {
  DiskArea first, second;  // second.size is 0 when there is one piece
  friend bool operator==(const Pieces&, const Pieces&) = default;
};
// Code::corrupt when the stretch does not fit the ring.
Result<Pieces> pieces(Bytes area_size, Bytes offset, Bytes size);

struct Placement {
  Bytes offset;  // for the header's slot
  Pieces text;   // padded to a multiple of 512 with zeros wherever there is room for that
  Bytes padding;
  friend bool operator==(const Placement&, const Placement&) = default;
};
// Where a text of `size` bytes (final NUL included) goes while `committed` stays readable.
// Code::no_space when it does not fit.
Result<Placement> place(Bytes area_size, const TextLocation& committed, Bytes size);

// True when two texts of one ring share a byte.
bool overlap(Bytes area_size, const TextLocation& a, const TextLocation& b);

// The checksum of a text with its final NUL, which `text` does not hold.
std::uint32_t text_checksum(std::string_view text);

}  // namespace lvm::ondisk
