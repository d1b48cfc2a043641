// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/wire/protocol.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "dm/user/wire/codec.h"

namespace lvm::dm::user {
namespace {

constexpr std::string_view kSocketName = "engine.sock";

// Reads all of `out`; how much came before the other side closed.
Result<std::size_t> receive_all(int socket, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    auto got = ::recv(socket, out.data() + done, out.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == ECONNRESET) break;
    if (got < 0) return fail_errno("The engine's socket", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// An address in a directory of any length: through the directory's descriptor when the path is too long.
struct Address {
  Fd directory;
  sockaddr_un name{};
};

Result<Address> address_in(const std::string& run_directory) {
  Address address;
  address.directory = Fd(::open(run_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!address.directory) return fail_errno(run_directory, errno);
  address.name.sun_family = AF_UNIX;
  auto path = fmt::format("{}/{}", run_directory, kSocketName);
  if (path.size() >= sizeof address.name.sun_path)
    path = fmt::format("/proc/self/fd/{}/{}", address.directory.get(), kSocketName);
  std::memcpy(address.name.sun_path, path.data(), path.size());
  return address;
}

}  // namespace

Result<FrameHeader> unpack_frame_header(std::span<const std::byte> bytes) {
  Decoder in(bytes);
  auto magic = in.u32();
  FrameHeader header;
  header.version = in.u16();
  header.kind = in.u16();
  header.length = in.u32();
  TRY(in.end());
  if (magic != kFrameMagic) return fail(Code::corrupt, "The engine's protocol: this is no message of it.");
  if (header.length > kMostFrameBytes)
    return fail(Code::corrupt, fmt::format("The engine's protocol: a message of {} bytes.", header.length));
  return header;
}

void pack_frame_header(const FrameHeader& header, std::span<std::byte> bytes) {
  std::vector<std::byte> packed;
  Encoder out(packed);
  out.u32(kFrameMagic);
  out.u16(header.version);
  out.u16(header.kind);
  out.u32(header.length);
  CHECK(packed.size() == kFrameHeaderSize && bytes.size() == kFrameHeaderSize);
  std::memcpy(bytes.data(), packed.data(), packed.size());
}

Result<std::optional<Frame>> receive_frame(int socket) {
  std::byte head[kFrameHeaderSize];
  auto got = TRY(receive_all(socket, head));
  if (got == 0) return std::nullopt;
  Frame frame;
  if (got == sizeof head) {
    frame.header = TRY(unpack_frame_header(head));
    frame.body.resize(frame.header.length);
    got = TRY(receive_all(socket, frame.body));
    if (got == frame.body.size()) return frame;
  }
  return fail(Code::io, "The engine's socket: the other side is gone in the middle of a message.");
}

Result<> send_frame(int socket, std::uint16_t kind, std::span<const std::byte> body) {
  CHECK(body.size() <= kMostFrameBytes);
  std::byte head[kFrameHeaderSize];
  pack_frame_header({kProtocolVersion, kind, static_cast<std::uint32_t>(body.size())}, head);
  std::size_t done = 0;
  const auto total = sizeof head + body.size();
  while (done < total) {
    iovec pieces[2];
    int count = 0;
    // sendmsg does not write to what it is given.
    if (done < sizeof head) pieces[count++] = {head + done, sizeof head - done};
    const auto skip = done < sizeof head ? 0 : done - sizeof head;
    pieces[count++] = {const_cast<std::byte*>(body.data()) + skip, body.size() - skip};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = static_cast<std::size_t>(count);
    auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail_errno("The engine's socket", errno);
    done += static_cast<std::size_t>(sent);
  }
  return {};
}

Result<Fd> listen_in(const std::string& run_directory) {
  auto address = TRY(address_in(run_directory));
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("socket", errno);
  // Whoever holds the lock of the directory may do this: no other daemon listens there.
  ::unlink(address.name.sun_path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.name), sizeof address.name) != 0 ||
      ::chmod(address.name.sun_path, 0600) != 0 || ::listen(socket.get(), 64) != 0)
    return fail_errno(fmt::format("{}/{}", run_directory, kSocketName), errno);
  return socket;
}

Result<std::optional<Fd>> connect_in(const std::string& run_directory) {
  auto address = address_in(run_directory);
  if (!address) return std::nullopt;
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("socket", errno);
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address->name), sizeof address->name) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) return std::nullopt;
    return fail_errno(fmt::format("{}/{}", run_directory, kSocketName), errno);
  }
  TRY(check_peer(socket.get()));
  return std::optional<Fd>(std::move(socket));
}

Result<> check_peer(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return fail_errno("The engine's socket", errno);
  if (peer.uid != ::geteuid() && peer.uid != 0)
    return fail(Code::permission,
                fmt::format("The engine's socket: the process at the other end belongs to user {}.", peer.uid));
  return {};
}

}  // namespace lvm::dm::user
