// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dm/types.h"
#include "dm/user/block.h"

namespace lvm::dm::user {

class SnapshotFamily;

// A range of a device below, as a table line names it; I/O outside of it is refused. Offsets count from its start.
class Area {
 public:
  Area() = default;
  Area(std::shared_ptr<Block> block, DeviceNumber number, Bytes start, Bytes length)
      : block_(std::move(block)), number_(number), start_(start), length_(length) {}
  // All of the device, however large it becomes.
  Area(std::shared_ptr<Block> block, DeviceNumber number) : block_(std::move(block)), number_(number), all_(true) {}

  explicit operator bool() const { return block_ != nullptr; }
  DeviceNumber number() const { return number_; }
  Bytes length() const { return all_ ? block_->size() : length_; }
  Result<> read(Bytes offset, std::span<std::byte> out) const;
  Result<> change(const Change& change) const;
  Result<> write(Bytes offset, std::span<const std::byte> data, bool durable = false) const {
    return change({Change::Kind::data, offset, Bytes(data.size()), data.data(), durable});
  }
  Result<> flush() const { return block_->flush(); }
  void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) const;
  // The device below is large enough for it. A device may change its size with each table.
  Result<> check_size() const;

 private:
  Result<> check(Bytes offset, Bytes length) const;

  std::shared_ptr<Block> block_;
  DeviceNumber number_;
  Bytes start_, length_;
  bool all_ = false;
};

// What a target can ask of the machine around it. Valid as long as the target lives.
class Host {
 public:
  virtual ~Host() = default;
  virtual void raise_event() = 0;
  // There is background work: work() is to be called soon.
  virtual void wake() = 0;
  // Milliseconds of a clock that only goes forward.
  virtual std::uint64_t now() = 0;
  virtual SnapshotFamily& snapshots() = 0;
};

// What a target is made from. The device numbers in `body` are known to be there.
class Construction {
 public:
  virtual ~Construction() = default;
  virtual Host& host() = 0;
  virtual Bytes length() = 0;
  virtual bool read_only() = 0;
  // Opens a device below for the life of the table and notes the range for the checks of sizes.
  virtual Result<Area> area(const DeviceRef& device, Sectors start, Sectors length) = 0;
  // All of a device.
  virtual Result<Area> whole(const DeviceRef& device) = 0;
  // The table line is wrong: an error that names device, target and why.
  [[nodiscard]] virtual std::unexpected<Error> wrong(std::string_view why) = 0;
};

// A target of a table that was loaded: it moves data. I/O comes from many threads at once; the calls about its
// life come one after the other, and never together with I/O unless said otherwise. Offsets are bytes from the
// target's start and within its length.
class LiveTarget {
 public:
  virtual ~LiveTarget() = default;

  virtual Result<> read(Bytes offset, std::span<std::byte> out) = 0;
  virtual Result<> change(const Change& change) = 0;
  virtual Result<> flush() = 0;
  // As Block::start_read().
  virtual void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch);

  // The last chance to say no before I/O comes: the table stays suspended then. What is on disk is read anew
  // here: another table may have used it since this one was loaded.
  virtual Result<> before_resume() { return {}; }
  virtual void resumed() {}
  // I/O may still be under way, and comes to its end after this. `flush`: as DM_NOFLUSH_FLAG says not to.
  virtual void before_suspend(bool /*flush*/) {}
  virtual void suspended() {}

  // Work beside the I/O: resync, merging, cleaning up. Only between resumed() and before_suspend(), together with
  // I/O. Does one bounded piece. Returns in how many milliseconds it is to be called again, or nullopt: not until
  // Host::wake().
  virtual bool has_work() const { return false; }
  virtual std::optional<std::uint64_t> work() { return std::nullopt; }

  // The parameters of DM_TABLE_STATUS. May be called at any time.
  virtual std::string status() { return {}; }
  // nullopt: the target knows no messages, or not this one.
  virtual std::optional<Result<std::string>> message(std::span<const std::string_view> /*words*/) {
    return std::nullopt;
  }
};

// A kind of target: one file in target/ and one row.
struct LiveRow {
  TargetVersion version;  // with the kernel's name of the target
  Result<std::unique_ptr<LiveTarget>> (*make)(const TargetBody& body, Construction& construction);
};

extern const LiveRow kLiveError, kLiveLinear, kLiveMirror, kLiveRaid, kLiveSnapshot, kLiveSnapshotMerge,
    kLiveSnapshotOrigin, kLiveStriped, kLiveZero;

std::span<const LiveRow* const> live_rows();
// Null when this engine has no such target.
const LiveRow* live_row(std::string_view name);
// "This engine cannot activate thin-pool yet ...": what there is instead.
[[nodiscard]] std::unexpected<Error> fail_no_target(std::string_view name);

}  // namespace lvm::dm::user
