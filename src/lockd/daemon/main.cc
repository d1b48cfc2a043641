// SPDX-License-Identifier: LGPL-2.1-or-later
// lvmlockd: locks of shared VGs, between the commands and a lock manager.
#include <fcntl.h>
#include <fmt/format.h>
#include <getopt.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/files.h"
#include "base/version.h"
#include "lockd/daemon/server.h"
#include "lockd/managers/managers.h"
#include "lockd/words.h"

namespace {

using namespace lvm;
using namespace lvm::lockd;

constexpr int kAlreadyRunning = 13;

constexpr std::string_view kUsage =
    "lvmlockd [options]\n"
    "  -h, --help                   this text\n"
    "  -V, --version                the version\n"
    "  -T, --test                   no lock manager: locks in memory, on this host\n"
    "  -f, --foreground             do not fork\n"
    "  -D, --daemon-debug           do not fork, and log to stderr\n"
    "  -p, --pid-file PATH\n"
    "  -s, --socket-path PATH\n"
    "      --adopt-file PATH\n"
    "  -S, --syslog-priority WORD   err, warning or debug\n"
    "  -g, --gl-type WORD           sanlock, dlm or idm: who has the global lock\n"
    "  -i, --host-id NUM            this host's number, for sanlock\n"
    "  -F, --host-id-file PATH      a file with a line 'host_id = NUM'\n"
    "  -o, --sanlock-timeout SEC    I/O timeout of sanlock's lockspaces\n"
    "  -A, --adopt 0|1              1: take over locks that a former lvmlockd has left\n";

struct Settings {
  ServerOptions server;
  ManagerOptions managers;
  bool test = false, foreground = false;
  std::string host_id_file;
  std::optional<int> finished;  // help and the like
};

int failed(const std::string& text) {
  fmt::print(stderr, "lvmlockd: {}\n", text);
  return EXIT_FAILURE;
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out > most) return std::nullopt;
  return out;
}

enum LongOption { adopt_file = 256 };
constexpr option kOptions[] = {{"help", no_argument, nullptr, 'h'},
                               {"version", no_argument, nullptr, 'V'},
                               {"test", no_argument, nullptr, 'T'},
                               {"foreground", no_argument, nullptr, 'f'},
                               {"daemon-debug", no_argument, nullptr, 'D'},
                               {"pid-file", required_argument, nullptr, 'p'},
                               {"socket-path", required_argument, nullptr, 's'},
                               {"adopt-file", required_argument, nullptr, adopt_file},
                               {"syslog-priority", required_argument, nullptr, 'S'},
                               {"gl-type", required_argument, nullptr, 'g'},
                               {"host-id", required_argument, nullptr, 'i'},
                               {"host-id-file", required_argument, nullptr, 'F'},
                               {"sanlock-timeout", required_argument, nullptr, 'o'},
                               {"adopt", required_argument, nullptr, 'A'},
                               {nullptr, 0, nullptr, 0}};

Result<> take_number(Settings& out, int letter, std::string_view text) {
  constexpr std::uint32_t kMostHosts = 2000, kLongestTimeout = 300;
  const auto value = number(text, letter == 'i' ? kMostHosts : letter == 'o' ? kLongestTimeout : 1);
  if (!value) return fail(Code::usage, fmt::format("'{}' is no value for -{}", text, static_cast<char>(letter)));
  if (letter == 'i')
    out.server.core.host_id = *value;
  else if (letter == 'o')
    out.managers.sanlock_timeout = static_cast<int>(*value);
  else
    out.server.adopt = *value == 1;
  return {};
}

Result<> take_word(Settings& out, int letter, std::string_view text) {
  if (letter == 'g') {
    out.server.core.global = manager_kind(text);
    if (out.server.core.global == ManagerKind::none)
      return fail(Code::usage, fmt::format("'{}' is no lock manager: sanlock, dlm or idm", text));
    return {};
  }
  if (text == "err")
    out.server.syslog = Log::Level::error;
  else if (text == "warning")
    out.server.syslog = Log::Level::warning;
  else if (text == "debug")
    out.server.syslog = Log::Level::debug;
  else
    return fail(Code::usage, fmt::format("'{}' is no priority: err, warning or debug", text));
  return {};
}

