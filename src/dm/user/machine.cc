// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "dm/ioctl_error.h"
#include "dm/text.h"
#include "dm/user/image_block.h"
#include "dm/user/nbd/connection.h"
#include "dm/user/snapshot/family.h"

namespace lvm::dm::user {
namespace {

// I/O goes down through a call for each device: a stack has an end.
constexpr unsigned kMostLevels = 64;

}  // namespace

// An opener of a device: a table above it, or a program.
class Machine::Hold {
 public:
  // With the machine's mutex held.
  Hold(std::shared_ptr<Machine> machine, std::shared_ptr<Device> lower, Device* upper)
      : machine_(std::move(machine)), lower_(std::move(lower)), upper_(upper) {
    ++lower_->openers_;
    if (upper_ != nullptr) upper_->holding_.push_back(lower_->number_);
  }
  ~Hold() {
    std::lock_guard lock(machine_->mutex_);
    --lower_->openers_;
    if (upper_ == nullptr) return;
    auto& holding = upper_->holding_;
    holding.erase(std::ranges::find(holding, lower_->number_));
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  std::shared_ptr<Machine> machine_;
  std::shared_ptr<Device> lower_;
  Device* upper_;  // outlives its tables
};

namespace {

// A device opened by a program.
class OpenDevice final : public Block {
 public:
  OpenDevice(std::shared_ptr<Device> device, std::shared_ptr<void> hold, bool writable)
      : hold_(std::move(hold)), device_(std::move(device)), writable_(writable) {}
  Bytes size() const override { return device_->size(); }
  bool read_only() const override { return !writable_ || device_->read_only(); }
  Result<> read(Bytes offset, std::span<std::byte> out) override { return device_->read(offset, out); }
  Result<> change(const Change& change) override {
    if (!writable_) return fail(Code::permission, "The volume is open for reading only.");
    return device_->change(change);
  }
  Result<> flush() override { return device_->flush(); }

