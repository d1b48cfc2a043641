// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/client_engine.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <thread>

#include "dm/ioctl_error.h"
#include "dm/text.h"
#include "dm/user/live_target.h"
#include "dm/user/wire/connection.h"

namespace lvm::dm::user {
namespace {

constexpr int kRemovalAttempts = 25;
constexpr std::chrono::milliseconds kRemovalPause{200};
// A daemon that is about to end may be in the way of the next one for a moment.
constexpr int kLaunchAttempts = 50;
constexpr std::chrono::milliseconds kLaunchPause{100};

}  // namespace

struct ClientEngine::State {
  ClientOptions options;
  std::mutex mutex;  // of the connection
  std::optional<Connection> connection;

  // False: there is no daemon.
  Result<bool> connect() {
    if (connection && connection->good()) return true;
    connection = TRY(Connection::open(options.run_directory));
    return connection.has_value();
  }

  Result<> connect_or_launch() {
    for (int attempt = 1;; ++attempt) {
      if (TRY(connect())) return {};
      if (!options.launch) return fail(Code::not_found, "The embedded engine does not run.");
      TRY(options.launch());
      if (TRY(connect())) return {};
      if (attempt == kLaunchAttempts)
        return fail(Code::io,
                    fmt::format("The embedded engine was started, but does not answer in {}.", options.run_directory));
      std::this_thread::sleep_for(kLaunchPause);
    }
  }

  // A question that changes nothing: nullopt when no daemon runs. Asked again when the daemon has ended meanwhile.
  Result<std::optional<std::vector<std::byte>>> look(Operation operation, const std::vector<std::byte>& body) {
    std::lock_guard lock(mutex);
    for (int attempt = 0;; ++attempt) {
      if (!TRY(connect())) return std::nullopt;
      auto answer = connection->ask(operation, body);
      if (answer) return std::optional(*std::move(answer));
      if (connection->good() || attempt != 0) return std::unexpected(answer.error());
    }
  }

  template <class T>
  Result<T> look_or(Operation operation, const std::vector<std::byte>& body, T none) {
    auto answer = TRY(look(operation, body));
    if (!answer) return none;
    return answer_as<T>(*answer);
  }

  // About a device: without a daemon there is none.
  template <class T>
  Result<T> look_at(Operation operation, std::string_view what, std::string_view uuid,
                    const std::vector<std::byte>& body) {
    auto answer = TRY(look(operation, body));
    if (!answer) return fail_ioctl(what, uuid, ENXIO);
    return answer_as<T>(*answer);
  }

  Result<std::vector<std::byte>> ask(Operation operation, const std::vector<std::byte>& body) {
    std::lock_guard lock(mutex);
    TRY(connect_or_launch());
    return connection->ask(operation, body);
  }

