// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/idm/line_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/fd.h"
#include "lockd/words.h"

namespace lvm::lockd::idm {

LineReply parse_reply(std::string_view text) {
  LineReply out;
  bool first = true;
  for (std::string_view line : words_of(text, '\n')) {
    const std::vector<std::string_view> words = words_of(line);
    if (words.empty()) continue;
    const auto read_words = [&](LineReply::Words& into) {
      for (std::size_t i = 1; i < words.size(); ++i)
        if (const std::size_t equals = words[i].find('='); equals != std::string_view::npos)
          into.emplace(words[i].substr(0, equals), words[i].substr(equals + 1));
    };
    if (std::exchange(first, false)) {
      out.ok = words[0] == "ok";
      if (out.ok) read_words(out.head);
      if (!out.ok && words.size() > 1) out.code = words[1];
      const std::size_t at = line.find(' ', line.find(' ') == std::string_view::npos ? 0 : line.find(' ') + 1);
      if (!out.ok && at != std::string_view::npos) out.text = line.substr(at + 1);
      continue;
    }
    LineReply::Line& entry = out.lines.emplace_back();
    entry.kind = words[0];
    read_words(entry.words);
  }
  return out;
}

namespace {

class SocketExchange final : public Exchange {
 public:
  explicit SocketExchange(Fd fd) : fd_(std::move(fd)) {}

  Result<std::string> exchange(const std::string& line) override {
    const std::string out = line + "\n";
    for (std::string_view rest = out; !rest.empty();) {
      const ssize_t count = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno("cannot ask idmlockd", errno);
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    std::string reply;
    while (!reply.ends_with("\n\n")) {
      std::array<char, 4096> buffer;
      const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return fail(Code::io, "idmlockd closed the connection");
      reply.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return reply;
  }

 private:
  Fd fd_;
};

Result<std::unique_ptr<Exchange>> open_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::usage, path + " is too long for a socket");
  std::ranges::copy(path, address.sun_path);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("cannot connect to " + path, errno);
  return std::make_unique<SocketExchange>(std::move(fd));
}

}  // namespace

Connect connect_to(std::string socket_path) {
  return [path = std::move(socket_path)] { return open_socket(path); };
}

Result<LineClient> LineClient::open(const Connect& connect) {
  std::unique_ptr<Exchange> connection = TRY(connect());
  LineClient out(std::move(connection));
  const LineReply greeted = TRY(out.ask("hello 1"));
  if (!greeted.ok) return fail(Code::unsupported, "idmlockd: " + greeted.text);
  return out;
}

Result<LineReply> LineClient::ask(const std::string& line) {
  const std::string reply = TRY(connection_->exchange(line));
  return parse_reply(reply);
}

std::string lock_id(std::string_view vg_uuid, std::string_view lv_uuid) {
  constexpr std::size_t kHalf = 32;
  std::string out;
  for (std::string_view uuid : {vg_uuid, lv_uuid}) {
    std::size_t count = 0;
    for (char c : uuid)
      if (c != '-' && count < kHalf) {
        out += fmt::format("{:02x}", static_cast<unsigned char>(c));
        ++count;
      }
    out.append(2 * (kHalf - count), '0');
  }
  return out;
}

namespace {

constexpr std::uint8_t kOurs = 0x4C, kRemoved = 1;

}  // namespace

std::string value_text(const Value& value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += fmt::format("{:02x}", value.version >> (8 * i) & 0xFF);
  return out + fmt::format("{:02x}00{:02x}00", value.removed ? kRemoved : 0, kOurs);
}

std::optional<Value> parse_value(std::string_view hex) {
  std::array<std::uint8_t, 8> bytes{};
  if (hex.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::string_view digits = hex.substr(2 * i, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, bytes[i], 16);
    if (error != std::errc{} || end != digits.data() + 2) return std::nullopt;
  }
  if (bytes[6] != kOurs || bytes[7] != 0 || bytes[5] != 0 || bytes[4] > kRemoved) return std::nullopt;
  Value out{.removed = bytes[4] == kRemoved};
  for (std::size_t i = 0; i < 4; ++i) out.version |= std::uint32_t{bytes[i]} << (8 * i);
  return out;
}

}  // namespace lvm::lockd::idm
