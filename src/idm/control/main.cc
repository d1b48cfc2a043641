// SPDX-License-Identifier: LGPL-2.1-or-later
// idmlockctl: looks into a running idmlockd.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace {

using lvm::Fd;
using lvm::Result;

constexpr std::string_view kUsage =
    "Usage: idmlockctl [--run-dir DIR] COMMAND\n"
    "  state                   clients, their locks, how long ago each was renewed and how long it is good for\n"
    "  drives                  drives in use, mutexes held on each, errors\n"
    "  holders ID DRIVE...     who holds a lock, by name and time; ID is 128 hexadecimal digits, a drive is a device\n"
    "                          path, a name such as naa.5000c500a1b2c3d4, or - for one that is missing\n"
    "  release ID              gives back a lock whose client died, when nothing uses what it protects any more\n"
    "  inject PERCENT          lets that share of drive commands fail, for tests; 0 ends it\n";

Result<Fd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return lvm::fail(lvm::Code::usage, path + " is too long for a socket");
  std::ranges::copy(path, address.sun_path);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return lvm::fail_errno("socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return lvm::fail_errno("cannot reach idmlockd at " + path, errno);
  return fd;
}

// One request, and its reply up to the empty line.
Result<std::string> ask(int fd, std::string line) {
  line += '\n';
  while (!line.empty()) {
    const ssize_t count = ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    if (count < 0) return lvm::fail_errno("cannot ask idmlockd", errno);
    line.erase(0, static_cast<std::size_t>(count));
  }
  std::string out;
  while (!out.ends_with("\n\n")) {
    char buffer[4096];
    const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count < 0) return lvm::fail_errno("no answer from idmlockd", errno);
    if (count == 0) return lvm::fail(lvm::Code::io, "idmlockd closed the connection");
    out.append(buffer, static_cast<std::size_t>(count));
  }
  out.pop_back();
  if (!out.starts_with("ok")) return lvm::fail(lvm::Code::refused, out.substr(0, out.size() - 1));
  return out;
}

std::optional<std::string> request_of(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  if ((words[0] == "state" || words[0] == "drives") && words.size() == 1) return words[0];
  if (words[0] == "inject" && words.size() == 2) return "inject percent=" + words[1];
  if (words[0] == "release" && words.size() == 2) return "unlock id=" + words[1];
  if (words[0] == "holders" && words.size() >= 3) {
    std::string out = "holders id=" + words[1] + " drives=";
    for (std::size_t i = 2; i < words.size(); ++i) out += (i > 2 ? "," : "") + words[i];
    return out;
  }
  return std::nullopt;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> words(arguments + 1, arguments + count);
  const char* set = std::getenv("ILM_RUN_DIR");
  std::string folder = set != nullptr && *set != '\0' ? set : "/run/seagate_ilm";
  if (words.size() >= 2 && words[0] == "--run-dir") {
    folder = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  if (words.size() == 1 && (words[0] == "-h" || words[0] == "--help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const auto request = request_of(words);
  if (!request) {
    fmt::print(stderr, "{}", kUsage);
    return 3;
  }
  const auto reply = [&]() -> Result<std::string> {
    const Fd fd = TRY(connect_to(folder + "/idmlockd.sock"));
    TRY(ask(fd.get(), "hello 1"));
    return ask(fd.get(), *request);
  }();
  if (!reply) {
    fmt::print(stderr, "idmlockctl: {}\n", reply.error().text());
    return 5;
  }
  // The first line is for programs: what follows it is the answer.
  fmt::print("{}", reply->substr(reply->find('\n') + 1));
  return 0;
}
