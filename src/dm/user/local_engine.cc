// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/local_engine.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "dm/ioctl_error.h"
#include "dm/text.h"
#include "dm/user/held.h"
#include "dm/user/machine.h"

namespace lvm::dm::user {
namespace {

// As the kernel engine: activation/retry_deactivation.
constexpr int kRemovalAttempts = 25;
constexpr std::chrono::milliseconds kRemovalPause{200};

Result<std::shared_ptr<Device>> need(Machine& machine, std::string_view operation, std::string_view uuid) {
  auto device = machine.find(uuid);
  if (!device) return fail_ioctl(operation, uuid, ENXIO);
  return device;
}

}  // namespace

LocalEngine::LocalEngine() : machine_(std::make_shared<Machine>()), owner_(true) {}
LocalEngine::LocalEngine(std::shared_ptr<Machine> machine, HeldNotes* notes)
    : machine_(std::move(machine)), notes_(notes), owner_(false) {}

// Of a machine of its own nobody can ask for its devices any more: they end as if they were removed, which
// brings logs and superblocks up to date.
LocalEngine::~LocalEngine() {
  if (owner_) machine_->remove_all();
}

Result<> LocalEngine::available() { return {}; }

Result<std::string> LocalEngine::driver_version() { return std::string("4.47.0"); }

Result<std::vector<TargetVersion>> LocalEngine::targets() {
  std::vector<TargetVersion> versions;
  for (const LiveRow* row : live_rows()) versions.push_back(row->version);
  return versions;
}

Result<> LocalEngine::require_target(std::string_view type) {
  if (live_row(type) == nullptr) return fail_no_target(type);
  return {};
}

Result<std::vector<ListEntry>> LocalEngine::list() {
  std::vector<ListEntry> entries;
  for (const auto& device : machine_->devices()) {
    auto info = machine_->info(*device);
    entries.push_back({std::move(info.name), std::move(info.uuid), true, info.device});
  }
  return entries;
}

Result<std::optional<Info>> LocalEngine::info(std::string_view uuid) {
  auto device = machine_->find(uuid);
  return device ? std::optional<Info>(machine_->info(*device)) : std::nullopt;
}

Result<std::optional<Info>> LocalEngine::info(DeviceNumber number) {
  auto device = machine_->find(number);
  return device ? std::optional<Info>(machine_->info(*device)) : std::nullopt;
}

Result<Table> LocalEngine::table(std::string_view uuid, bool inactive) {
  auto device = TRY(need(*machine_, "table", uuid));
  return device->table(inactive);
}

Result<std::vector<StatusLine>> LocalEngine::status(std::string_view uuid) {
  auto device = TRY(need(*machine_, "status", uuid));
  return device->status();
}

Result<std::vector<DeviceNumber>> LocalEngine::dependencies(std::string_view uuid) {
  auto device = TRY(need(*machine_, "deps", uuid));
  return device->dependencies();
}

Result<> LocalEngine::create(const CreateRequest& request) {
  TRY(machine_->create(request));
  return {};
}

Result<> LocalEngine::load(std::string_view uuid, const Table& table, bool read_only) {
  auto device = TRY(need(*machine_, "reload", uuid));
  return device->load(table, read_only);
}

Result<> LocalEngine::clear(std::string_view uuid) {
  auto device = TRY(need(*machine_, "clear", uuid));
  device->clear();
  return {};
}

Result<> LocalEngine::suspend(std::string_view uuid, SuspendOptions options) {
  auto device = TRY(need(*machine_, "suspend", uuid));
  device->suspend(options);
  return {};
}

Result<Info> LocalEngine::resume(std::string_view uuid, UdevFlags, const std::optional<NodeLink>& link) {
  auto device = TRY(need(*machine_, "resume", uuid));
  TRY(device->resume());
  if (notes_) notes_->resumed(uuid);
  if (link) machine_->set_link(*device, link);
  return machine_->info(*device);
}

Result<> LocalEngine::remove(std::string_view uuid, UdevFlags, const std::optional<NodeLink>&, bool retry) {
  auto device = TRY(need(*machine_, "remove", uuid));
  for (int attempt = 1;; ++attempt) {
    auto done = machine_->remove(device);
    if (done && notes_) notes_->removed(uuid);
    if (done || done.error().code() != Code::busy || !retry || attempt == kRemovalAttempts) return done;
    std::this_thread::sleep_for(kRemovalPause);
  }
}

Result<> LocalEngine::rename(std::string_view uuid, const std::string& new_name, UdevFlags,
                             const std::optional<NodeLink>&, const std::optional<NodeLink>& new_link) {
  auto device = TRY(need(*machine_, "rename", uuid));
  return machine_->rename(*device, new_name, new_link);
}

Result<std::string> LocalEngine::message(std::string_view uuid, Sectors sector, std::string_view text) {
  auto device = TRY(need(*machine_, "message", uuid));
  return device->message(sector, text);
}

Result<> LocalEngine::set_read_ahead(std::string_view uuid, Sectors value, bool at_least) {
  auto device = TRY(need(*machine_, "info", uuid));
  machine_->set_read_ahead(*device, value, at_least);
  return {};
}

Result<Sectors> LocalEngine::read_ahead(DeviceNumber number) {
  auto device = machine_->find(number);
  // A disk below: what a kernel starts with.
  return device ? machine_->read_ahead(*device) : Sectors(256);
}

// There are no nodes to wait for: whoever shows volumes as files asks for them anew each time.
Result<> LocalEngine::settle() { return {}; }

Result<> LocalEngine::sync_nodes(const std::vector<std::pair<std::string, NodeLink>>& wanted) {
  for (const auto& device : machine_->devices()) machine_->set_link(*device, std::nullopt);
  for (const auto& [uuid, link] : wanted)
    if (auto device = machine_->find(uuid)) machine_->set_link(*device, link);
  return {};
}

Result<> LocalEngine::attach(DeviceNumber number, const Backing& backing) {
  TRY(machine_->attach(number, backing));
  if (notes_) notes_->attached(backing.path);
  return {};
}

Result<std::vector<std::pair<DeviceNumber, Backing>>> LocalEngine::backings() { return machine_->backings(); }

Result<std::vector<Volume>> LocalEngine::volumes() {
  std::vector<Volume> all;
  for (const auto& device : machine_->devices()) all.push_back(machine_->volume(*device));
  return all;
}

Result<std::unique_ptr<Block>> LocalEngine::open(DeviceNumber device, bool writable) {
  return machine_->open(device, writable);
}

Result<std::optional<std::uint32_t>> LocalEngine::wait_event(std::string_view uuid, std::uint32_t seen,
                                                             std::uint64_t timeout_milliseconds) {
  auto device = TRY(need(*machine_, "wait", uuid));
  return machine_->wait_event(*device, seen, timeout_milliseconds);
}

}  // namespace lvm::dm::user
