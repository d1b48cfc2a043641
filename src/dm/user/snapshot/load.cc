// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "dm/user/snapshot/store.h"

// Reading a store when a table goes live.
namespace lvm::dm::user {
namespace {

Result<std::optional<SnapshotHeader>> read_header(const Area& cow) {
  std::array<std::byte, kSectorSize> sector;
  if (cow.length().n < sector.size()) return fail(Code::usage, "The copy-on-write device is empty.");
  TRY(cow.read(Bytes(), sector));
  return unpack_snapshot_header(sector);
}

}  // namespace

Result<> SnapshotStore::probe(const Area& cow, Sectors chunk) {
  auto header = TRY(read_header(cow));
  if (!header && !is_chunk_size(chunk))
    return fail(Code::usage, fmt::format("A chunk size of {} sectors is no power of two.", chunk.n));
  return {};
}

Result<> SnapshotStore::open(const Area& cow, const Area& origin, Sectors chunk, bool overflow_is_told) {
  cow_ = cow;
  origin_ = origin;
  overflow_is_told_ = overflow_is_told;
  if (loaded_) {
    // A larger COW device is what an overflow waits for.
    overflow_ = false;
    return {};
  }
  auto header = TRY(read_header(cow_));
  layout_.chunk = header ? header->chunk : chunk;
  if (cow_.length() < chunk_bytes() * 2)
    return fail(Code::no_space, fmt::format("The copy-on-write device of {} sectors holds no two chunks of {} sectors.",
                                            to_sectors_floor(cow_.length()).n, layout_.chunk.n));
  if (!header) TRY(format(chunk));
  valid_ = !header || header->valid;
  if (valid_) TRY(load());
  loaded_ = true;
  return {};
}

// The area first: behind a header it counts.
Result<> SnapshotStore::format(Sectors chunk) {
  TRY(cow_.change({Change::Kind::zeros, layout_.at(layout_.area_chunk(0)), chunk_bytes(), nullptr, true}));
  std::vector<std::byte> header(chunk_bytes().n);
  pack_snapshot_header({true, chunk}, header);
  return cow_.write(Bytes(), header, true);
}

Result<> SnapshotStore::load() {
  const auto end = cow_.length() / chunk_bytes();
  std::vector<std::byte> buffer(chunk_bytes().n);
  std::uint64_t highest = 1;
  bool full = true;
  for (std::uint64_t area = 0; full; ++area) {
    const auto place = layout_.area_chunk(area);
    if (place >= end)
      return fail(Code::corrupt, fmt::format("Snapshot store: area {} would lie behind the end of the device.", area));
    TRY(cow_.read(layout_.at(place), buffer));
    for (std::uint64_t i = 0; i < layout_.entries(); ++i) {
      const auto exception = unpack_exception(buffer, i);
      full = exception.new_chunk != 0;
      if (!full) break;
      if (exception.new_chunk >= end || layout_.is_area(exception.new_chunk) ||
          exception.old_chunk >= (std::uint64_t{1} << 56))
        return fail(Code::corrupt,
                    fmt::format("Snapshot store: entry {} of area {} points to chunk {}, which cannot be.", i, area,
                                exception.new_chunk));
      highest = std::max(highest, exception.new_chunk);
      entries_.push_back(exception);
      exceptions_[exception.old_chunk] = exception.new_chunk;
    }
    current_area_ = area;
  }
  current_area_ = entries_.size() / layout_.entries();
  allocated_ = entries_.size();
  next_free_ = highest + 1;
  if (layout_.is_area(next_free_)) ++next_free_;
  return {};
}

}  // namespace lvm::dm::user
