// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstring>
#include <mutex>
#include <random>
#include <set>
#include <vector>

#include "dm/user/testing/disk.h"

namespace lvm::dm::user::testing {

// A disk in memory for tests. It can fail, and it can lose power: what was not flushed is then there or not,
// sector by sector.
class MemoryBlock final : public Disk {
 public:
  explicit MemoryBlock(Sectors size) : now_(size.n * kSectorSize), stable_(now_) {}

  Bytes size() const override {
    std::lock_guard lock(mutex_);
    return Bytes(now_.size());
  }
  bool read_only() const override { return false; }
  Result<> read(Bytes offset, std::span<std::byte> out) override {
    std::lock_guard lock(mutex_);
    TRY(check(offset, Bytes(out.size())));
    std::memcpy(out.data(), now_.data() + offset.n, out.size());
    return {};
  }
  Result<> change(const Change& change) override {
    std::lock_guard lock(mutex_);
    TRY(check(change.offset, change.length));
    if (fail_changes_) return fail(Code::io, "The disk in memory takes no writes.");
    auto* target = now_.data() + change.offset.n;
    if (change.kind == Change::Kind::data)
      std::memcpy(target, change.data, change.length.n);
    else
      std::memset(target, 0, change.length.n);
    const auto first = change.offset.n / kSectorSize, end = (change.offset + change.length).n;
    for (auto sector = first; sector * kSectorSize < end; ++sector) {
      dirty_.insert(sector);
      if (change.durable) settle(sector);
    }
    return {};
  }
  Result<> flush() override {
    std::lock_guard lock(mutex_);
    if (fail_changes_) return fail(Code::io, "The disk in memory takes no flush.");
    while (!dirty_.empty()) settle(*dirty_.begin());
    return {};
  }

  void fail_changes(bool fail_now) override {
    std::lock_guard lock(mutex_);
    fail_changes_ = fail_now;
  }
  void fail_all(bool fail_now) override {
    std::lock_guard lock(mutex_);
    fail_changes_ = fail_all_ = fail_now;
  }
  void lose_power(std::mt19937_64& random) override {
    std::lock_guard lock(mutex_);
    for (auto sector : dirty_)
      if ((random() & 1) != 0)
        std::memcpy(now_.data() + sector * kSectorSize, stable_.data() + sector * kSectorSize, kSectorSize);
    while (!dirty_.empty()) settle(*dirty_.begin());
  }
  void resize(Sectors size) {
    std::lock_guard lock(mutex_);
    now_.resize(size.n * kSectorSize);
    stable_.resize(now_.size());
  }
  std::vector<std::byte> content() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }

 private:
  Result<> check(Bytes offset, Bytes length) const {
    if (fail_all_) return fail(Code::io, "The disk in memory is dead.");
    if (offset.n > now_.size() || length.n > now_.size() - offset.n)
      return fail(Code::io, "Beyond the end of the disk in memory.");
    return {};
  }
  void settle(std::uint64_t sector) {
    std::memcpy(stable_.data() + sector * kSectorSize, now_.data() + sector * kSectorSize, kSectorSize);
    dirty_.erase(sector);
  }

  mutable std::mutex mutex_;
  std::vector<std::byte> now_, stable_;
  std::set<std::uint64_t> dirty_;
  bool fail_changes_ = false, fail_all_ = false;
};

}  // namespace lvm::dm::user::testing