  // A change of a device that is there already.
  Result<std::vector<std::byte>> tell(Operation operation, std::string_view what, std::string_view uuid,
                                      const std::vector<std::byte>& body) {
    std::lock_guard lock(mutex);
    if (!TRY(connect())) return fail_ioctl(what, uuid, ENXIO);
    return connection->ask(operation, body);
  }
};

ClientEngine::ClientEngine(ClientOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
ClientEngine::~ClientEngine() = default;

Result<std::optional<DaemonInfo>> ClientEngine::daemon_info() {
  auto answer = TRY(state_->look(Operation::daemon_info, {}));
  if (!answer) return std::nullopt;
  auto info = TRY(answer_as<DaemonInfo>(*answer));
  return std::optional<DaemonInfo>(std::move(info));
}

// It can be started whenever it is needed.
Result<> ClientEngine::available() { return {}; }

Result<std::string> ClientEngine::driver_version() { return std::string("4.47.0"); }

// The program and its daemon are the same: no need to start one to know.
Result<std::vector<TargetVersion>> ClientEngine::targets() {
  std::vector<TargetVersion> versions;
  for (const LiveRow* row : live_rows()) versions.push_back(row->version);
  return state_->look_or(Operation::targets, {}, std::move(versions));
}

Result<> ClientEngine::require_target(std::string_view type) {
  auto known = TRY(targets());
  for (const auto& target : known)
    if (target.name == type) return {};
  return fail_no_target(type);
}

Result<std::vector<ListEntry>> ClientEngine::list() {
  return state_->look_or(Operation::list, {}, std::vector<ListEntry>());
}

Result<std::optional<Info>> ClientEngine::info(std::string_view uuid) {
  return state_->look_or(Operation::info_by_uuid, request(uuid), std::optional<Info>());
}

Result<std::optional<Info>> ClientEngine::info(DeviceNumber device) {
  return state_->look_or(Operation::info_by_number, request(device), std::optional<Info>());
}

Result<Table> ClientEngine::table(std::string_view uuid, bool inactive) {
  auto text = TRY(state_->look_at<std::string>(Operation::table, "table", uuid, request(uuid, inactive)));
  return parse_table(text);
}

Result<std::vector<StatusLine>> ClientEngine::status(std::string_view uuid) {
  return state_->look_at<std::vector<StatusLine>>(Operation::status, "status", uuid, request(uuid));
}

Result<std::vector<DeviceNumber>> ClientEngine::dependencies(std::string_view uuid) {
  return state_->look_at<std::vector<DeviceNumber>>(Operation::dependencies, "deps", uuid, request(uuid));
}

Result<> ClientEngine::create(const CreateRequest& request_) {
  TRY(state_->ask(Operation::create, request(request_)));
  return {};
}

Result<> ClientEngine::load(std::string_view uuid, const Table& table, bool read_only) {
  // Devices by number: the text of a table has no other way.
  auto formatted = format_table(table, [&](std::string_view lower) -> Result<DeviceNumber> {
    auto known = TRY(info(lower));
    if (!known) return fail_ioctl("reload", uuid, ENXIO);
    return known->device;
  });
  auto text = TRY(std::move(formatted));
  TRY(state_->tell(Operation::load, "reload", uuid, request(uuid, read_only, text)));
  return {};
}

Result<> ClientEngine::clear(std::string_view uuid) {
  TRY(state_->tell(Operation::clear, "clear", uuid, request(uuid)));
  return {};
}

Result<> ClientEngine::suspend(std::string_view uuid, SuspendOptions options) {
  TRY(state_->tell(Operation::suspend, "suspend", uuid, request(uuid, options.flush, options.freeze)));
  return {};
}

Result<Info> ClientEngine::resume(std::string_view uuid, UdevFlags, const std::optional<NodeLink>& link) {
  TRY(state_->tell(Operation::resume, "resume", uuid, request(uuid, link)));
  auto device = TRY(info(uuid));
  if (!device) return fail_ioctl("resume", uuid, ENXIO);
  return *std::move(device);
}

Result<> ClientEngine::remove(std::string_view uuid, UdevFlags, const std::optional<NodeLink>&, bool retry) {
  for (int attempt = 1;; ++attempt) {
    auto done = state_->tell(Operation::remove, "remove", uuid, request(uuid));
    if (done) return {};
    if (done.error().code() != Code::busy || !retry || attempt == kRemovalAttempts)
      return std::unexpected(done.error());
    std::this_thread::sleep_for(kRemovalPause);
  }
}

Result<> ClientEngine::rename(std::string_view uuid, const std::string& new_name, UdevFlags,
                              const std::optional<NodeLink>&, const std::optional<NodeLink>& new_link) {
  TRY(state_->tell(Operation::rename, "rename", uuid, request(uuid, new_name, new_link)));
  return {};
}

Result<std::string> ClientEngine::message(std::string_view uuid, Sectors sector, std::string_view text) {
  auto answer = TRY(state_->tell(Operation::message, "message", uuid, request(uuid, sector, text)));
  return answer_as<std::string>(answer);
}

Result<> ClientEngine::set_read_ahead(std::string_view uuid, Sectors value, bool at_least) {
  TRY(state_->tell(Operation::set_read_ahead, "info", uuid, request(uuid, value, at_least)));
  return {};
}

Result<Sectors> ClientEngine::read_ahead(DeviceNumber device) {
  return state_->look_or(Operation::read_ahead, request(device), Sectors(256));
}

Result<> ClientEngine::settle() { return {}; }

Result<> ClientEngine::sync_nodes(const std::vector<std::pair<std::string, NodeLink>>& wanted) {
  TRY(state_->look(Operation::sync_links, request(wanted)));
  return {};
}

Result<> ClientEngine::attach(DeviceNumber number, const Backing& backing) {
  TRY(state_->ask(Operation::attach, request(number, backing)));
  return {};
}

Result<std::vector<std::pair<DeviceNumber, Backing>>> ClientEngine::backings() {
  return state_->look_or(Operation::backings, {}, std::vector<std::pair<DeviceNumber, Backing>>());
}

Result<std::vector<Volume>> ClientEngine::volumes() {
  return state_->look_or(Operation::volumes, {}, std::vector<Volume>());
}

Result<std::unique_ptr<Block>> ClientEngine::open(DeviceNumber device, bool writable) {
  auto connection = TRY(Connection::open(state_->options.run_directory));
  if (!connection)
    return fail(Code::not_found,
                fmt::format("There is no device {}: the embedded engine does not run.", to_text(device)));
  return open_remote(*std::move(connection), device, writable);
}

Result<std::optional<std::uint32_t>> ClientEngine::wait_event(std::string_view uuid, std::uint32_t seen,
                                                              std::uint64_t timeout_milliseconds) {
  std::vector<std::byte> body = request(uuid, seen);
  Encoder(body).u64(timeout_milliseconds);
  // On a connection of its own: others of this client's calls need not wait for it.
  auto connection = TRY(Connection::open(state_->options.run_directory));
  if (!connection) return fail_ioctl("wait", uuid, ENXIO);
  auto answer = TRY(connection->ask(Operation::wait_event, body));
  return answer_as<std::optional<std::uint32_t>>(answer);
}

}  // namespace lvm::dm::user
