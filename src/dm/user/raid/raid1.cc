// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/raid/raid1.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kWindowSectors = 2048;  // of synchronising in one go

Result<> no_image() { return fail(Code::io, "No image of the RAID1 volume is left."); }

std::uint64_t sector_floor(Bytes offset) { return offset.n / kSectorSize; }
std::uint64_t sector_ceil(Bytes offset) { return (offset.n + kSectorSize - 1) / kSectorSize; }

}  // namespace

Result<> Raid1::read(Bytes offset, std::span<std::byte> out) {
  const auto legs = set_.readable(sector_ceil(offset + Bytes(out.size())));
  Result<> result = fail(Code::io, "No image of the RAID1 volume can be read.");
  for (std::size_t k = 0; k < legs.size(); ++k) {
    result = set_.member(legs[k]).data->read(offset, out);
    if (!result) continue;
    // What could be read elsewhere is written where it could not: an image that takes it back stays.
    for (std::size_t bad = 0; bad < k && !set_.read_only(); ++bad) {
      RangeLock::Holder holder(ranges_, offset, Bytes(out.size()));
      const auto& data = *set_.member(legs[bad]).data;
      std::vector<std::byte> now(out.size());
      // Somebody may have written since.
      if (set_.member(legs[k]).data->read(offset, now) && data.write(offset, now) && data.read(offset, now)) continue;
      static_cast<void>(set_.fail_member(legs[bad]));
    }
    return result;
  }
  return result;
}

Result<> Raid1::change(const Change& change) {
  if (!change.length) return {};
  RangeLock::Holder holder(ranges_, change.offset, change.length);
  const auto first = sector_floor(change.offset), end = sector_ceil(change.offset + change.length);
  TRY(set_.begin_write(first, end));
  const auto usable = set_.usable();
  std::vector<std::size_t> failed;
  Result<> result = no_image();
  bool written = false;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    if (!usable[i]) continue;
    auto done = set_.member(i).data->change(change);
    if (done) {
      written = true;
    } else {
      failed.push_back(i);
      result = done;
    }
  }
  if (written) {
    result = {};
    for (auto index : failed)
      if (!set_.fail_member(index))
        result = fail(Code::io, "The last image of the RAID1 volume that is in sync failed.");
  }
  set_.end_write(first, end, result.has_value());
  return result;
}

Result<> Raid1::flush() {
  const auto usable = set_.usable();
  Result<> result = no_image();
  bool flushed = false;
  std::vector<std::size_t> failed;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    if (!usable[i]) continue;
    if (auto done = set_.member(i).data->flush()) {
      flushed = true;
    } else {
      failed.push_back(i);
      result = done;
    }
  }
  if (!flushed) return result;
  for (auto index : failed)
    if (!set_.fail_member(index)) return result;
  return {};
}

Result<> Raid1::before_resume() {
  TRY(set_.load());
  TRY(set_.start());
  position_ = 0;
  last_checkpoint_ = 0;
  return {};
}

std::optional<std::uint64_t> Raid1::work() {
  const auto pause = request_ != Request::none ? check_work() : sync_work();
  if (pause) return pause;
  return set_.clear_idle(false).value_or(1000);
}

std::optional<std::uint64_t> Raid1::sync_work() {
  constexpr std::uint64_t kCheckpoints = 16;
  const auto action = set_.wanted();
  if (action == RaidSet::Action::idle || frozen_) return std::nullopt;
  const auto start = action == RaidSet::Action::resync ? set_.resync_offset() : set_.recovery_offset();
  const auto region = set_.next_region(action, start);
  if (!region) {
    // Not even the superblocks can be written: later, perhaps.
    if (!set_.finish(action)) return 1000;
    return 0;
  }
  const auto first = std::max(start, *region * set_.region_sectors());
  const auto end = std::min(first + kWindowSectors, set_.region_end(*region));
  position_ = first;
  if (!sync_window(action, first, end)) return 1000;
  position_ = end;
  const bool checkpoint = end >= last_checkpoint_ + set_.sectors() / kCheckpoints;
  if (checkpoint) last_checkpoint_ = end;
  static_cast<void>(set_.advance(action, end, checkpoint));
  return 0;
}

