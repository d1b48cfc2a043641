// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/device.h"

#include <fmt/format.h>

#include <chrono>

#include "dm/ioctl_error.h"
#include "dm/text.h"
#include "dm/user/batch.h"
#include "dm/user/machine.h"

namespace lvm::dm::user {

Device::Device(Machine& machine, DeviceNumber number, std::string name, std::string uuid)
    : machine_(machine), number_(number), name_(std::move(name)), uuid_(std::move(uuid)) {}

Device::~Device() { stop_worker(); }

// --- data ---

Result<> Device::check(Bytes offset, Bytes length) const {
  const auto end = size();
  if (offset > end || length > end - offset)
    return fail(Code::io, fmt::format("{}: access to {} bytes at {} is beyond the end of the device ({} bytes).",
                                      to_text(number_), length.n, offset.n, end.n));
  return {};
}

// Between the gate's two calls the live table stays: only a closed gate lets it be swapped.
Result<> Device::read(Bytes offset, std::span<std::byte> out) {
  IoGate::Pass pass(gate_);
  TRY(check(offset, Bytes(out.size())));
  return out.empty() ? Result<>{} : live_->read(offset, out);
}

Result<> Device::change(const Change& change) {
  IoGate::Pass pass(gate_);
  TRY(check(change.offset, change.length));
  if (read_only_) return fail(Code::permission, fmt::format("{} is read-only.", to_text(number_)));
  return change.length ? live_->change(change) : Result<>{};
}

Result<> Device::flush() {
  IoGate::Pass pass(gate_);
  return live_ != nullptr ? live_->flush() : Result<>{};
}

void Device::start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) {
  if (!gate_.try_enter()) {
    // Whoever closed it may want to close others that this batch is behind.
    batch.wait();
    gate_.enter();
  }
  auto good = check(offset, Bytes(out.size()));
  if (good && !out.empty()) live_->start_read(offset, out, result, batch);
  keep_error(result, std::move(good));
  // Not before: a wait further down must not open this gate.
  batch.leave_later(gate_);
}

// --- tables ---

Result<> Device::load(const Table& table, bool read_only) {
  std::lock_guard control(control_);
  auto made = TRY(LiveTable::make(table, read_only, *this, machine_.name_of(*this)));
  // The kernel finds out about devices below that are too small at the first load, then at each resume:
  // they may grow in between.
  if (!loaded_once_) TRY(made->check_sizes());
  loaded_once_ = true;
  set_inactive(std::move(made));
  return {};
}

void Device::set_inactive(std::shared_ptr<LiveTable> table) {
  {
    std::lock_guard lock(tables_);
    inactive_.swap(table);
  }
  // The former one goes outside of the lock: it gives its devices back to the machine.
}

void Device::clear() {
  std::lock_guard control(control_);
  set_inactive(nullptr);
}

void Device::suspend(SuspendOptions options) {
  std::lock_guard control(control_);
  if (!suspended_) suspend_locked(options.flush);
}

void Device::suspend_locked(bool flush) {
  auto table = live();
  stop_worker();
  if (table) table->before_suspend(flush);
  gate_.close();
  if (table) table->suspended();
  suspended_ = true;
}

Result<> Device::swap_tables() {
  if (auto fits = inactive_->check_sizes(); !fits) {
    // As the kernel: the table is dropped and the device stays suspended.
    set_inactive(nullptr);
    return fits;
  }
  std::lock_guard lock(tables_);
  live_.swap(inactive_);
  size_ = live_->size().n;
  read_only_ = live_->read_only();
  return {};
}

Result<> Device::resume() {
  std::lock_guard control(control_);
  std::shared_ptr<LiveTable> old;
  if (inactive_) {
    if (!suspended_) suspend_locked(true);
    TRY(swap_tables());
    // swap_tables() leaves the former live table in the inactive place.
    std::lock_guard lock(tables_);
    old.swap(inactive_);
  } else if (!suspended_) {
    return {};
  } else if (!live_) {
    return fail_ioctl("resume", machine_.name_of(*this), EINVAL);
  }
  TRY(live_->before_resume());
  live_->resumed();
  suspended_ = false;
  start_worker();
  gate_.open();
  return {};
}

void Device::shut_down() {
  std::lock_guard control(control_);
  if (!suspended_) suspend_locked(true);
  drop_tables();
}

void Device::drop_tables() {
  std::shared_ptr<LiveTable> live, inactive;
  std::lock_guard lock(tables_);
  live.swap(live_);
  inactive.swap(inactive_);
}

// --- looking ---

std::shared_ptr<LiveTable> Device::live() const {
  std::lock_guard lock(tables_);
  return live_;
}

Table Device::table(bool inactive) const {
  std::lock_guard lock(tables_);
  const auto& table = inactive ? inactive_ : live_;
  return table ? table->values() : Table();
}

std::vector<DeviceNumber> Device::dependencies() const {
  auto table = live();
  return table ? table->dependencies() : std::vector<DeviceNumber>();
}

std::vector<StatusLine> Device::status() const {
  auto table = live();
  return table ? table->status() : std::vector<StatusLine>();
}

Result<std::string> Device::message(Sectors sector, std::string_view text) {
  auto table = live();
  if (!table) return fail_ioctl("message", machine_.name_of(*this), EINVAL);
  return table->message(sector, text);
}

// --- TableSite and Host ---

Result<TableSite::Lower> Device::open_lower(const DeviceRef& device, bool writable) {
  return machine_.open_lower(*this, device, writable);
}

void Device::raise_event() { machine_.raise_event(*this); }

std::uint64_t Device::now() { return machine_.now(); }

SnapshotFamily& Device::snapshots() { return machine_.snapshots(); }

// --- background work ---

std::optional<std::uint64_t> Device::work() {
  std::lock_guard control(control_);
  if (suspended_ || !live_ || !live_->has_work()) return std::nullopt;
  return live_->work();
}

void Device::start_worker() {
  if (!machine_.threads() || !live_->has_work()) return;
  {
    std::lock_guard lock(worker_mutex_);
    worker_stop_ = false;
    worker_woken_ = true;
  }
  worker_ = std::thread([this] { run_worker(); });
}

void Device::stop_worker() {
  {
    std::lock_guard lock(worker_mutex_);
    worker_stop_ = true;
  }
  worker_wake_.notify_all();
  if (worker_.joinable()) worker_.join();
}

void Device::wake() {
  {
    std::lock_guard lock(worker_mutex_);
    worker_woken_ = true;
  }
  worker_wake_.notify_all();
}

void Device::run_worker() {
  // The thread is joined before the table can change.
  auto table = live();
  std::unique_lock lock(worker_mutex_);
  while (!worker_stop_) {
    worker_woken_ = false;
    lock.unlock();
    auto pause = table->work();
    lock.lock();
    auto ready = [&] { return worker_stop_ || worker_woken_; };
    if (!pause)
      worker_wake_.wait(lock, ready);
    else if (*pause != 0)
      worker_wake_.wait_for(lock, std::chrono::milliseconds(*pause), ready);
  }
}

}  // namespace lvm::dm::user
