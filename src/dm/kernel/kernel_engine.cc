// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/kernel_engine.h"

#include <fmt/format.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "dm/ioctl_error.h"
#include "dm/kernel/control_node.h"
#include "dm/kernel/read_ahead.h"
#include "dm/text.h"

namespace lvm::dm {
namespace {

// What the kernel gives every new device (VM_READAHEAD_PAGES): 128 KiB.
constexpr Sectors kLeastReadAhead(256);
// Interface minors from which DM_LIST_DEVICES can carry UUIDs.
constexpr std::uint32_t kMinorListUuids = 45;

Request by_uuid(unsigned long command, std::string_view operation, std::string_view uuid) {
  Request request;
  request.command = command;
  request.operation = operation;
  request.uuid = uuid;
  return request;
}

Request status_request(std::string_view uuid) {
  auto request = by_uuid(DM_TABLE_STATUS, "status", uuid);
  // A report must not wait for a thin pool to write its metadata.
  request.flags = DM_NOFLUSH_FLAG;
  request.expects_data = true;
  return request;
}

Request table_request(std::string_view uuid) {
  auto request = by_uuid(DM_TABLE_STATUS, "table", uuid);
  request.flags = DM_STATUS_TABLE_FLAG | DM_NOFLUSH_FLAG;
  request.expects_data = true;
  return request;
}

// An empty UUID would make the driver look for a device by its empty name.
Result<> check_address(std::string_view uuid) {
  if (uuid.empty()) return fail(Code::usage, "A device-mapper device is asked for by an empty UUID.");
  return check_device_uuid(uuid);
}

// A table that this program cannot read must not hide the device: its text is kept.
TargetBody body_of(const StatusLine& line) {
  if (auto parsed = parse_params(line.type, line.params)) return *std::move(parsed);
  return OtherTarget{line.type, line.params};
}

Result<Table> table_of(const Driver::Reply& reply) {
  auto lines = TRY(parse_targets(reply.bytes));
  Table table;
  table.reserve(lines.size());
  for (const auto& line : lines) table.push_back({line.start, line.length, body_of(line)});
  return table;
}

}  // namespace

KernelEngine::KernelEngine(KernelOptions options, Clock& clock, Trace& trace)
    : KernelEngine(std::move(options), clock, trace, nullptr) {}

KernelEngine::KernelEngine(KernelOptions options, Clock& clock, Trace& trace, Driver::Call call)
    : options_(std::move(options)),
      clock_(clock),
      driver_(options_.device_directory + "/mapper", std::move(call)),
      udev_(options_.udev, clock, trace),
      nodes_(options_.device_directory, trace) {}

Result<> KernelEngine::available() { return driver_.open(); }

Result<std::string> KernelEngine::driver_version() {
  TRY(driver_.open());
  return fmt::format("{}.{}.{}", driver_.version(0), driver_.version(1), driver_.version(2));
}

Result<std::vector<TargetVersion>> KernelEngine::targets() {
  Request request;
  request.command = DM_LIST_VERSIONS;
  request.operation = "versions";
  request.expects_data = true;
  auto reply = TRY(driver_.run(request));
  return parse_versions(reply.bytes);
}

Result<> KernelEngine::require_target(std::string_view type) {
  // A target seen once may be unloaded again, but then loading a table brings it back or fails.
  if (std::ranges::find(present_targets_, type) != present_targets_.end()) return {};
  for (bool loaded : {false, true}) {
    auto present = TRY(targets());
    if (std::ranges::find(present, type, &TargetVersion::name) != present.end()) {
      present_targets_.emplace_back(type);
      return {};
    }
    if (loaded || !load_module(fmt::format("dm-{}", type))) break;
  }
  return fail(Code::unsupported,
              fmt::format("{}: Required device-mapper target(s) not detected in your kernel.", type));
}

Result<std::vector<ListEntry>> KernelEngine::list() {
  TRY(driver_.open());
  Request request;
  request.command = DM_LIST_DEVICES;
  request.operation = "names";
  request.expects_data = true;
  bool with_uuids = driver_.version(1) >= kMinorListUuids;
  if (with_uuids) request.flags = DM_UUID_FLAG;
  auto reply = TRY(driver_.run(request));
  auto entries = TRY(parse_names(reply.bytes, with_uuids));
  if (with_uuids) return entries;
  // Older drivers: a question for each. A device that went away meanwhile is no longer listed.
  std::vector<ListEntry> known;
  known.reserve(entries.size());
  for (auto& entry : entries) {
    auto device = TRY(info(entry.device));
    if (!device) continue;
    known.push_back({device->name, device->uuid, true, entry.device});
  }
  return known;
}

// nullopt when there is no such device.
Result<std::optional<Driver::Reply>> KernelEngine::ask(const Request& request) {
  auto reply = driver_.run(request);
  if (reply) return std::optional(*std::move(reply));
  if (reply.error().code() == Code::not_found) return std::nullopt;
  return std::unexpected<Error>(std::move(reply).error());
}

Result<std::optional<Info>> KernelEngine::info(const Request& request) {
  auto reply = TRY(ask(request));
  if (!reply) return std::nullopt;
  return std::optional(std::move(reply->header.info));
}

Result<std::optional<Info>> KernelEngine::info(std::string_view uuid) {
  TRY(check_address(uuid));
  return info(by_uuid(DM_DEV_STATUS, "info", uuid));
}

Result<std::optional<Info>> KernelEngine::info(DeviceNumber device) {
  if (!device) return std::nullopt;
  Request request;
  request.command = DM_DEV_STATUS;
  request.operation = "info";
  request.device = device;
  return info(request);
}

Result<Table> KernelEngine::table(std::string_view uuid, bool inactive) {
  TRY(check_address(uuid));
  auto request = table_request(uuid);
  if (inactive) request.flags |= DM_QUERY_INACTIVE_TABLE_FLAG;
  auto reply = TRY(driver_.run(request));
  // Without an inactive table, older drivers answer with the live one.
  if (inactive && !reply.header.info.inactive_table) return Table{};
  return table_of(reply);
}

Result<std::optional<LiveTable>> KernelEngine::live_table(std::string_view uuid) {
  TRY(check_address(uuid));
  auto reply = TRY(ask(table_request(uuid)));
  if (!reply) return std::nullopt;
  LiveTable out;
  if (auto table = table_of(*reply)) out.table = *std::move(table);
  out.info = std::move(reply->header.info);
  return out;
}

Result<std::vector<StatusLine>> KernelEngine::status(std::string_view uuid) {
  TRY(check_address(uuid));
  auto reply = TRY(driver_.run(status_request(uuid)));
  return parse_targets(reply.bytes);
}

Result<std::optional<LiveStatus>> KernelEngine::live_status(std::string_view uuid) {
  TRY(check_address(uuid));
  auto reply = TRY(ask(status_request(uuid)));
  if (!reply) return std::nullopt;
  LiveStatus out;
  if (auto lines = parse_targets(reply->bytes)) out.lines = *std::move(lines);
  out.info = std::move(reply->header.info);
  return out;
}

Result<std::vector<DeviceNumber>> KernelEngine::dependencies(std::string_view uuid) {
  TRY(check_address(uuid));
  auto request = by_uuid(DM_TABLE_DEPS, "deps", uuid);
  request.expects_data = true;
  auto reply = TRY(driver_.run(request));
  return parse_dependencies(reply.bytes);
}

Result<> KernelEngine::create(const CreateRequest& request) {
  TRY(check_device_name(request.name));
  TRY(check_address(request.uuid));
  auto create = by_uuid(DM_DEV_CREATE, "create", request.uuid);
  create.name = request.name;
  if (request.persistent) {
    create.flags = DM_PERSISTENT_DEV_FLAG;
    create.device = *request.persistent;
  }
  auto created = driver_.run(create);
  if (created) {
    known_[request.uuid] = {created->header.info.device, true};
    return {};
  }
  auto error = std::move(created).error();
  // The driver's "No such device or address" does not say that the number is taken.
  if (request.persistent && (error.code() == Code::not_found || error.code() == Code::exists))
    error = Error(Code::exists, error.message() + fmt::format(" (is number {} in use?)", to_text(*request.persistent)));
  return std::unexpected<Error>(std::move(error));
}

Result<> KernelEngine::load(std::string_view uuid, const Table& table, bool read_only) {
  TRY(check_address(uuid));
  auto number_of = [this](std::string_view other) -> Result<DeviceNumber> {
    auto found = TRY(info(other));
    if (!found) return fail(Code::not_found, fmt::format("No device-mapper device has UUID {}.", other));
    return found->device;
  };
  auto request = by_uuid(DM_TABLE_LOAD, "reload", uuid);
  if (read_only) request.flags = DM_READONLY_FLAG;
  request.target_count = static_cast<std::uint32_t>(table.size());
  for (const auto& target : table) {
    auto params = TRY(format_params(target.body, number_of));
    append_target(request.data, target.start, target.length, target_type(target.body), params);
  }
  TRY(driver_.run(request));
  return {};
}

Result<> KernelEngine::clear(std::string_view uuid) {
  TRY(check_address(uuid));
  TRY(driver_.run(by_uuid(DM_TABLE_CLEAR, "clear", uuid)));
  return {};
}

Result<> KernelEngine::suspend(std::string_view uuid, SuspendOptions options) {
  TRY(check_address(uuid));
  auto request = by_uuid(DM_DEV_SUSPEND, "suspend", uuid);
  request.flags = DM_SUSPEND_FLAG;
  if (!options.flush) request.flags |= DM_NOFLUSH_FLAG;
  if (!options.freeze) request.flags |= DM_SKIP_LOCKFS_FLAG;
  memory_.suspending(uuid);
  TRY(driver_.run(request));
  return {};
}

Result<Info> KernelEngine::run_with_event(Request request, UdevFlags flags) {
  TRY(driver_.open());
  request.event_number = udev_.begin(flags);
  auto reply = driver_.run(request);
  if (!reply || !(reply->header.flags & DM_UEVENT_GENERATED_FLAG)) udev_.cancel();
  if (!reply) return std::unexpected<Error>(std::move(reply).error());
  return std::move(reply->header.info);
}

Result<Info> KernelEngine::resume(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link) {
  TRY(check_address(uuid));
  // With an inactive table the driver suspends first; whoever wants file systems frozen suspended before.
  auto request = by_uuid(DM_DEV_SUSPEND, "resume", uuid);
  request.flags = DM_SKIP_LOCKFS_FLAG;
  auto device = TRY(run_with_event(std::move(request), flags));
  memory_.runs(uuid);
  if (device.live_table) nodes_.want(device.name, device.device, link);
  // A volume that is hidden from now on (a snapshot on its way back) had one by its name.
  if (auto parts = split_device_name(device.name); !link && parts.layer.empty() && !parts.lv.empty())
    nodes_.unwant({}, NodeLink{parts.vg, parts.lv});
  known_.try_emplace(std::string(uuid)).first->second.number = device.device;
  return device;
}

Result<> KernelEngine::remove(std::string_view uuid, UdevFlags flags, const std::optional<NodeLink>& link, bool retry) {
  TRY(check_address(uuid));
  auto attempts = retry ? std::max(1u, options_.removal_attempts) : 1;
  for (std::uint32_t attempt = 1;; ++attempt) {
    auto removed = run_with_event(by_uuid(DM_DEV_REMOVE, "remove", uuid), flags);
    if (removed) {
      memory_.runs(uuid);
      if (auto known = known_.find(uuid); known != known_.end()) known_.erase(known);
      // The driver fills in the name before it removes the device.
      nodes_.unwant(removed->name, link);
      return {};
    }
    if (removed.error().code() != Code::busy || attempt >= attempts)
      return std::unexpected<Error>(std::move(removed).error());
    clock_.sleep_milliseconds(options_.removal_pause_milliseconds);
  }
}

Result<> KernelEngine::rename(std::string_view uuid, const std::string& new_name, UdevFlags flags,
                              const std::optional<NodeLink>& old_link, const std::optional<NodeLink>& new_link) {
  TRY(check_address(uuid));
  TRY(check_device_name(new_name));
  auto before = TRY(info(uuid));
  if (!before) return fail_ioctl("rename", uuid, ENXIO);
  // The one ioctl that finds its device by name only.
  Request request;
  request.command = DM_DEV_RENAME;
  request.operation = "rename";
  request.name = before->name;
  append_text(request.data, new_name);
  TRY(run_with_event(std::move(request), flags));
  nodes_.unwant(before->name, old_link);
  if (before->live_table) nodes_.want(new_name, before->device, new_link);
  return {};
}

Result<std::string> KernelEngine::message(std::string_view uuid, Sectors sector, std::string_view text) {
  TRY(check_address(uuid));
  auto request = by_uuid(DM_TARGET_MSG, "message", uuid);
  append_message(request.data, sector, text);
  request.expects_data = true;
  auto reply = TRY(driver_.run(request));
  return parse_message(reply.bytes);
}

Result<> KernelEngine::set_read_ahead(std::string_view uuid, Sectors value, bool at_least) {
  auto known = known_.find(uuid);
  if (known == known_.end()) {
    auto device = TRY(info(uuid));
    if (!device) return fail_ioctl("info", uuid, ENXIO);
    known = known_.emplace(uuid, Known{device->device}).first;
  }
  const auto& [number, made] = known->second;
  // A new device has it already.
  if (at_least && value <= kLeastReadAhead && made) return {};
  if (at_least) {
    auto present = TRY(get_read_ahead(options_.sysfs, number));
    if (present >= value) return {};
  }
  return put_read_ahead(options_.sysfs, number, value);
}

Result<Sectors> KernelEngine::read_ahead(DeviceNumber device) { return get_read_ahead(options_.sysfs, device); }

Result<> KernelEngine::settle() {
  known_.clear();
  bool answered = udev_.wait();
  if (!nodes_.pending()) return {};
  if (udev_.nodes_by_hand() || !answered) return nodes_.apply(false);
  if (udev_.verify()) return nodes_.apply(true);
  nodes_.forget();
  return {};
}

Result<> KernelEngine::sync_nodes(const std::vector<std::pair<std::string, NodeLink>>& wanted) {
  TRY(settle());
  auto devices = TRY(list());
  for (const auto& entry : devices) {
    if (!entry.uuid.starts_with("LVM-")) continue;
    auto device = TRY(info(entry.uuid));
    if (device && device->live_table) nodes_.want(device->name, device->device, std::nullopt);
  }
  for (const auto& [uuid, link] : wanted) {
    auto device = TRY(info(uuid));
    if (device && device->live_table)
      nodes_.want(device->name, device->device, link);
    else
      TRY(nodes_.remove_link(link));
  }
  return nodes_.apply(false);
}

}  // namespace lvm::dm
