// SPDX-License-Identifier: LGPL-2.1-or-later
#include "message/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace lvm::message {

Result<Connection> Connection::open(const std::string& path, std::string_view protocol, std::int64_t version) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::usage, path + " is too long for a socket");
  std::ranges::copy(path, address.sun_path);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("cannot connect to " + path, errno);
  Connection out(std::move(fd));
  const Message hello = TRY(out.ask(Message::request("hello")));
  if (hello.text_of("response") != "OK") return fail(Code::refused, path + ": the daemon refused the greeting");
  if (hello.text_of("protocol") != protocol || hello.number_of("version") != version)
    return fail(Code::unsupported,
                fmt::format("{} speaks protocol {} {}, wanted is {} {}", path, hello.text_of("protocol"),
                            hello.number_of("version"), protocol, version));
  return out;
}

Result<Message> Connection::ask(const Message& request) {
  if (!fd_) return fail(Code::io, "the connection has ended");
  std::string out = request.encode();
  auto lost = [&](std::unexpected<Error> error) {
    fd_.reset();
    return error;
  };
  for (std::string_view rest = out; !rest.empty();) {
    const ssize_t count = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return lost(fail_errno("cannot send a request", errno));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  Framer framer;
  for (;;) {
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return lost(fail_errno("no reply", errno));
    if (count == 0) return lost(fail(Code::io, "the daemon closed the connection"));
    if (auto added = framer.add({buffer.data(), static_cast<std::size_t>(count)}); !added)
      return lost(std::unexpected(added.error()));
    if (auto body = framer.take()) return Message::parse(std::move(*body));
  }
}

}  // namespace lvm::message
