// SPDX-License-Identifier: LGPL-2.1-or-later
// idmlockd: the lock manager for in-drive mutexes.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/version.h"
#include "idm/daemon/server.h"

namespace {

using namespace lvm;
using namespace lvm::idm;

constexpr std::string_view kUsage =
    "Usage: idmlockd [OPTIONS]\n"
    "The lock manager for in-drive mutexes: grants locks by a majority of drives, renews them, and stops a client's "
    "use\n"
    "of its storage in time when they cannot be renewed.\n"
    "  -D 0|1                1: stay in the foreground\n"
    "  -l 0|1                1: lock the memory\n"
    "  -L, -E, -S, -U, -R N  accepted for Seagate's lock manager's sake\n"
    "  --run-dir DIR         sockets, pid file, journal; ILM_RUN_DIR, else /run/seagate_ilm\n"
    "  --host-name NAME      what others see as the holder; this machine's name\n"
    "  --watchdog DEVICE     /dev/watchdog resets the machine before an unrenewed lease ends elsewhere\n"
    "  --watchdog-seconds N  its time; 10\n"
    "  --emulate N           N drives in memory, /dev/emulated0 ..., instead of the machine's\n"
    "  -V, --version         the version\n";

struct Arguments {
  ServerOptions server;
  bool foreground = false, lock_memory = false, version = false, help = false;
};

std::optional<int> number(std::string_view text) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<Arguments> parse(int count, char** words) {
  Arguments out;
  if (const char* folder = std::getenv("ILM_RUN_DIR"); folder != nullptr && *folder != '\0')
    out.server.run_dir = folder;
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) == 0) out.server.host_name = name;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "-V" || word == "--version") {
      out.version = true;
      continue;
    }
    if (word == "-h" || word == "--help") {
      out.help = true;
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::string_view value = words[i];
    if (word == "--run-dir") {
      out.server.run_dir = value;
    } else if (word == "--host-name") {
      out.server.host_name = value;
    } else if (word == "--watchdog") {
      out.server.watchdog = value;
    } else if (word == "-L" || word == "-E" || word == "-S" || word == "-U" || word == "-R" || word == "-D" ||
               word == "-l" || word == "--watchdog-seconds" || word == "--emulate") {
      const auto given = number(value);
      if (!given) return std::nullopt;
      if (word == "-D") out.foreground = *given != 0;
      if (word == "-l") out.lock_memory = *given != 0;
      if (word == "--watchdog-seconds") out.server.watchdog_seconds = *given;
      if (word == "--emulate") out.server.emulated = static_cast<std::size_t>(std::max(*given, 0));
    } else {
      return std::nullopt;
    }
  }
  if (out.server.watchdog_seconds < 2 || out.server.watchdog_seconds > 30) return std::nullopt;
  return out;
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse(count, words);
  if (!arguments || arguments->help) {
    fmt::print(arguments ? stdout : stderr, "{}", kUsage);
    return arguments ? 0 : 3;
  }
  if (arguments->version) {
    fmt::print("{}\n", kProductVersion);
    return 0;
  }
  // Before anything is locked to this process: its id is in the pid file.
  if (!arguments->foreground && daemon(0, 1) != 0) {
    std::perror("idmlockd: cannot run in the background");
    return 5;
  }
  auto server = Server::make(arguments->server);
  if (!server) {
    fmt::print(stderr, "idmlockd: {}\n", server.error().text());
    return 5;
  }
  if (arguments->lock_memory && mlockall(MCL_CURRENT | MCL_FUTURE) != 0) std::perror("idmlockd: memory stays unlocked");
  if (auto done = (*server)->run(); !done) {
    fmt::print(stderr, "idmlockd: {}\n", done.error().text());
    return 5;
  }
  return 0;
}
