// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "lockd/protocol.h"
#include "message/connection.h"

namespace lvm::lock {

struct LockdOptions {
  std::string socket_path = "/run/lvm/lvmlockd.socket";
  std::string pid_path = "/run/lvmlockd.pid";
  std::string command;
  int retries = 3;  // global/lvmlockd_lock_retries
};
// The environment's paths over the usual ones.
LockdOptions lockd_options(std::string command, int retries);

// A command's connection to lvmlockd. What was locked and is not persistent ends with it.
class LockdClient {
 public:
  explicit LockdClient(LockdOptions options) : options_(std::move(options)) {}

  // Code::not_found: no lvmlockd runs.
  Result<> connect();
  bool connected() const { return connection_.has_value(); }
  // Without a daemon the result is -error::no_daemon.
  lockd::Reply ask(lockd::Request request);
  // A lock that another host has is asked for again, a second apart.
  lockd::Reply ask_patiently(const lockd::Request& request, Clock& clock);

 private:
  LockdOptions options_;
  std::optional<message::Connection> connection_;
};

}  // namespace lvm::lock
