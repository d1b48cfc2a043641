// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <list>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "idm/front/front_end.h"
#include "idm/front/mutex_queue.h"

namespace lvm::idm::emulator {

// The loop of a running drive: commands from its front end, lines from the control socket, faults and delays.
class Server {
 public:
  Server(front::FrontEnd& front, front::MutexQueue& mutexes, front::DriveFacts facts, Fd control_socket);

  // Serves until `stop_fd` is readable or somebody says `stop`; then stop_requested() tells which.
  Result<> serve(int stop_fd);
  bool stop_requested() const { return stop_requested_; }
  // Tells those who asked for it how the stop ended: they wait until the disk is gone.
  void answer_stop(const Result<>& outcome);

 private:
  struct Client {
    Fd fd;
    std::string received;
  };

  void accept_client();
  void serve_client(Client& client);
  static Time now();

  front::FrontEnd& front_;
  front::MutexQueue& mutexes_;
  front::DriveFacts facts_;
  Fd control_;
  std::list<Client> clients_;
  bool stop_requested_ = false;
  std::vector<Fd> stoppers_;
};

}  // namespace lvm::idm::emulator
