// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <list>
#include <memory>
#include <string>

#include "base/fd.h"
#include "idm/front/front_end.h"
#include "idm/nvme_tcp/session.h"

namespace lvm::idm::nvme_tcp {

// Where a drive listens.
struct Endpoint {
  std::string address = "127.0.0.1";  // IPv4 or IPv6
  std::uint16_t port = 0;             // 0: a free one

  // "192.0.2.1", "192.0.2.1:4420", "[2001:db8::1]:4420". Code::usage.
  static Result<Endpoint> parse(const std::string& text);
};

// An NVMe drive at a TCP port, which the kernel of this machine connects to, or that of others (nvme connect).
class NvmeFrontEnd final : public front::FrontEnd {
 public:
  NvmeFrontEnd(Endpoint endpoint, const front::DriveFacts& facts, front::Backing backing, front::MutexQueue& mutexes);

  Result<bool> open() override;
  Result<> attach() override;
  Result<> detach() override;
  Result<> close() override { return {}; }
  std::string address() const override;
  void watch(std::vector<pollfd>& out) const override;
  Result<> serve(std::span<const pollfd> ready, Time now) override;
  Result<> flush() override;

 private:
  struct Connection {
    Fd socket;
    std::shared_ptr<Session> session;
  };

  void accept();
  static void receive(Connection& connection, Time now);
  static void transmit(Connection& connection);

  Endpoint endpoint_;
  Subsystem subsystem_;
  Controllers controllers_;
  Fd listener_;
  std::list<Connection> connections_;
  std::string controller_;  // of this machine's kernel: "nvme0"
};

}  // namespace lvm::idm::nvme_tcp