Result<> take(Settings& out, int letter) {
  switch (letter) {
    case 'h':
      fmt::print("{}", kUsage);
      out.finished = EXIT_SUCCESS;
      return {};
    case 'V':
      fmt::print("lvmlockd version: {} {}\nlock managers: {}\n", kLvmVersion, kProductVersion, supported_managers());
      out.finished = EXIT_SUCCESS;
      return {};
    case 'T': out.test = true; return {};
    case 'D':
      out.server.log_on_stderr = true;
      out.foreground = true;
      return {};
    case 'f': out.foreground = true; return {};
    case 'p': out.server.pid_path = optarg; return {};
    case 's': out.server.socket_path = optarg; return {};
    case adopt_file: out.server.adopt_path = optarg; return {};
    case 'F': out.host_id_file = optarg; return {};
    case 'S':
    case 'g': return take_word(out, letter, optarg);
    case 'i':
    case 'o':
    case 'A': return take_number(out, letter, optarg);
    default: return fail(Code::usage, "see lvmlockd --help");
  }
}

void from_environment(const char* name, std::string& into) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') into = value;
}

// Where tests, and machines with more than one lock manager, have things.
void manager_environment(ManagerOptions& options) {
  std::string folder, drives;
  from_environment("LVMLOCKD_DEVICE_FOLDER", options.device_folder);
  from_environment("ILM_RUN_DIR", folder);
  if (!folder.empty()) options.idm_socket = folder + "/idmlockd.sock";
  from_environment("LVMLOCKD_IDM_GLOBAL_DRIVES", drives);
  for (std::string_view drive : words_of(drives, ',')) options.idm_global_drives.emplace_back(drive);
}

// A text file with a line "host_id = N"; '#' begins a comment.
Result<std::uint32_t> read_host_id(const std::string& path) {
  SystemFiles files;
  const std::string text = TRY(files.read(path));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t'; });
    constexpr std::string_view kKey = "host_id=";
    if (!line.starts_with(kKey)) continue;
    if (auto value = number(std::string_view(line).substr(kKey.size()), 2000)) return *value;
    return fail(Code::usage, fmt::format("{}: '{}' is no host_id from 1 to 2000", path, line.substr(kKey.size())));
  }
  return fail(Code::usage, path + " has no line host_id = N");
}

void tell_systemd() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || *path == '\0') return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (*path == '@') address.sun_path[0] = '\0';
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  constexpr std::string_view kReady = "READY=1";
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  ::sendto(fd.get(), kReady.data(), kReady.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
}

// The parent stays until the child can serve, and ends with its status. In the child: the pipe to say so by.
Result<Fd> fork_away() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  Fd from(ends[0]), to(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("fork", errno);
  if (child == 0) {
    ::setsid();
    if (::chdir("/") != 0) return fail_errno("chdir", errno);
    return to;
  }
  to.reset();
  char ready = 0;
  if (::read(from.get(), &ready, 1) == 1) ::_exit(EXIT_SUCCESS);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

int serve(Settings settings) {
  Fd parent;
  if (!settings.foreground) {
    auto forked = fork_away();
    if (!forked) return failed(forked.error().text());
    parent = std::move(*forked);
  }
  const std::string folder = settings.server.socket_path.substr(0, settings.server.socket_path.rfind('/'));
  ::mkdir(folder.c_str(), 0700);
  auto managers = settings.test ? memory_managers(settings.server.core.global) : real_managers(settings.managers);
  auto server = Server::make(settings.server, std::move(managers));
  if (!server) {
    failed(server.error().text());
    return server.error().code() == Code::busy ? kAlreadyRunning : EXIT_FAILURE;
  }
  auto ready = [&] {
    tell_systemd();
    if (!parent) return;
    const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int stream : {0, 1, 2}) ::dup2(nothing.get(), stream);
    [[maybe_unused]] const ssize_t said = ::write(parent.get(), "r", 1);
    parent.reset();
  };
  auto done = (*server)->run(ready);
  return done ? EXIT_SUCCESS : failed(done.error().text());
}

}  // namespace

int main(int count, char** arguments) {
  Settings settings;
  from_environment("LVM_LVMLOCKD_SOCKET", settings.server.socket_path);
  from_environment("LVM_LVMLOCKD_PIDFILE", settings.server.pid_path);
  manager_environment(settings.managers);
  ::setenv("LC_ALL", "C", 1);
  for (;;) {
    const int letter = ::getopt_long(count, arguments, "hVTfDp:s:S:g:i:F:o:A:", kOptions, nullptr);
    if (letter < 0) break;
    if (auto taken = take(settings, letter); !taken) return failed(taken.error().text());
    if (settings.finished) return *settings.finished;
  }
  if (optind < count) return failed(fmt::format("'{}' is not understood; see lvmlockd --help", arguments[optind]));
  if (settings.server.core.host_id == 0 && !settings.host_id_file.empty()) {
    auto id = read_host_id(settings.host_id_file);
    if (!id) return failed(id.error().text());
    settings.server.core.host_id = *id;
  }
  return serve(std::move(settings));
}
