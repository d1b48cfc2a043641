// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "device/io.h"
#include "device/signatures.h"

namespace lvm::device {

// Bytes of one device in RAM. Only pages that hold something take memory, so devices may be of any
// size. A value: copies are independent.
class MemoryDisk {
 public:
  static constexpr std::size_t kPage = 4096;

  void read(std::uint64_t offset, std::span<std::byte> out) const;
  void write(std::uint64_t offset, std::span<const std::byte> data);
  void zero(std::uint64_t offset, std::uint64_t length);
  friend bool operator==(const MemoryDisk&, const MemoryDisk&);

 private:
  using Page = std::array<std::byte, kPage>;
  std::map<std::uint64_t, Page> pages_;
};

// One effect on a device, in the order it happened. A flush has no data.
struct DiskEvent {
  enum class Kind { write, zero, discard, flush } kind = Kind::write;
  std::string path;
  Bytes offset, length;
  std::vector<std::byte> data;
};

// Bytes of a device whose content a discard has taken.
struct Discarded {
  Bytes begin, end;
};

// Named devices in RAM behind the Io seam: tests see every write, make any of them fail, and cut the
// power after any of them.
class MemoryIo final : public Io {
 public:
  // A device of that size, zeroed; numbered 7:0, 7:1, ... in order of adding. The path must be new.
  Device add(const std::string& path, Bytes size, Topology topology = {}, std::vector<std::string> aliases = {});
  // The device no longer answers; enumerate leaves it out. Its bytes stay for plug().
  void unplug(const std::string& path);
  void plug(const std::string& path);
  void set_read_only(const std::string& path, bool read_only);
  void set_size(const std::string& path, Bytes size);
  // What signatures() finds on the device until its bytes are zeroed.
  void plant(const std::string& path, Signature signature);
  // What the device is known by besides its name.
  void set_ids(const std::string& path, DeviceIds ids) { ids_[path] = std::move(ids); }

  std::vector<std::byte> peek(const std::string& path, Bytes offset, std::size_t length) const;
  void poke(const std::string& path, Bytes offset, std::span<const std::byte> data);

  // --- the log ---
  const std::vector<DiskEvent>& events() const { return events_; }
  void clear_events() { events_.clear(); }
  // Writes, zeros and discards, without flushes.
  std::size_t write_count() const;

  // --- what is lost ---
  // Discards that the device has seen since then; what was written behind them is not taken off.
  const std::vector<Discarded>& discarded(const std::string& path) const;
  void forget_discards();

  // --- faults ---
  // The n-th write from now on (0 = the next) fails, and changes nothing.
  void fail_write(std::size_t n) { fail_at_ = n; }
  // Every write to the device fails.
  void fail_writes_to(const std::string& path) { failing_.insert(path); }
  // The device takes no discards.
  void refuse_discards(const std::string& path) { no_discards_.insert(path); }
  // No flush succeeds.
  void fail_flushes(bool fail) { failing_flushes_ = fail; }
  void mend() {
    fail_at_.reset();
    failing_.clear();
    failing_flushes_ = false;
  }

  // What the disks hold after `count` of `events` on top of this state: a power cut. With `torn`, the
  // first `*torn` bytes of the next write got through as well.
  MemoryIo after(std::span<const DiskEvent> events, std::size_t count, std::optional<std::size_t> torn = {}) const;

  // --- Io ---
  Result<std::vector<Device>> enumerate() override;
  Result<std::unique_ptr<Handle>> open(const Device& device, Access access) override;
  Result<Topology> topology(const Device& device) override;
  Result<std::vector<Signature>> signatures(const Device& device) override;
  DeviceIds ids(const Device& device) override;
  void read_heads(std::span<HeadRead> reads) override;

 private:
  friend class MemoryHandle;
  struct Disk {
    Device device;
    Topology topology;
    MemoryDisk bytes;
    bool plugged = true;
    std::vector<Discarded> discarded;
  };
  const Disk* find(const std::string& path) const;
  Disk* find(const std::string& path);
  Disk& get(const std::string& path);
  // The gate every effect passes: counts it, lets a fault hit it, logs it, does it.
  Result<> effect(Disk& disk, DiskEvent event);
  static void apply(Disk& disk, const DiskEvent& event);

  std::map<std::string, Disk> disks_;
  std::map<std::string, std::vector<Signature>> signatures_;
  std::map<std::string, DeviceIds> ids_;
  std::vector<DiskEvent> events_;
  std::optional<std::size_t> fail_at_;
  std::set<std::string> failing_, no_discards_;
  bool failing_flushes_ = false;
};

}  // namespace lvm::device
