// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>

#include "dm/user/live_target.h"
#include "dm/user/raid/set.h"
#include "dm/user/range_lock.h"

namespace lvm::dm::user {

// RAID1: every image holds all of it.
class Raid1 final : public LiveTarget {
 public:
  Raid1(Host& host, std::string level, RaidOptions options, std::vector<RaidMember> members)
      : host_(host), level_(std::move(level)), set_(options, std::move(members)) {}

  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> change(const Change& change) override;
  Result<> flush() override;
  Result<> before_resume() override;
  void suspended() override { set_.stop(); }
  bool has_work() const override { return !set_.read_only(); }
  std::optional<std::uint64_t> work() override;
  std::string status() override;
  std::optional<Result<std::string>> message(std::span<const std::string_view> words) override;

  // Superblocks that cannot be of this set are refused when the table is loaded.
  Result<> probe() { return set_.load(); }

 private:
  enum class Request : std::uint8_t { none, check, repair };
  Result<> sync_window(RaidSet::Action action, std::uint64_t first, std::uint64_t end);
  Result<> compare_window(std::uint64_t first, std::uint64_t end, bool repair);
  // Makes `target` hold what `source` holds in [at, at+count), with the range locked. Counts what differed.
  Result<> copy(std::size_t source, std::size_t target, Bytes at, Bytes count, bool write, std::uint64_t& differing);
  std::optional<std::uint64_t> sync_work();
  std::optional<std::uint64_t> check_work();

  Host& host_;
  const std::string level_;
  RaidSet set_;
  RangeLock ranges_;
  std::atomic<std::uint64_t> position_{0}, mismatches_{0}, last_checkpoint_{0};
  std::atomic<bool> frozen_{false};
  std::atomic<Request> request_{Request::none};
};

}  // namespace lvm::dm::user
