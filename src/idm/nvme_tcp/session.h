// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "idm/nvme_tcp/controller.h"

namespace lvm::idm::nvme_tcp {

// One connection of a host: the admin queue of a controller, or one of its I/O queues. Bytes in, bytes out; no socket.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Subsystem& subsystem, Controllers& controllers) : subsystem_(subsystem), controllers_(controllers) {}

  // Any piece of the stream.
  void receive(std::span<const std::byte> bytes, Time now);
  // What is to be sent; the caller takes off what it has sent.
  std::vector<std::byte>& output() { return output_; }
  // The host broke the protocol, or its controller has gone: there is no more to be said. Nothing is received any more.
  bool ended() const { return ended_; }

 private:
  // A command whose data is still to come.
  struct Incoming {
    Submission submission;
    std::vector<std::byte> data;
    std::size_t received = 0;
  };

  // False: the host broke the protocol.
  bool handle(std::span<const std::byte> pdu, Time now);
  bool handle_connect(std::span<const std::byte> pdu);
  bool handle_command(std::span<const std::byte> pdu, Time now);
  bool handle_data(std::span<const std::byte> pdu, Time now);
  void start(const Submission& submission, std::span<const std::byte> data, Time now);
  Answer join(const Submission& submission, std::span<const std::byte> data);
  Answer run_fabrics(const Submission& submission, std::span<const std::byte> data);
  void send(const Submission& submission, const Answer& answer);
  template <class Pdu>
  void put(const Pdu& pdu);

  Subsystem& subsystem_;
  Controllers& controllers_;
  std::shared_ptr<Controller> owned_;     // of an admin queue
  std::weak_ptr<Controller> controller_;  // of any queue, once it has joined
  std::uint16_t queue_ = 0, head_ = 0, queue_size_ = 0;
  bool greeted_ = false, joined_ = false, ended_ = false;
  std::vector<std::byte> input_, output_;
  std::map<std::uint16_t, Incoming> incoming_;  // by the command's id
};

}  // namespace lvm::idm::nvme_tcp
