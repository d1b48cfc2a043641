// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/snapshot/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kCopyBytes = std::uint64_t{1} << 20;

}  // namespace

// --- runs ---

SnapshotStore::Run SnapshotStore::run_at(std::uint64_t chunk, std::uint64_t most) const {
  std::lock_guard lock(mutex_);
  Run run{chunk, 1, std::nullopt};
  auto found = exceptions_.find(chunk);
  if (found != exceptions_.end()) run.new_first = found->second;
  while (run.count < most) {
    auto next = exceptions_.find(chunk + run.count);
    if (run.new_first ? next == exceptions_.end() || next->second != *run.new_first + run.count
                      : next != exceptions_.end())
      break;
    ++run.count;
  }
  return run;
}

SnapshotStore::Piece SnapshotStore::piece_at(Bytes offset, Bytes length) const {
  const auto first = offset / chunk_bytes(), last = (offset + length - Bytes(1)) / chunk_bytes();
  const auto run = run_at(first, last - first + 1);
  return {run, std::min(length, chunk_bytes() * (run.first + run.count) - offset)};
}

Bytes SnapshotStore::new_offset(const Run& run, Bytes offset) const {
  return layout_.at(*run.new_first) + (offset - layout_.at(run.first));
}

Bytes SnapshotStore::end_of(const Run& run) const {
  return std::min(layout_.at(run.first + run.count), origin_.length());
}

// --- the snapshot ---

Result<> SnapshotStore::refuse() const {
  if (!valid_) return fail(Code::io, "The snapshot is invalid: its copy-on-write volume was full or failed.");
  return fail(Code::no_space, "The snapshot's copy-on-write volume is full.");
}

Result<> SnapshotStore::read(Bytes offset, std::span<std::byte> out) {
  for (Bytes done; done.n < out.size();) {
    if (!valid_) return refuse();
    const Bytes at = offset + done;
    auto piece = piece_at(at, Bytes(out.size()) - done);
    auto part = out.subspan(done.n, piece.length.n);
    if (piece.run.new_first) {
      TRY(cow_.read(new_offset(piece.run, at), part));
    } else {
      // A writer of the origin that copies these chunks out waits until they have been read.
      RangeLock::Holder holder(copying_, layout_.at(piece.run.first), chunk_bytes() * piece.run.count);
      const auto now = piece_at(at, piece.length);
      if (now.run.new_first || now.length < piece.length) continue;
      TRY(origin_.read(at, part));
    }
    done += piece.length;
  }
  return {};
}

Result<> SnapshotStore::change(const Change& change) {
  // Nothing can be given back: what the snapshot hides of the origin would show.
  if (change.kind == Change::Kind::discard) return {};
  for (Bytes done; done < change.length;) {
    if (!valid_ || overflow_) return refuse();
    const Bytes at = change.offset + done;
    auto piece = piece_at(at, change.length - done);
    if (piece.run.new_first) {
      TRY(cow_.change(change.part(done, piece.length, new_offset(piece.run, at))));
    } else {
      RangeLock::Holder holder(copying_, layout_.at(piece.run.first), chunk_bytes() * piece.run.count);
      const auto now = piece_at(at, piece.length);
      if (now.run.new_first || now.length < piece.length) continue;
      TRY(fill(change.part(done, piece.length, at)));
    }
    done += piece.length;
  }
  return {};
}

Result<> SnapshotStore::fill(const Change& change) {
  for (Bytes done; done < change.length;) {
    const Bytes at = change.offset + done;
    const auto first = at / chunk_bytes();
    const auto last = (change.offset + change.length - Bytes(1)) / chunk_bytes();
    auto run = allocate(first, last - first + 1);
    if (!run) {
      if (overflow_is_told_)
        overflow_ = true;
      else
        invalidate();
      if (overflow_ && event_) event_();
      return std::unexpected(run.error());
    }
    const auto length = std::min(change.length - done, layout_.at(run->first + run->count) - at);
    const auto part = change.part(done, length, at);
    auto saved = copy_out(*run, &part);
    if (saved) saved = commit(*run);
    if (!saved) {
      invalidate();
      return saved;
    }
    done += length;
  }
  return {};
}

// --- the origin ---

void SnapshotStore::preserve(Bytes offset, Bytes length) {
  if (offset >= origin_.length()) return;
  const Bytes end = std::min(offset + length, origin_.length());
  while (offset < end && valid_ && !merging_) {
    auto piece = piece_at(offset, end - offset);
    if (!piece.run.new_first) {
      RangeLock::Holder holder(copying_, layout_.at(piece.run.first), chunk_bytes() * piece.run.count);
      const auto now = piece_at(offset, piece.length);
      if (now.run.new_first || now.length < piece.length) continue;
      auto run = allocate(piece.run.first, piece.run.count);
      auto saved = run ? copy_out(*run, nullptr) : Result<>(std::unexpected(run.error()));
      if (saved) saved = commit(*run);
      if (!saved) return invalidate();
      offset = layout_.at(run->first + run->count);
    } else {
      offset += piece.length;
    }
  }
}

// --- copies ---

