// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/fake/fake_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "dm/ioctl_error.h"
#include "dm/text.h"

// The behaviour is what Linux 6.1 was seen to do; kernel_engine_test.cc runs the same checks on both.
namespace lvm::dm {
namespace {

constexpr std::uint32_t kMajor = 253;

// Calls f(device, offset, length) for every device a target names.
template <class F>
void for_each_device(const Target& target, F f) {
  if (const auto* linear = std::get_if<LinearTarget>(&target.body)) {
    f(linear->device, linear->offset, target.length);
  } else if (const auto* striped = std::get_if<StripedTarget>(&target.body)) {
    for (const auto& leg : striped->legs) f(leg.device, leg.offset, target.length / striped->legs.size());
  } else if (!std::holds_alternative<OtherTarget>(target.body)) {
    for (const auto& device : devices_of(target.body)) f(device, Sectors(), Sectors());
  } else if (const auto* other = std::get_if<OtherTarget>(&target.body)) {
    std::string_view rest = other->params;
    while (!rest.empty()) {
      auto word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      if (auto number = parse_device_number(word)) f(DeviceRef(*number), Sectors(), Sectors());
    }
  }
}

std::string udev_text(UdevFlags flags) { return fmt::format(" udev=0x{:x}", flags.bits); }

std::string link_text(const std::optional<NodeLink>& link, std::string_view key = "link") {
  return link ? fmt::format(" {}={}/{}", key, link->vg, link->lv) : std::string();
}

std::string lines_of(const Table& table) {
  std::string text;
  for (const auto& target : table) {
    if (!text.empty()) text += "; ";
    text += describe_target(target);
  }
  return text;
}

}  // namespace

FakeEngine::FakeEngine() {
  for (const char* name : {"error", "linear", "striped", "zero"}) targets_.push_back({name, 1, 6, 0});
}

void FakeEngine::add_disk(DeviceNumber number, Sectors size) { disks_[number] = size; }

void FakeEngine::set_open_count(std::string_view uuid, std::int32_t count) {
  Device* device = find(uuid);
  CHECK(device != nullptr);
  device->openers = count;
}

void FakeEngine::set_status(std::string_view uuid, std::vector<StatusLine> status) {
  Device* device = find(uuid);
  CHECK(device != nullptr);
  device->status = std::move(status);
}

void FakeEngine::raise_event(std::string_view uuid) {
  Device* device = find(uuid);
  CHECK(device != nullptr);
  ++device->event_number;
}

void FakeEngine::fail_change(std::size_t skip, Error error) {
  faults_.insert_or_assign(changes_ + skip, std::move(error));
}

void FakeEngine::stop_after(std::size_t allow) { stop_at_ = changes_ + allow; }

void FakeEngine::restart() {
  faults_.clear();
  stop_at_.reset();
  pending_paths_.clear();
}

std::vector<std::string> FakeEngine::take_log() { return std::exchange(log_, {}); }

std::string FakeEngine::dump() const {
  std::vector<const Device*> sorted;
  for (const auto& [number, device] : devices_) sorted.push_back(&device);
  std::ranges::sort(sorted, {}, [](const Device* d) -> const std::string& { return d->name; });
  std::string text;
  for (const Device* device : sorted) {
    auto head = device->name + (device->suspended ? " (suspended)" : "") + (device->read_only ? " (ro):" : ":");
    if (!device->live) text += head + "\n";
    for (const auto& target : device->live.value_or(Table{}))
      text += fmt::format("{} {}\n", head, describe_target(target));
    for (const auto& target : device->inactive.value_or(Table{}))
      text += fmt::format("{} * {}\n", head, describe_target(target));
  }
  return text;
}

Result<> FakeEngine::alive() const {
  if (stop_at_ && changes_ >= *stop_at_) return fail(Code::interrupted, "The process was stopped here.");
  if (unavailable_) return std::unexpected<Error>(*unavailable_);
  return {};
}

Result<> FakeEngine::change(std::string line) {
  auto living = alive();
  auto number = changes_;
  if (!stop_at_ || changes_ < *stop_at_) ++changes_;
  auto fault = faults_.find(number);
  bool strikes = !living || fault != faults_.end();
  log_.push_back(strikes ? "! " + line : std::move(line));
  if (!living) return living;
  if (fault != faults_.end()) return std::unexpected<Error>(fault->second);
  return {};
}

std::unexpected<Error> FakeEngine::failed(std::string_view operation, std::string_view device, int error_number) {
  if (!log_.empty() && !log_.back().starts_with("! ")) log_.back().insert(0, "! ");
  return fail_ioctl(operation, device, error_number);
}

FakeEngine::Device* FakeEngine::find(std::string_view uuid) {
  auto found = by_uuid_.find(std::string(uuid));
  return found == by_uuid_.end() ? nullptr : &devices_.at(found->second);
}

const FakeEngine::Device* FakeEngine::find(DeviceNumber number) const {
  auto found = devices_.find(number);
  return found == devices_.end() ? nullptr : &found->second;
}

void FakeEngine::hold(const std::optional<Table>& table, std::int32_t amount) {
  if (!table) return;
  // A table opens a device once, however many targets name it.
  std::set<DeviceNumber> named;
  for (const auto& target : *table)
    for_each_device(target, [&](const DeviceRef& ref, Sectors, Sectors) { named.insert(std::get<DeviceNumber>(ref)); });
  for (auto number : named)
    if (auto found = devices_.find(number); found != devices_.end()) found->second.holders += amount;
}

bool FakeEngine::inactive_can_go(const Device& device) const {
  bool can = true;
  for (const Target& target : device.inactive.value_or(Table{}))
    if (std::holds_alternative<RaidTarget>(target.body))
      for_each_device(target, [&](const DeviceRef& ref, Sectors, Sectors) {
        const Device* below = find(std::get<DeviceNumber>(ref));
        can = can && (below == nullptr || !below->suspended);
      });
  return can;
}

void FakeEngine::set_inactive(Device& device, std::optional<Table> table) {
  hold(device.inactive, -1);
  device.inactive = std::move(table);
  hold(device.inactive, 1);
}

Result<FakeEngine::Device*> FakeEngine::need(std::string_view operation, std::string_view uuid) {
  Device* device = find(uuid);
  if (device == nullptr) return fail_ioctl(operation, uuid, ENXIO);
  return device;
}

Info FakeEngine::info_of(const Device& device) const {
  Info info;
  info.name = device.name;
  info.uuid = device.uuid;
  info.device = device.number;
  info.open_count = open_count(device);
  info.event_number = device.event_number;
  info.target_count = device.live ? static_cast<std::uint32_t>(device.live->size()) : 0;
  info.suspended = device.suspended;
  info.read_only = device.read_only;
  info.live_table = device.live.has_value();
  info.inactive_table = device.inactive.has_value();
  return info;
}

Result<Table> FakeEngine::resolved(const Device& device, const Table& table) {
  auto number_of = [&](std::string_view uuid) -> Result<DeviceNumber> {
    const Device* found = find(uuid);
    if (found == nullptr) return failed("reload", device.name, ENXIO);
    return found->number;
  };
  Table result;
  Sectors end;
  for (const auto& target : table) {
    if (target.start != end || !target.length) return failed("reload", device.name, EINVAL);
    end += target.length;
    if (std::ranges::find(targets_, target_type(target.body), &TargetVersion::name) == targets_.end())
      return failed("reload", device.name, EINVAL);
    // Through the text form: what the kernel reads and prints again.
    auto line = TRY(format_target(target, number_of));
    auto copy = TRY(parse_target(line));
    int error_number = 0;
    for_each_device(copy, [&](const DeviceRef& ref, Sectors, Sectors) {
      auto number = std::get<DeviceNumber>(ref);
      if (number == device.number) error_number = EINVAL;
      if (find(number) == nullptr && !disks_.empty() && !disks_.contains(number)) error_number = ENXIO;
    });
    if (error_number != 0) return failed("reload", device.name, error_number);
    result.push_back(std::move(copy));
  }
  if (result.empty()) return failed("reload", device.name, EINVAL);
  return result;
}

int FakeEngine::check_sizes(const Table& table) const {
  int error_number = 0;
  for (const auto& target : table)
    for_each_device(target, [&](const DeviceRef& ref, Sectors offset, Sectors length) {
      auto number = std::get<DeviceNumber>(ref);
      std::optional<Sectors> size;
      if (const Device* device = find(number); device != nullptr && device->live)
        size = table_length(*device->live);
      else if (auto disk = disks_.find(number); disk != disks_.end())
        size = disk->second;
      if (size && offset + length > *size) error_number = EINVAL;
    });
  return error_number;
}

void FakeEngine::queue_paths(const Device& device, const std::optional<NodeLink>& link, bool present) {
  auto uuid = present ? device.uuid : std::string();
  pending_paths_.push_back({"/dev/mapper/" + device.name, uuid});
  if (link) pending_paths_.push_back({fmt::format("/dev/{}/{}", link->vg, link->lv), uuid});
}

Result<> FakeEngine::available() { return alive(); }

Result<std::string> FakeEngine::driver_version() {
  TRY(alive());
  return std::string("4.47.0");
}

Result<std::vector<TargetVersion>> FakeEngine::targets() {
  TRY(alive());
  return targets_;
}

Result<> FakeEngine::require_target(std::string_view type) {
  TRY(alive());
  if (std::ranges::find(targets_, type, &TargetVersion::name) == targets_.end())
    return fail(Code::unsupported,
                fmt::format("{}: Required device-mapper target(s) not detected in your kernel.", type));
  return {};
}

Result<std::vector<ListEntry>> FakeEngine::list() {
  TRY(alive());
  std::vector<ListEntry> entries;
  for (const auto& [number, device] : devices_) entries.push_back({device.name, device.uuid, true, number});
  return entries;
}

Result<std::optional<Info>> FakeEngine::info(std::string_view uuid) {
  TRY(alive());
  const Device* device = find(uuid);
  return device == nullptr ? std::nullopt : std::optional<Info>(info_of(*device));
}

Result<std::optional<Info>> FakeEngine::info(DeviceNumber number) {
  TRY(alive());
  const Device* device = find(number);
  return device == nullptr ? std::nullopt : std::optional<Info>(info_of(*device));
}

Result<Table> FakeEngine::table(std::string_view uuid, bool inactive) {
  TRY(alive());
  const Device* device = TRY(need("table", uuid));
  return (inactive ? device->inactive : device->live).value_or(Table{});
}

Result<std::vector<StatusLine>> FakeEngine::status(std::string_view uuid) {
  TRY(alive());
  const Device* device = TRY(need("status", uuid));
  if (device->status) return *device->status;
  std::vector<StatusLine> lines;
  for (const auto& target : device->live.value_or(Table{}))
    lines.push_back({target.start, target.length, std::string(target_type(target.body)), ""});
  return lines;
}

Result<std::vector<DeviceNumber>> FakeEngine::dependencies(std::string_view uuid) {
  TRY(alive());
  const Device* device = TRY(need("deps", uuid));
  std::vector<DeviceNumber> numbers;
  for (const auto& target : device->live.value_or(Table{}))
    for_each_device(target, [&](const DeviceRef& ref, Sectors, Sectors) {
      auto number = std::get<DeviceNumber>(ref);
      if (std::ranges::find(numbers, number) == numbers.end()) numbers.push_back(number);
    });
  return numbers;
}

Result<> FakeEngine::create(const CreateRequest& request) {
  auto line = fmt::format("create {} {}", request.name, request.uuid);
  if (request.persistent) line += " " + to_text(*request.persistent);
  TRY(change(std::move(line)));
  TRY(check_device_name(request.name));
  TRY(check_device_uuid(request.uuid));
  auto who = fmt::format("{} {}", request.name, request.uuid);
  // As the kernel, only the minor number can be chosen.
  DeviceNumber number{kMajor, request.persistent ? request.persistent->minor : lowest_free_minor_};
  if (devices_.contains(number)) return failed("create", who, EBUSY);
  if (names_.contains(request.name) || (!request.uuid.empty() && by_uuid_.contains(request.uuid)))
    return failed("create", who, EBUSY);
  Device device;
  device.name = request.name;
  device.uuid = request.uuid;
  device.number = number;
  names_.insert(device.name);
  by_uuid_.emplace(device.uuid, number);
  devices_.emplace(number, std::move(device));
  while (devices_.contains({kMajor, lowest_free_minor_})) ++lowest_free_minor_;
  return {};
}

Result<> FakeEngine::load(std::string_view uuid, const Table& table, bool read_only) {
  Device* device = find(uuid);
  TRY(change(fmt::format("load {}{} {}", device != nullptr ? std::string_view(device->name) : uuid,
                         read_only ? " ro" : "", lines_of(table))));
  if (device == nullptr) return failed("reload", uuid, ENXIO);
  auto copy = TRY(resolved(*device, table));
  log_.back() = fmt::format("load {}{} {}", device->name, read_only ? " ro" : "", lines_of(copy));
  if (!device->loaded_once && check_sizes(copy) != 0) return failed("reload", device->name, EINVAL);
  CHECK(inactive_can_go(*device));
  set_inactive(*device, std::move(copy));
  device->inactive_read_only = read_only;
  device->loaded_once = true;
  return {};
}

Result<> FakeEngine::clear(std::string_view uuid) {
  Device* device = find(uuid);
  TRY(change(fmt::format("clear {}", device != nullptr ? std::string_view(device->name) : uuid)));
  if (device == nullptr) return failed("clear", uuid, ENXIO);
  CHECK(inactive_can_go(*device));
  set_inactive(*device, std::nullopt);
  return {};
}

Result<> FakeEngine::suspend(std::string_view uuid, SuspendOptions options) {
  Device* device = find(uuid);
  TRY(change(fmt::format("suspend {}{}{}", device != nullptr ? std::string_view(device->name) : uuid,
                         options.flush ? "" : " noflush", options.freeze ? "" : " nofreeze")));
  if (device == nullptr) return failed("suspend", uuid, ENXIO);
  device->suspended = true;
  return {};
}

Result<Info> FakeEngine::resume(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link) {
  Device* device = find(uuid);
  TRY(change(fmt::format("resume {}{}{}", device != nullptr ? std::string_view(device->name) : uuid, udev_text(flags),
                         link_text(link))));
  if (device == nullptr) return failed("resume", uuid, ENXIO);
  if (device->inactive) {
    if (int error_number = check_sizes(*device->inactive); error_number != 0) {
      // The kernel drops the table it could not bind and leaves the device suspended.
      set_inactive(*device, std::nullopt);
      device->suspended = true;
      return failed("resume", device->name, error_number);
    }
    hold(device->live, -1);
    device->live = std::exchange(device->inactive, std::nullopt);
    device->read_only = device->inactive_read_only;
  } else if (device->suspended && !device->live) {
    return failed("resume", device->name, EINVAL);
  }
  device->suspended = false;
  if (device->live) queue_paths(*device, link, true);
  return info_of(*device);
}

Result<> FakeEngine::remove(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link, bool) {
  Device* device = find(uuid);
  TRY(change(fmt::format("remove {}{}{}", device != nullptr ? std::string_view(device->name) : uuid, udev_text(flags),
                         link_text(link))));
  if (device == nullptr) return failed("remove", uuid, ENXIO);
  if (open_count(*device) != 0) return failed("remove", device->name, EBUSY);
  queue_paths(*device, link, false);
  set_inactive(*device, std::nullopt);
  hold(device->live, -1);
  names_.erase(device->name);
  auto number = device->number;
  by_uuid_.erase(device->uuid);
  devices_.erase(number);
  lowest_free_minor_ = std::min(lowest_free_minor_, number.minor);
  return {};
}

Result<> FakeEngine::rename(std::string_view uuid, const std::string& new_name, UdevFlags flags,
                            const std::optional<NodeLink>& old_link, const std::optional<NodeLink>& new_link) {
  Device* device = find(uuid);
  TRY(change(fmt::format("rename {} {}{}{}{}", device != nullptr ? std::string_view(device->name) : uuid, new_name,
                         udev_text(flags), link_text(old_link, "old"), link_text(new_link, "new"))));
  if (device == nullptr) return failed("rename", uuid, ENXIO);
  TRY(check_device_name(new_name));
  if (names_.contains(new_name)) return failed("rename", device->name, EBUSY);
  queue_paths(*device, old_link, false);
  names_.erase(device->name);
  device->name = new_name;
  names_.insert(new_name);
  if (device->live) ++device->event_number;
  queue_paths(*device, new_link, true);
  return {};
}

Result<std::string> FakeEngine::message(std::string_view uuid, Sectors sector, std::string_view text) {
  Device* device = find(uuid);
  TRY(change(
      fmt::format("message {} {} {}", device != nullptr ? std::string_view(device->name) : uuid, sector.n, text)));
  if (device == nullptr) return failed("message", uuid, ENXIO);
  if (!message_handler_ || !device->live || sector >= table_length(*device->live))
    return failed("message", device->name, EINVAL);
  return message_handler_(info_of(*device), sector, text);
}

Result<> FakeEngine::set_read_ahead(std::string_view uuid, Sectors value, bool at_least) {
  Device* device = find(uuid);
  TRY(change(fmt::format("read-ahead {} {}{}", device != nullptr ? std::string_view(device->name) : uuid, value.n,
                         at_least ? " at-least" : "")));
  if (device == nullptr) return failed("info", uuid, ENXIO);
  // Kept by the kernel in KiB.
  Sectors rounded(round_up(value.n, 2));
  if (!at_least || rounded > device->read_ahead) device->read_ahead = rounded;
  return {};
}

Result<Sectors> FakeEngine::read_ahead(DeviceNumber number) {
  TRY(alive());
  const Device* device = find(number);
  return device == nullptr ? Sectors(256) : device->read_ahead;
}

Result<> FakeEngine::settle() {
  TRY(change("settle"));
  for (auto& pending : std::exchange(pending_paths_, {})) {
    if (pending.uuid.empty())
      paths_.erase(pending.path);
    else
      paths_[pending.path] = pending.uuid;
  }
  return {};
}

Result<> FakeEngine::sync_nodes(const std::vector<std::pair<std::string, NodeLink>>& wanted) {
  TRY(change("sync-nodes"));
  paths_.clear();
  for (const auto& [number, device] : devices_)
    if (device.live) paths_["/dev/mapper/" + device.name] = device.uuid;
  for (const auto& [uuid, link] : wanted)
    if (const Device* device = find(uuid); device != nullptr && device->live)
      paths_[fmt::format("/dev/{}/{}", link.vg, link.lv)] = uuid;
  return {};
}

}  // namespace lvm::dm
