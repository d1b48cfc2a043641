// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "dm/user/live_target.h"
#include "dm/user/range_lock.h"
#include "dm/user/snapshot/format.h"

namespace lvm::dm::user {

// The exceptions of one COW device, in memory and on disk.
//
// The order on disk, which no crash may turn around: the data of a chunk; then its entry; then whatever needed
// the copy (the write to the origin, the answer to the writer). A new area is zeroed before the one before it is
// filled. Entries that were merged go after their data is in the origin.
class SnapshotStore {
 public:
  // `cow` and `origin` are those of the table that goes live: a larger COW device takes the place of the former.
  // The first time, what is on disk is read, or an empty store is written. `chunk`: of the table; 0 or another
  // size than the store has: the store's counts.
  Result<> open(const Area& cow, const Area& origin, Sectors chunk, bool overflow_is_told);
  // Reads the header alone: what can be said before the table goes live.
  static Result<> probe(const Area& cow, Sectors chunk);

  // --- the snapshot ---
  Result<> read(Bytes offset, std::span<std::byte> out);
  Result<> change(const Change& change);
  Result<> flush() { return cow_.flush(); }

  // --- the origin ---
  // Copies out what the snapshot still needs of the origin's range. What fails makes the snapshot invalid and
  // nothing else.
  void preserve(Bytes offset, Bytes length);

  // --- merging ---
  enum class Merged { some, all, failed };
  // Puts the last run of exceptions back: `put` saves the range of the origin for other snapshots, then copies.
  using Put = std::function<Result<>(Bytes offset, Bytes length, const std::function<Result<>()>& copy)>;
  Merged merge_some(const Put& put);
  // I/O to the origin while it is merged into.
  Result<> read_merging(Bytes offset, std::span<std::byte> out);
  Result<> change_merging(const Change& change, const std::function<Result<>(const Change&)>& to_origin);
  void set_merging(bool merging) { merging_ = merging; }
  bool merging() const { return merging_; }

  bool valid() const { return valid_; }
  // What a table's target does when the store becomes invalid or overflows.
  void on_event(std::function<void()> event);
  std::string status() const;

 private:
  struct Run {
    std::uint64_t first;                     // chunk of the origin
    std::uint64_t count;                     // as many chunks
    std::optional<std::uint64_t> new_first;  // in the COW device, in the same order; none: no exceptions
  };

  Result<> load();
  Result<> format(Sectors chunk);
  Bytes chunk_bytes() const { return to_bytes(layout_.chunk); }
  // From `chunk` on, at most `most` chunks that are alike.
  Run run_at(std::uint64_t chunk, std::uint64_t most) const;
  // The same for bytes: the run and how much of [offset, offset+length) it covers.
  struct Piece {
    Run run;
    Bytes length;
  };
  Piece piece_at(Bytes offset, Bytes length) const;
  Bytes new_offset(const Run& run, Bytes offset) const;
  Bytes end_of(const Run& run) const;

  // Chunks in the COW device for `count` chunks of the origin from `first` on, as many as go in one row.
  Result<Run> allocate(std::uint64_t first, std::uint64_t count);
  // Copies a run of the origin with `change`, if any, laid over it.
  Result<> copy_out(const Run& run, const Change* change);
  // A change of chunks that have no exceptions yet, with their range locked.
  Result<> fill(const Change& change);
  Result<> commit(const Run& run);
  Result<> write_entries(std::span<const Exception> batch);
  Result<> write_area(std::uint64_t area, std::uint64_t count);
  Result<> merge_run(std::uint64_t first, std::uint64_t area, const Put& put);
  void invalidate();
  Result<> refuse() const;

  Area cow_, origin_;
  SnapshotLayout layout_;
  bool loaded_ = false, overflow_is_told_ = false;
  std::atomic<bool> valid_{true}, overflow_{false}, merge_failed_{false}, merging_{false};
  RangeLock copying_;  // of the origin's bytes

  mutable std::mutex mutex_;  // of what follows
  std::unordered_map<std::uint64_t, std::uint64_t> exceptions_;
  std::uint64_t next_free_ = 2;
  std::uint64_t allocated_ = 0;  // entries that are on disk or promised
  std::function<void()> event_;

  std::mutex commit_mutex_;
  std::condition_variable committed_;
  bool committing_ = false;
  std::uint64_t filling_ = 0, finished_ = 0;  // numbers of batches
  std::vector<Exception> waiting_;
  std::vector<Exception> entries_;  // on disk, in their order; changed by whoever commits
  std::atomic<std::uint64_t> current_area_{0};
};

}  // namespace lvm::dm::user
