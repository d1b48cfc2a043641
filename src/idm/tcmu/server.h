// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ctime>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "idm/tcmu/ring.h"
#include "idm/tcmu/scsi_disk.h"

namespace lvm::idm::tcmu {

// The loop of a running drive: SCSI commands from the ring, lines from the control socket, faults and delays.
class Server {
 public:
  Server(Ring& ring, ScsiDisk& disk, Fd control_socket);

  // Serves until `stop_fd` is readable or somebody says `stop`; then stop_requested() tells which.
  Result<> serve(int stop_fd);
  bool stop_requested() const { return stop_requested_; }
  // Tells those who asked for it how the stop ended: they wait until the disk is gone.
  void answer_stop(const Result<>& outcome);

 private:
  struct Delayed {
    Ring::Command command;
    Drive::Fate fate;
    bool ran = false;
    scsi::Answer answer;
  };
  struct Client {
    Fd fd;
    std::string received;
  };

  Result<> take_commands();
  void start(Ring::Command command);
  void run_mutex(Delayed delayed);
  void finish(Delayed delayed);
  void abort(const std::vector<std::uint16_t>& ids);
  void run_due();
  scsi::Answer execute(const Ring::Command& command);
  std::optional<timespec> wait_time() const;
  void accept_client();
  void serve_client(Client& client);
  static Time now();

  Ring& ring_;
  ScsiDisk& disk_;
  Fd control_;
  std::multimap<Time, Delayed> delayed_;
  std::list<Client> clients_;
  bool stop_requested_ = false;
  std::vector<Fd> stoppers_;
};

}  // namespace lvm::idm::tcmu
