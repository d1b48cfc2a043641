// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock/client/lockd_client.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "lockd/features.h"

namespace lvm::lock {
namespace {

constexpr std::uint64_t kRetryAfter = 1000;  // milliseconds

void from_environment(const char* name, std::string& into) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') into = value;
}

// LVM2's lvmlockd never answers what it does not know. Ours says in its greeting what it knows besides.
bool daemon_places(message::Connection& connection) {
  const auto hello = connection.ask(message::Message::request("hello"));
  return hello && hello->text_of("features") == lockd::kFeatures;
}

}  // namespace

LockdOptions lockd_options(std::string command, int retries) {
  LockdOptions out;
  out.command = std::move(command);
  out.retries = retries;
  from_environment("LVM_LVMLOCKD_SOCKET", out.socket_path);
  from_environment("LVM_LVMLOCKD_PIDFILE", out.pid_path);
  return out;
}

Result<> LockdClient::connect() {
  if (::access(options_.pid_path.c_str(), F_OK) != 0)
    return fail(Code::not_found, options_.pid_path + ": lvmlockd does not run");
  connection_ = TRY(message::Connection::open(options_.socket_path, lockd::kProtocolName, lockd::kProtocolVersion));
  return {};
}

lockd::Reply LockdClient::ask(lockd::Request request) {
  lockd::Reply lost;
  lost.result = -lockd::error::no_daemon;
  if (!connection_) return lost;
  if (request.op == lockd::Op::place && !daemon_places(*connection_)) {
    lost.result = -EPROTONOSUPPORT;
    return lost;
  }
  request.command = options_.command;
  request.process = ::getpid();
  auto reply = connection_->ask(lockd::write_request(request));
  if (!reply) {
    connection_.reset();
    return lost;
  }
  return lockd::parse_reply(*reply);
}

lockd::Reply LockdClient::ask_patiently(const lockd::Request& request, Clock& clock) {
  lockd::Reply reply = ask(request);
  for (int tries = 0; tries < options_.retries; ++tries) {
    if (reply.result != -EAGAIN && reply.result != -lockd::error::io_timeout) break;
    clock.sleep_milliseconds(kRetryAfter);
    reply = ask(request);
  }
  return reply;
}

}  // namespace lvm::lock
