// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "idm/daemon/drives.h"
#include "idm/daemon/machine.h"
#include "idm/daemon/service.h"
#include "idm/virtual_timers.h"

namespace lvm::idm {

struct ServerOptions {
  std::string run_dir = "/run/seagate_ilm";
  std::string host_name;
  std::size_t emulated = 0;  // that many drives in memory, /dev/emulated0 and so on, instead of the machine's
  std::string watchdog;      // its device; empty: none
  int watchdog_seconds = 10;
  std::function<Drives(Timers&)> drives;  // other ones altogether, for measurements
};

// The daemon's loop: two sockets (Seagate's protocol and ours), the drives' answers, the time, the watchdog. One
// thread.
class Server {
 public:
  static Result<std::unique_ptr<Server>> make(const ServerOptions& options);
  ~Server();
  // Until SIGTERM, SIGINT or SIGHUP, which leave all locks as they are.
  Result<> run();

 private:
  struct Peer {
    Fd fd;
    Service::ClientId client = 0;
    bool ended = false;
  };
  Server() = default;
  Result<> start(const ServerOptions& options);
  Result<> listen(const std::string& path, Service::Protocol protocol);
  void accept_one(int fd, Service::Protocol protocol);
  void read_peer(Peer& peer);
  void write_peer(Peer& peer);
  void drop_ended();
  void turn_clock();
  void feed_watchdog();

  std::string run_dir_;
  VirtualTimers timers_;  // moved along by the machine's monotonic clock
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<SystemMachine> machine_;
  std::unique_ptr<Service> service_;
  std::optional<Watchdog> watchdog_;
  Fd pid_file_, signals_;
  std::vector<std::pair<Fd, Service::Protocol>> listeners_;
  std::vector<std::string> socket_paths_;
  std::map<int, Peer> peers_;
};

}  // namespace lvm::idm