Result<> Raid1::sync_window(RaidSet::Action action, std::uint64_t first, std::uint64_t end) {
  const Bytes at(first * kSectorSize), count((end - first) * kSectorSize);
  RangeLock::Holder holder(ranges_, at, count);
  const auto sources = set_.readable(set_.sectors());
  if (sources.empty()) return fail(Code::io, "There is no image to synchronise from.");
  const auto source = *std::ranges::min_element(sources);
  std::uint64_t differing = 0;
  for (std::size_t i = 0; i < set_.size(); ++i)
    if (i != source && set_.is_member_target(action, i)) {
      auto copied = copy(source, i, at, count, true, differing);
      if (!copied && set_.member(i).usable()) return copied;
    }
  return {};
}

// Most of what is new is equal already, often a hole: writing it would only fill the image file.
Result<> Raid1::copy(std::size_t source, std::size_t target, Bytes at, Bytes count, bool write,
                     std::uint64_t& differing) {
  std::vector<std::byte> good(count.n), other(count.n);
  TRY(set_.member(source).data->read(at, good));
  const auto& data = *set_.member(target).data;
  if (data.read(at, other) && other == good) return {};
  for (std::size_t sector = 0; sector < count.n; sector += kSectorSize)
    differing += std::memcmp(&good[sector], &other[sector], std::min(kSectorSize, count.n - sector)) != 0 ? 1 : 0;
  if (!write) return {};
  auto written = data.write(at, good);
  if (!written) static_cast<void>(set_.fail_member(target));
  return written;
}

std::optional<std::uint64_t> Raid1::check_work() {
  const auto request = request_.load();
  const auto first = position_.load();
  if (first >= set_.sectors()) {
    request_ = Request::none;
    host_.raise_event();
    return 0;
  }
  const auto end = std::min(first + kWindowSectors, set_.sectors());
  if (!compare_window(first, end, request == Request::repair)) {
    request_ = Request::none;
    return 1000;
  }
  position_ = end;
  return 0;
}

Result<> Raid1::compare_window(std::uint64_t first, std::uint64_t end, bool repair) {
  const Bytes at(first * kSectorSize), count((end - first) * kSectorSize);
  RangeLock::Holder holder(ranges_, at, count);
  const auto legs = set_.readable(set_.sectors());
  if (legs.empty()) return fail(Code::io, "There is no image to compare with.");
  const auto source = *std::ranges::min_element(legs);
  std::uint64_t differing = 0;
  for (auto leg : legs)
    if (leg != source) TRY(copy(source, leg, at, count, repair, differing));
  mismatches_ += differing;
  return {};
}

std::string Raid1::status() {
  const auto request = request_.load();
  const auto action = set_.wanted();
  std::string_view name = "idle";
  auto done = set_.sectors();
  if (request != Request::none) {
    name = request == Request::check ? "check" : "repair";
    done = position_;
  } else if (action != RaidSet::Action::idle) {
    name = frozen_ ? "frozen" : action == RaidSet::Action::resync ? "resync" : "recover";
    done = action == RaidSet::Action::resync ? set_.resync_offset() : set_.recovery_offset();
  } else if (frozen_) {
    name = "frozen";
  }
  std::string health;
  for (std::size_t i = 0; i < set_.size(); ++i) health += set_.health(i, request != Request::none);
  return fmt::format("{} {} {} {}/{} {} {} 0 -", level_, set_.size(), health, std::min(done, set_.sectors()),
                     set_.sectors(), name, mismatches_.load());
}

std::optional<Result<std::string>> Raid1::message(std::span<const std::string_view> words) {
  if (words.size() != 1) return std::nullopt;
  const auto word = words.front();
  if (word == "idle" || word == "frozen") {
    frozen_ = word == "frozen";
    request_ = Request::none;
    host_.wake();
    return std::string();
  }
  if (word != "check" && word != "repair" && word != "resync" && word != "recover") return std::nullopt;
  if (request_ != Request::none || set_.wanted() != RaidSet::Action::idle)
    return fail(Code::busy, "The RAID set is being synchronised or checked already.");
  // Of what is in sync there is nothing to do again.
  if (word == "resync" || word == "recover") return std::string();
  position_ = 0;
  mismatches_ = 0;
  request_ = word == "check" ? Request::check : Request::repair;
  host_.wake();
  return std::string();
}

}  // namespace lvm::dm::user
