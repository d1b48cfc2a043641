// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ondisk/ring.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crc.h"

namespace lvm::ondisk {
namespace {

constexpr std::uint64_t kHeader = kMdaHeaderSize.n;

bool ranges_overlap(const DiskArea& a, const DiskArea& b) {
  return a.size.n != 0 && b.size.n != 0 && a.start < b.end() && b.start < a.end();
}

bool pieces_overlap(const Pieces& a, const Pieces& b) {
  return ranges_overlap(a.first, b.first) || ranges_overlap(a.first, b.second) || ranges_overlap(a.second, b.first) ||
         ranges_overlap(a.second, b.second);
}

// Relative offset of the byte behind a text.
std::uint64_t end_of(Bytes area_size, const TextLocation& text) {
  std::uint64_t end = text.offset.n + text.size.n;
  return end > area_size.n ? end - area_size.n + kHeader : end;
}

}  // namespace

Bytes max_text_size(Bytes area_size) {
  if (area_size.n < 3 * kHeader) return Bytes();
  return Bytes((area_size.n - kHeader) / 2 - kSectorSize);
}

Bytes next_text_start(Bytes area_size, const TextLocation& committed) {
  if (committed.empty() || !location_problem(committed, area_size).empty()) return kMdaHeaderSize;
  std::uint64_t end = end_of(area_size, committed);
  // One byte is always left between two texts, as LVM2 has it; so a text that ends on a sector
  // boundary is followed by an empty sector.
  std::uint64_t start = round_up(end + 1, kSectorSize);
  if (area_size.n - end < kSectorSize || start > area_size.n - kSectorSize) return kMdaHeaderSize;
  return Bytes(start);
}

Result<Pieces> pieces(Bytes area_size, Bytes offset, Bytes size) {
  TextLocation location{offset, size, 0};
  std::string problem = location_problem(location, area_size);
  if (!problem.empty()) return fail(Code::corrupt, std::move(problem));
  Pieces out;
  if (size.n == 0) return out;
  out.first = {offset, std::min(size, area_size - offset)};
  if (out.first.size < size) out.second = {kMdaHeaderSize, size - out.first.size};
  return out;
}

bool overlap(Bytes area_size, const TextLocation& a, const TextLocation& b) {
  auto pieces_a = pieces(area_size, a.offset, a.size);
  auto pieces_b = pieces(area_size, b.offset, b.size);
  return pieces_a && pieces_b && pieces_overlap(*pieces_a, *pieces_b);
}

Result<Placement> place(Bytes area_size, const TextLocation& committed, Bytes size) {
  Bytes limit = max_text_size(area_size);
  if (size > limit)
    return fail(Code::no_space, fmt::format("{} bytes exceed the maximum metadata size of {} bytes", size.n, limit.n));
  CHECK(size.n != 0);
  Placement out;
  out.offset = next_text_start(area_size, committed);
  TextLocation text{out.offset, size, 0};
  if (overlap(area_size, text, committed))
    return fail(Code::no_space, fmt::format("{} bytes at {} would overwrite the metadata in force "
                                            "({} bytes at {})",
                                            size.n, out.offset.n, committed.size.n, committed.offset.n));
  // Padding keeps a scan of the ring from seeing the tail of an older text. It gives way to a
  // committed text that an older program put on an odd offset, and to an odd end of the area.
  Bytes padded(round_up(size.n, kSectorSize));
  auto with_padding = pieces(area_size, out.offset, padded);
  bool room = with_padding && !overlap(area_size, {out.offset, padded, 0}, committed);
  if (room) {
    out.text = *with_padding;
    out.padding = padded - size;
  } else {
    out.text = TRY(pieces(area_size, out.offset, size));
  }
  return out;
}

std::uint32_t text_checksum(std::string_view text) {
  const std::byte nul{0};
  return crc32(std::span(&nul, 1), crc32(std::as_bytes(std::span(text))));
}

}  // namespace lvm::ondisk
