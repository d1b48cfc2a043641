// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "dm/engine.h"
#include "dm/user/io_gate.h"
#include "dm/user/live_table.h"

namespace lvm::dm::user {

class Machine;

// A device: two places for tables, a gate for its I/O, and a thread for the work that its targets have beside
// I/O. Name, UUID, openers and events are guarded by the machine.
class Device final : public Block, private TableSite, private Host {
 public:
  Device(Machine& machine, DeviceNumber number, std::string name, std::string uuid);
  ~Device() override;

  DeviceNumber number() const { return number_; }

  // --- data ---
  Bytes size() const override { return Bytes(size_.load()); }
  bool read_only() const override { return read_only_; }
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> change(const Change& change) override;
  Result<> flush() override;
  void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) override;

  // --- tables: one call after the other, whatever thread they come from ---
  Result<> load(const Table& table, bool read_only);
  void clear();
  void suspend(SuspendOptions options);
  Result<> resume();
  // When it was removed: nobody has it open any more.
  void shut_down();
  // Both tables go as they are.
  void drop_tables();

  // --- looking, at any time ---
  Table table(bool inactive) const;
  std::vector<DeviceNumber> dependencies() const;
  std::vector<StatusLine> status() const;
  Result<std::string> message(Sectors sector, std::string_view text);

  // One piece of background work of a device that is not suspended, in the caller's thread.
  std::optional<std::uint64_t> work();

 private:
  friend class Machine;

  // TableSite and Host
  Result<Lower> open_lower(const DeviceRef& device, bool writable) override;
  Host& host() override { return *this; }
  void raise_event() override;
  void wake() override;
  std::uint64_t now() override;
  SnapshotFamily& snapshots() override;

  Result<> check(Bytes offset, Bytes length) const;
  // With control_ held.
  void suspend_locked(bool flush);
  Result<> swap_tables();
  void set_inactive(std::shared_ptr<LiveTable> table);
  std::shared_ptr<LiveTable> live() const;
  void start_worker();
  void stop_worker();
  void run_worker();

  Machine& machine_;
  const DeviceNumber number_;

  // Guarded by the machine's mutex.
  std::string name_, uuid_;
  std::int32_t openers_ = 0;
  std::uint32_t event_number_ = 0;
  Sectors read_ahead_{256};
  std::optional<NodeLink> link_;
  bool removed_ = false;
  std::vector<DeviceNumber> holding_;  // devices that its tables hold: one entry for each hold

  std::mutex control_;  // held through load, suspend, resume
  bool loaded_once_ = false;

  mutable std::mutex tables_;  // for looking at the two pointers and flags
  std::shared_ptr<LiveTable> live_, inactive_;
  std::atomic<bool> suspended_{false}, read_only_{false};
  std::atomic<std::uint64_t> size_{0};

  IoGate gate_;

  std::mutex worker_mutex_;
  std::condition_variable worker_wake_;
  bool worker_stop_ = false, worker_woken_ = false;
  std::thread worker_;
};

}  // namespace lvm::dm::user