Result<SnapshotStore::Run> SnapshotStore::allocate(std::uint64_t first, std::uint64_t count) {
  std::lock_guard lock(mutex_);
  const auto end = cow_.length() / chunk_bytes();
  Run run{first, 0, next_free_};
  while (run.count < count && next_free_ == *run.new_first + run.count && next_free_ < end) {
    // An area that gets full needs the next one, if only to say that there are no more entries.
    const auto entries = allocated_ + 1;
    if (entries % layout_.entries() == 0 && layout_.area_chunk(entries / layout_.entries()) >= end) break;
    ++run.count;
    ++allocated_;
    ++next_free_;
    if (layout_.is_area(next_free_)) ++next_free_;
  }
  if (run.count == 0) return fail(Code::no_space, "The snapshot's copy-on-write volume is full.");
  return run;
}

Result<> SnapshotStore::copy_out(const Run& run, const Change* change) {
  const Bytes end = end_of(run);
  std::vector<std::byte> buffer;
  for (Bytes at = layout_.at(run.first); at < end;) {
    const Bytes count = std::min(end - at, Bytes(kCopyBytes));
    const Bytes from = change == nullptr ? end : std::max(at, change->offset);
    const Bytes to = change == nullptr ? end : std::min(at + count, change->offset + change->length);
    if (from == at && to == at + count && change != nullptr) {
      auto part = change->part(at - change->offset, count, new_offset(run, at));
      part.durable = false;  // commit() sees to that
      TRY(cow_.change(part));
    } else {
      buffer.resize(count.n);
      TRY(origin_.read(at, buffer));
      if (change != nullptr && from < to) {
        auto* target = buffer.data() + (from - at).n;
        if (change->data != nullptr)
          std::memcpy(target, change->data + (from - change->offset).n, (to - from).n);
        else
          std::fill_n(target, (to - from).n, std::byte{0});
      }
      TRY(cow_.write(new_offset(run, at), buffer));
    }
    at += count;
  }
  return {};
}

// --- entries ---

// Many writers come at the same time: whoever finds nobody at work writes the entries of all who wait.
Result<> SnapshotStore::commit(const Run& run) {
  std::unique_lock lock(commit_mutex_);
  for (std::uint64_t i = 0; i < run.count; ++i) waiting_.push_back({run.first + i, *run.new_first + i});
  const auto mine = filling_;
  while (finished_ <= mine) {
    if (committing_) {
      committed_.wait(lock);
      continue;
    }
    committing_ = true;
    auto batch = std::exchange(waiting_, {});
    const auto number = filling_++;
    lock.unlock();
    auto written = write_entries(batch);
    if (!written) invalidate();
    lock.lock();
    committing_ = false;
    finished_ = number + 1;
    committed_.notify_all();
  }
  return valid_ ? Result<>{} : refuse();
}

Result<> SnapshotStore::write_entries(std::span<const Exception> batch) {
  TRY(cow_.flush());
  const auto per_area = layout_.entries();
  for (std::size_t done = 0; done < batch.size();) {
    const auto area = entries_.size() / per_area;
    const auto room = per_area - entries_.size() % per_area;
    const auto count = std::min<std::size_t>(room, batch.size() - done);
    entries_.insert(entries_.end(), batch.begin() + static_cast<std::ptrdiff_t>(done),
                    batch.begin() + static_cast<std::ptrdiff_t>(done + count));
    if (count == room) {
      const auto next = layout_.at(layout_.area_chunk(area + 1));
      TRY(cow_.change({Change::Kind::zeros, next, chunk_bytes(), nullptr, true}));
    }
    TRY(write_area(area, std::min<std::uint64_t>(per_area, entries_.size() - area * per_area)));
    done += count;
  }
  current_area_ = entries_.size() / per_area;
  std::lock_guard lock(mutex_);
  for (const auto& exception : batch) exceptions_[exception.old_chunk] = exception.new_chunk;
  return {};
}

Result<> SnapshotStore::write_area(std::uint64_t area, std::uint64_t count) {
  std::vector<std::byte> buffer(chunk_bytes().n);
  for (std::uint64_t i = 0; i < count; ++i) pack_exception(entries_[area * layout_.entries() + i], buffer, i);
  return cow_.write(layout_.at(layout_.area_chunk(area)), buffer, true);
}

void SnapshotStore::invalidate() {
  if (!valid_.exchange(false)) return;
  std::vector<std::byte> header(chunk_bytes().n);
  pack_snapshot_header({false, layout_.chunk}, header);
  // When not even this can be written, the entries on disk still describe what they say; the snapshot is old then.
  static_cast<void>(cow_.write(Bytes(), header, true));
  std::unique_lock lock(mutex_);
  auto event = event_;
  lock.unlock();
  if (event) event();
}

void SnapshotStore::on_event(std::function<void()> event) {
  std::lock_guard lock(mutex_);
  event_ = std::move(event);
}

std::string SnapshotStore::status() const {
  if (!valid_) return "Invalid";
  if (merge_failed_) return "Merge failed";
  if (overflow_) return "Overflow";
  std::lock_guard lock(mutex_);
  const auto chunk = layout_.chunk.n;
  return fmt::format("{}/{} {}", next_free_ * chunk, to_sectors_floor(cow_.length()).n, (current_area_ + 2) * chunk);
}

}  // namespace lvm::dm::user
