// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "dm/user/snapshot/store.h"

// Putting the exceptions of a snapshot back into its origin, the last one first.
namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kCopyBytes = std::uint64_t{1} << 20;

}  // namespace

SnapshotStore::Merged SnapshotStore::merge_some(const Put& put) {
  if (!valid_ || merge_failed_) return Merged::failed;
  if (entries_.empty()) return Merged::all;
  const auto area = (entries_.size() - 1) / layout_.entries();
  const auto most = std::max<std::uint64_t>(1, kCopyBytes / chunk_bytes().n);
  auto first = entries_.size() - 1;
  while (first > area * layout_.entries() && entries_.size() - first < most &&
         entries_[first - 1].old_chunk + 1 == entries_[first].old_chunk &&
         entries_[first - 1].new_chunk + 1 == entries_[first].new_chunk)
    --first;
  if (merge_run(first, area, put)) return entries_.empty() ? Merged::all : Merged::some;
  merge_failed_ = true;
  std::unique_lock lock(mutex_);
  auto event = event_;
  lock.unlock();
  if (event) event();
  return Merged::failed;
}

Result<> SnapshotStore::merge_run(std::uint64_t first, std::uint64_t area, const Put& put) {
  const Run run{entries_[first].old_chunk, entries_.size() - first, entries_[first].new_chunk};
  const Bytes start = layout_.at(run.first), end = end_of(run);
  RangeLock::Holder holder(copying_, start, chunk_bytes() * run.count);
  if (start < end) {
    auto copied = put(start, end - start, [&]() -> Result<> {
      std::vector<std::byte> buffer;
      for (Bytes at = start; at < end; at += Bytes(buffer.size())) {
        buffer.resize(std::min(end - at, Bytes(kCopyBytes)).n);
        TRY(cow_.read(new_offset(run, at), buffer));
        TRY(origin_.write(at, buffer));
      }
      return origin_.flush();
    });
    if (!copied) return copied;
  }
  // Only now may the entries go. Doing it again after a crash changes nothing.
  const auto left = first - area * layout_.entries();
  TRY(write_area(area, left));
  std::lock_guard lock(mutex_);
  for (auto i = first; i < entries_.size(); ++i) exceptions_.erase(entries_[i].old_chunk);
  entries_.resize(first);
  allocated_ = first;
  next_free_ = layout_.area_chunk(area) + left + 1;
  current_area_ = area;
  return {};
}

Result<> SnapshotStore::read_merging(Bytes offset, std::span<std::byte> out) {
  for (Bytes done; done.n < out.size();) {
    const Bytes at = offset + done;
    auto piece = piece_at(at, Bytes(out.size()) - done);
    // What is being put back is in one place or the other only once that is done.
    RangeLock::Holder holder(copying_, layout_.at(piece.run.first), chunk_bytes() * piece.run.count);
    piece = piece_at(at, piece.length);
    auto part = out.subspan(done.n, piece.length.n);
    if (piece.run.new_first && valid_)
      TRY(cow_.read(new_offset(piece.run, at), part));
    else
      TRY(origin_.read(at, part));
    done += piece.length;
  }
  return {};
}

Result<> SnapshotStore::change_merging(const Change& change, const std::function<Result<>(const Change&)>& to_origin) {
  for (Bytes done; done < change.length;) {
    const Bytes at = change.offset + done;
    auto piece = piece_at(at, change.length - done);
    RangeLock::Holder holder(copying_, layout_.at(piece.run.first), chunk_bytes() * piece.run.count);
    piece = piece_at(at, piece.length);
    if (!piece.run.new_first || !valid_)
      TRY(to_origin(change.part(done, piece.length, at)));
    else if (change.kind != Change::Kind::discard)
      TRY(cow_.change(change.part(done, piece.length, new_offset(piece.run, at))));
    done += piece.length;
  }
  return {};
}

}  // namespace lvm::dm::user
