// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "dm/user/wire/codec.h"
#include "dm/user/wire/protocol.h"

namespace lvm::dm::user {

// A client's end of the socket: request and answer, one after the other.
class Connection {
 public:
  // nullopt: no daemon.
  static Result<std::optional<Connection>> open(const std::string& run_directory);

  const DaemonInfo& greeting() const { return greeting_; }
  // False after an error of the connection itself: nothing more can be asked.
  bool good() const { return static_cast<bool>(socket_); }
  // An error of the connection (good() is false then) leaves open whether the request was carried out.
  Result<std::vector<std::byte>> ask(Operation operation, std::span<const std::byte> body);

 private:
  explicit Connection(Fd socket) : socket_(std::move(socket)) {}
  Result<Frame> exchange(Operation operation, std::span<const std::byte> body);

  Fd socket_;
  DaemonInfo greeting_;
};

// Encodes the values of a request one after the other.
template <class... T>
std::vector<std::byte> request(const T&... values) {
  std::vector<std::byte> body;
  Encoder out(body);
  (encode(out, values), ...);
  return body;
}

template <class T>
Result<T> answer_as(std::span<const std::byte> body) {
  T value{};
  Decoder in(body);
  decode(in, value);
  TRY(in.end());
  return value;
}

// A volume opened through a daemon: a Block with a connection of its own.
Result<std::unique_ptr<Block>> open_remote(Connection connection, DeviceNumber device, bool writable);

}  // namespace lvm::dm::user