 private:
  std::shared_ptr<void> hold_;  // also keeps the machine
  std::shared_ptr<Device> device_;
  bool writable_;
};

}  // namespace

Machine::Machine(MachineOptions options)
    : options_(std::move(options)),
      snapshots_(std::make_unique<SnapshotFamily>()),
      rings_(std::make_shared<Rings>(options_.io_uring)) {}

// Devices hold each other and the machine through their tables; whoever ends an engine removes them first.
Machine::~Machine() = default;

std::uint64_t Machine::now() const {
  if (options_.now) return options_.now();
  auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

// --- what devices stand on ---

Result<> Machine::attach(DeviceNumber number, const Backing& backing) {
  if (number.major == kDeviceMajor || !number)
    return fail(Code::usage, fmt::format("{} is no number for an image.", to_text(number)));
  if (!backing.path.starts_with('/') && !is_nbd_uri(backing.path))
    return fail(Code::usage, fmt::format("Image \"{}\": an absolute path is needed.", backing.path));
  auto size = TRY(backing_size(backing.path));
  if (backing.start > size || backing.length > size - backing.start)
    return fail(Code::corrupt, fmt::format("{} is {} bytes long, but {} bytes from {} on are to be used.", backing.path,
                                           size.n, backing.length.n, backing.start.n));
  std::lock_guard lock(mutex_);
  TRY(check_not_replaced(number, backing));
  auto [place, fresh] = attached_.try_emplace(number);
  auto& attached = place->second;
  if (auto file = attached.file.lock()) {
    if (!file->is(backing))
      return fail(Code::busy, fmt::format("{} is {} while a table uses it; it cannot become {}.", to_text(number),
                                          attached.backing.path, backing.path));
    if (file->size() != backing.length) TRY(file->resize(backing.length));
  }
  attached.backing = backing;
  attached.other.reset();
  return {};
}

Result<> Machine::check_not_replaced(DeviceNumber number, const Backing& backing) const {
  for (const auto& [other, attached] : attached_)
    if (other != number && attached.backing.path == backing.path && attached.backing.start == backing.start &&
        !attached.file.expired())
      return fail(Code::busy,
                  fmt::format("{} was replaced by another file while volumes on it are active: they still use the "
                              "former one, and what is written to them is not in this one. Deactivate them first "
                              "(vgchange -an).",
                              backing.path));
  return {};
}

void Machine::attach(DeviceNumber number, std::shared_ptr<Block> block) {
  std::lock_guard lock(mutex_);
  attached_[number] = {{}, {}, std::move(block)};
}

std::vector<std::pair<DeviceNumber, Backing>> Machine::backings() {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<DeviceNumber, Backing>> all;
  for (const auto& [number, attached] : attached_)
    if (!attached.other) all.emplace_back(number, attached.backing);
  return all;
}

Result<TableSite::Lower> Machine::open_backing(const Device& upper, DeviceNumber number) {
  auto found = attached_.find(number);
  if (found == attached_.end())
    return fail(Code::not_found, fmt::format("device-mapper: reload of {} failed: there is no device {}.", upper.name_,
                                             to_text(number)));
  auto& attached = found->second;
  if (attached.other) return TableSite::Lower{number, attached.other, nullptr, true};
  auto file = attached.file.lock();
  if (!file) {
    file = TRY(open_image(attached.backing, rings_));
    attached.file = file;
  }
  return TableSite::Lower{number, file, nullptr, true};
}

unsigned Machine::depth_below(DeviceNumber device, DeviceNumber upper, unsigned limit) const {
  if (device == upper || limit == 0) return kMostLevels;
  auto found = devices_.find(device);
  if (found == devices_.end()) return 0;
  unsigned depth = 0;
  auto lowers = found->second->holding_;
  std::ranges::sort(lowers);
  lowers.erase(std::unique(lowers.begin(), lowers.end()), lowers.end());
  for (auto lower : lowers) depth = std::max(depth, depth_below(lower, upper, limit - 1));
  return depth + 1;
}

Result<TableSite::Lower> Machine::open_lower(Device& upper, const DeviceRef& reference, bool) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Device> lower;
  if (const auto* number = std::get_if<DeviceNumber>(&reference)) {
    auto found = devices_.find(*number);
    if (found == devices_.end()) return open_backing(upper, *number);
    lower = found->second;
  } else {
    const auto& uuid = std::get<ByUuid>(reference).uuid;
    if (auto found = by_uuid_.find(uuid); found != by_uuid_.end()) lower = devices_.at(found->second);
    if (!lower)
      return fail(Code::not_found,
                  fmt::format("device-mapper: reload of {} failed: there is no device {}.", upper.name_, uuid));
  }
  if (depth_below(lower->number_, upper.number_, kMostLevels) >= kMostLevels)
    return fail(Code::io,
                fmt::format("device-mapper: reload of {} failed: {} stands on it itself, or the devices would "
                            "stand more than {} high.",
                            upper.name_, lower->name_, kMostLevels));
  return TableSite::Lower{lower->number_, lower, std::make_shared<Hold>(shared_from_this(), lower, &upper), false};
}

// --- devices ---

Device* Machine::find_locked(std::string_view uuid) {
  auto found = by_uuid_.find(uuid);
  return found == by_uuid_.end() ? nullptr : devices_.at(found->second).get();
}

Result<std::shared_ptr<Device>> Machine::create(const CreateRequest& request) {
  TRY(check_device_name(request.name));
  TRY(check_device_uuid(request.uuid));
  std::lock_guard lock(mutex_);
  DeviceNumber number{kDeviceMajor, 0};
  // As with the kernel, only the minor can be chosen.
  if (request.persistent) number.minor = request.persistent->minor;
  while (!request.persistent && devices_.contains(number)) ++number.minor;
  if (devices_.contains(number) || by_name_.contains(request.name) ||
      (!request.uuid.empty() && by_uuid_.contains(request.uuid)))
    return fail_ioctl("create", fmt::format("{} {}", request.name, request.uuid), EBUSY);
  auto device = std::make_shared<Device>(*this, number, request.name, request.uuid);
  devices_.emplace(number, device);
  by_name_.emplace(request.name, number);
  if (!request.uuid.empty()) by_uuid_.emplace(request.uuid, number);
  return device;
}

std::shared_ptr<Device> Machine::find(std::string_view uuid) {
  std::lock_guard lock(mutex_);
  auto* device = find_locked(uuid);
  return device == nullptr ? nullptr : devices_.at(device->number_);
}

std::shared_ptr<Device> Machine::find(DeviceNumber number) {
  std::lock_guard lock(mutex_);
  auto found = devices_.find(number);
  return found == devices_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Device>> Machine::devices() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Device>> all;
  for (const auto& [number, device] : devices_) all.push_back(device);
  return all;
}

Result<> Machine::remove(const std::shared_ptr<Device>& device) {
  {
    std::lock_guard lock(mutex_);
    if (device->removed_) return fail_ioctl("remove", device->name_, ENXIO);
    if (device->openers_ != 0) return fail_ioctl("remove", device->name_, EBUSY);
    device->removed_ = true;
    by_name_.erase(device->name_);
    by_uuid_.erase(device->uuid_);
    devices_.erase(device->number_);
  }
  events_.notify_all();
  device->shut_down();
  return {};
}

void Machine::remove_all() {
  for (bool again = true; again;) {
    again = false;
    for (const auto& device : devices()) again |= remove(device).has_value();
  }
}

void Machine::abandon() {
  for (const auto& device : devices()) device->drop_tables();
}

void Machine::resume_all() {
  for (const auto& device : devices()) {
    device->clear();
    static_cast<void>(device->resume());
  }
}

Result<> Machine::rename(Device& device, const std::string& new_name, const std::optional<NodeLink>& link) {
  TRY(check_device_name(new_name));
  {
    std::lock_guard lock(mutex_);
    if (by_name_.contains(new_name)) return fail_ioctl("rename", device.name_, EBUSY);
    by_name_.erase(device.name_);
    device.name_ = new_name;
    by_name_.emplace(new_name, device.number_);
    device.link_ = link;
  }
  if (device.live()) raise_event(device);
  return {};
}

void Machine::set_link(Device& device, const std::optional<NodeLink>& link) {
  std::lock_guard lock(mutex_);
  device.link_ = link;
}

std::string Machine::name_of(const Device& device) {
  std::lock_guard lock(mutex_);
  return device.name_;
}

Info Machine::info_locked(const Device& device) const {
  Info info;
  info.name = device.name_;
  info.uuid = device.uuid_;
  info.device = device.number_;
  info.open_count = device.openers_;
  info.event_number = device.event_number_;
  info.suspended = device.suspended_;
  info.read_only = device.read_only_;
  std::lock_guard lock(device.tables_);
  info.target_count = device.live_ ? static_cast<std::uint32_t>(device.live_->values().size()) : 0;
  info.live_table = device.live_ != nullptr;
  info.inactive_table = device.inactive_ != nullptr;
  return info;
}

Info Machine::info(const Device& device) {
  std::lock_guard lock(mutex_);
  return info_locked(device);
}

Volume Machine::volume(const Device& device) {
  std::lock_guard lock(mutex_);
  return {info_locked(device), device.size(), device.link_};
}

Sectors Machine::read_ahead(const Device& device) {
  std::lock_guard lock(mutex_);
  return device.read_ahead_;
}

void Machine::set_read_ahead(Device& device, Sectors value, bool at_least) {
  std::lock_guard lock(mutex_);
  // The kernel keeps it in KiB.
  Sectors rounded(round_up(value.n, 2));
  if (!at_least || rounded > device.read_ahead_) device.read_ahead_ = rounded;
}

Result<std::unique_ptr<Block>> Machine::open(DeviceNumber number, bool writable) {
  std::lock_guard lock(mutex_);
  auto found = devices_.find(number);
  if (found == devices_.end()) return fail(Code::not_found, fmt::format("There is no device {}.", to_text(number)));
  const auto& device = found->second;
  if (!device->live()) return fail(Code::not_found, fmt::format("Device {} has no table.", device->name_));
  if (writable && device->read_only())
    return fail(Code::permission, fmt::format("Device {} is read-only.", device->name_));
  auto hold = std::make_shared<Hold>(shared_from_this(), device, nullptr);
  return std::make_unique<OpenDevice>(device, std::move(hold), writable);
}

void Machine::raise_event(Device& device) {
  {
    std::lock_guard lock(mutex_);
    ++device.event_number_;
  }
  events_.notify_all();
}

Result<std::optional<std::uint32_t>> Machine::wait_event(Device& device, std::uint32_t seen,
                                                         std::uint64_t milliseconds) {
  std::unique_lock lock(mutex_);
  // An hour at a time is enough for anybody, and cannot overflow.
  auto limit = std::chrono::milliseconds(std::min<std::uint64_t>(milliseconds, 3'600'000));
  events_.wait_for(lock, limit, [&] { return device.removed_ || device.event_number_ != seen; });
  if (device.removed_) return fail_ioctl("wait", device.name_, ENXIO);
  if (device.event_number_ == seen) return std::nullopt;
  return device.event_number_;
}

bool Machine::work() {
  bool more = false;
  for (const auto& device : devices()) {
    auto pause = device->work();
    more |= pause && *pause == 0;
  }
  return more;
}

}  // namespace lvm::dm::user
