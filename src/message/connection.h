// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "message/message.h"

namespace lvm::message {

// A client's end: greeted, then request and reply in turns. Any failure of a turn ends the connection.
class Connection {
 public:
  // `protocol` and `version` must be the daemon's.
  static Result<Connection> open(const std::string& path, std::string_view protocol, std::int64_t version);
  // Waits for the reply as long as it takes: daemons answer when they can.
  Result<Message> ask(const Message& request);

 private:
  explicit Connection(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace lvm::message
