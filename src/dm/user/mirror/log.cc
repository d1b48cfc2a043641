// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/mirror/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "dm/text.h"

namespace lvm::dm::user {

std::optional<std::uint64_t> unpack_mirror_log(std::span<const std::byte> bytes) {
  MirrorLogHeaderDisk disk;
  if (bytes.size() < sizeof disk) return std::nullopt;
  std::memcpy(&disk, bytes.data(), sizeof disk);
  if (disk.magic.get() != kMirrorLogMagic || disk.version.get() == 0 || disk.version.get() > kMirrorLogVersion)
    return std::nullopt;
  return disk.regions.get();
}

void pack_mirror_log(std::uint64_t regions, std::span<std::byte> bytes) {
  MirrorLogHeaderDisk disk{le32(kMirrorLogMagic), le32(kMirrorLogVersion), le64(regions)};
  CHECK(bytes.size() >= sizeof disk);
  std::memcpy(bytes.data(), &disk, sizeof disk);
}

Result<> MirrorLog::load() {
  std::unique_lock lock(mutex_);
  writers_.assign(regions_, 0);
  touched_.assign(regions_, 0);
  if (!device_ && loaded_) return {};
  loaded_ = true;
  failed_ = false;
  const bool nosync = initial_ == InitialSync::nosync;
  const auto bytes = round_up(kMirrorLogBits + round_up((regions_ + 7) / 8, 8), kSectorSize);
  std::vector<std::byte> stored(bytes);
  std::uint64_t known = 0;
  if (device_) {
    if (device_->length().n < bytes)
      return fail(Code::no_space, fmt::format("The mirror log of {} bytes is too small for {} regions.",
                                              device_->length().n, regions_));
    TRY(device_->read(Bytes(), stored));
    if (initial_ == InitialSync::unsaid) known = std::min(unpack_mirror_log(stored).value_or(0), regions_);
  }
  image_.assign(bytes, std::byte{0});
  pack_mirror_log(regions_, image_);
  in_sync_.assign(regions_, nosync);
  for (std::uint64_t region = 0; region < known; ++region)
    in_sync_[region] = (std::to_integer<unsigned>(stored[kMirrorLogBits + region / 8]) >> (region % 8) & 1) != 0;
  for (std::uint64_t region = 0; region < regions_; ++region) set_bit(region, in_sync_[region]);
  lock.unlock();
  return write_all();
}

bool MirrorLog::clean(std::uint64_t region) const {
  return (std::to_integer<unsigned>(image_[kMirrorLogBits + region / 8]) >> (region % 8) & 1) != 0;
}

void MirrorLog::set_bit(std::uint64_t region, bool value) {
  auto& byte = image_[kMirrorLogBits + region / 8];
  const auto mask = static_cast<std::byte>(1U << (region % 8));
  byte = value ? byte | mask : byte & ~mask;
}

Result<> MirrorLog::write_all() {
  std::lock_guard io(io_);
  return write_all_locked();
}

Result<> MirrorLog::write_all_locked() {
  std::unique_lock lock(mutex_);
  auto image = image_;
  lock.unlock();
  return device_ ? device_->write(Bytes(), image, true) : Result<>{};
}

Result<> MirrorLog::write_bits(std::uint64_t region, bool dirty) {
  if (!device_) return {};
  const auto byte = kMirrorLogBits + region / 8, from = round_down(byte, kSectorSize);
  std::vector<std::byte> part(kSectorSize);
  {
    std::lock_guard lock(mutex_);
    std::copy_n(image_.begin() + static_cast<std::ptrdiff_t>(from), kSectorSize, part.begin());
  }
  if (dirty) part[byte - from] &= ~static_cast<std::byte>(1U << (region % 8));
  auto written = device_->write(Bytes(from), part, true);
  std::lock_guard lock(mutex_);
  failed_ |= !written;
  return written;
}

Result<> MirrorLog::settle() {
  {
    std::lock_guard lock(mutex_);
    for (std::uint64_t region = 0; region < regions_; ++region) set_bit(region, in_sync_[region]);
  }
  return write_all();
}

std::uint64_t MirrorLog::in_sync_count() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::uint64_t>(std::ranges::count(in_sync_, true));
}

bool MirrorLog::in_sync(std::uint64_t region) const {
  std::lock_guard lock(mutex_);
  return in_sync_[region];
}

std::optional<std::uint64_t> MirrorLog::next_to_recover() const {
  std::lock_guard lock(mutex_);
  auto found = std::ranges::find(in_sync_, false);
  if (found == in_sync_.end()) return std::nullopt;
  return static_cast<std::uint64_t>(found - in_sync_.begin());
}

void MirrorLog::set_in_sync(std::uint64_t region, bool value) {
  std::lock_guard io(io_);
  {
    std::lock_guard lock(mutex_);
    in_sync_[region] = value;
    // A region that is equal now turns clean as others do: when it has been idle.
    if (!value) set_bit(region, false);
  }
  static_cast<void>(write_bits(region, !value));
}

Result<> MirrorLog::begin_write(std::uint64_t region) {
  {
    std::lock_guard lock(mutex_);
    if (!clean(region)) {
      ++writers_[region];
      return {};
    }
  }
  // In memory the bit goes after it has gone on disk: who sees it gone may write at once.
  std::lock_guard io(io_);
  auto written = write_bits(region, true);
  if (!written) return written;
  std::lock_guard lock(mutex_);
  ++writers_[region];
  set_bit(region, false);
  return {};
}

void MirrorLog::end_write(std::uint64_t region, std::uint64_t now) {
  std::lock_guard lock(mutex_);
  --writers_[region];
  touched_[region] = now;
}

std::vector<std::uint64_t> MirrorLog::idle_regions(std::uint64_t idle_since) const {
  std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> idle;
  for (std::uint64_t region = 0; region < regions_; ++region)
    if (!clean(region) && in_sync_[region] && writers_[region] == 0 && touched_[region] <= idle_since)
      idle.push_back(region);
  return idle;
}

Result<> MirrorLog::set_clean(const std::vector<std::uint64_t>& regions, std::uint64_t idle_since) {
  std::lock_guard io(io_);
  {
    std::lock_guard lock(mutex_);
    // What was written since the flush waits for the next time.
    for (auto region : regions)
      if (writers_[region] == 0 && in_sync_[region] && touched_[region] <= idle_since) set_bit(region, true);
  }
  return write_all_locked();
}

bool MirrorLog::failed() const {
  std::lock_guard lock(mutex_);
  return failed_;
}

std::string MirrorLog::status() const {
  if (!device_) return "1 core";
  return fmt::format("3 disk {} {}", to_text(device_->number()), failed() ? 'D' : 'A');
}

}  // namespace lvm::dm::user
