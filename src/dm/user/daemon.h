// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dm/user/user_engine.h"

// The engine as a process of its own: one per user and run directory, started by the first client that
// needs one, gone after the last device. In the run directory: "engine.sock", and "engine.lock", which is
// locked as long as a daemon lives.
namespace lvm::dm::user {

// Another way to the data that lives in the daemon's process, such as a FUSE file system.
class FrontEnd {
 public:
  virtual ~FrontEnd() = default;
  // Called before the first client is served. An error does not end the daemon: it is kept and shown by
  // ClientEngine::daemon_info().
  virtual Result<> start(UserEngine& engine) = 0;
  virtual void stop() = 0;
};

struct ServeOptions {
  std::string run_directory;  // exists, owned by this user, closed to others
  std::vector<FrontEnd*> front_ends;
  // Called once clients can connect (or once it is clear that another daemon serves them already).
  std::function<void()> ready;
  std::uint64_t linger_milliseconds = 2000;  // how long to stay without devices and clients
};

// Runs until there are no devices and no clients. Returns at once, without error, when another daemon
// serves the directory.
Result<> serve(const ServeOptions& options);

// serve() as the whole of a program that launch_daemon() started: the exit status. Errors go to standard output
// until clients can connect (it is closed then), and to standard error afterwards. `options.ready` is its own.
int run_daemon(ServeOptions options);

struct DaemonInfo {
  std::int64_t process_id = 0;
  std::uint32_t protocol = 0;
  std::string version;  // of the program that serves
  std::uint32_t devices = 0, clients = 0;
  std::string io;  // Rings::describe()
  std::vector<std::string> front_end_errors;
};

}  // namespace lvm::dm::user
