// SPDX-License-Identifier: LGPL-2.1-or-later
// lvmlockctl: looks into lvmlockd and does what only an administrator, or sanlock, may want.
#include <fcntl.h>
#include <fmt/format.h>
#include <getopt.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "lockd/control/info.h"
#include "lockd/protocol.h"
#include "message/connection.h"

namespace {

using namespace lvm;
using namespace lvm::lockd;

constexpr std::string_view kUsage =
    "lvmlockctl options\n"
    "  -h, --help                  this text\n"
    "  -q, --quit                  tell lvmlockd to end\n"
    "  -i, --info                  locks and who holds them; with --dump in raw lines\n"
    "  -d, --dump                  lvmlockd's log\n"
    "  -w, --wait 0|1              stop: wait until done (1)\n"
    "  -f, --force 0|1             stop: although LVs are in use\n"
    "  -k, --kill VG               the VG's locks are lost: sanlock runs this\n"
    "  -r, --drop VG               forget the VG's locks, after --kill and when it is not used any more\n"
    "  -E, --gl-enable VG          have the global lock in this VG (sanlock)\n"
    "  -D, --gl-disable VG         have it elsewhere\n"
    "  -S, --stop-lockspaces       stop all VGs\n"
    "  -e, --stderr                --kill says what happens to stderr, not to syslog\n"
    "      --set-remote-lv-lock VG --lv-uuid UUID --lock-mode MODE   a test aid\n";

constexpr std::string_view kDumpSocket = "lvmlockd-dump.sock";

enum LongOption { remote = 256, lv_uuid, lock_mode_option };
constexpr option kOptions[] = {{"help", no_argument, nullptr, 'h'},
                               {"quit", no_argument, nullptr, 'q'},
                               {"info", no_argument, nullptr, 'i'},
                               {"dump", no_argument, nullptr, 'd'},
                               {"wait", required_argument, nullptr, 'w'},
                               {"force", required_argument, nullptr, 'f'},
                               {"kill", required_argument, nullptr, 'k'},
                               {"drop", required_argument, nullptr, 'r'},
                               {"gl-enable", required_argument, nullptr, 'E'},
                               {"gl-disable", required_argument, nullptr, 'D'},
                               {"stop-lockspaces", no_argument, nullptr, 'S'},
                               {"stderr", no_argument, nullptr, 'e'},
                               {"set-remote-lv-lock", required_argument, nullptr, remote},
                               {"lv-uuid", required_argument, nullptr, lv_uuid},
                               {"lock-mode", required_argument, nullptr, lock_mode_option},
                               {nullptr, 0, nullptr, 0}};

struct Settings {
  char action = 0;  // the option's letter; 'R' for the test aid
  bool info = false, dump = false, wait = true, force = false, on_stderr = false;
  std::string vg;
  std::string uuid, mode;
};

int failed(const std::string& text) {
  fmt::print(stderr, "lvmlockctl: {}\n", text);
  return EXIT_FAILURE;
}

Result<message::Connection> connect() {
  const char* set = std::getenv("LVM_LVMLOCKD_SOCKET");
  const std::string path = set != nullptr && *set != '\0' ? set : "/run/lvm/lvmlockd.socket";
  return message::Connection::open(path, kProtocolName, kProtocolVersion);
}

// Asks for one thing; a negative result is an error.
Result<> ask(const Request& request) {
  message::Connection daemon = TRY(connect());
  Request complete = request;
  complete.command = "lvmlockctl";
  complete.process = ::getpid();
  const message::Message reply = TRY(daemon.ask(write_request(complete)));
  if (reply.text_of("response") != "OK") return fail(Code::refused, "lvmlockd: " + reply.text_of("reason"));
  const std::int64_t result = reply.number_of(request.op == Op::quit ? "result" : "op_result", -error::no_daemon);
  if (result == 0) return {};
  return fail(Code::refused,
              fmt::format("{} failed: {}", request_name(request.op, request.resource),
                          -result < error::no_lockspace ? std::string(std::strerror(static_cast<int>(-result)))
                                                        : fmt::format("error {}", result)));
}

Request vg_request(Op op, ResourceKind resource, const std::string& vg) {
  Request out;
  out.op = op;
  out.resource = resource;
  out.vg_name = vg;
  return out;
}

// The daemon sends what was asked for to a socket that must be there before the question.
Result<std::string> fetch(Op op) {
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("socket", errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(kDumpSocket, address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + kDumpSocket.size());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return fail_errno("cannot bind the dump socket", errno);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  message::Connection daemon = TRY(connect());
  const message::Message reply = TRY(daemon.ask(message::Message::request(request_name(op, ResourceKind::none))));
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(reply.number_of("dump_len"), 0));
  std::string out;
  std::vector<char> buffer(1 << 16);
  while (out.size() < length) {
    const ssize_t count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (count < 0) return fail_errno("the dump ended early", errno);
    out.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return out;
}

// --- --kill ---

class Alarm {
 public:
  explicit Alarm(bool on_stderr) : stderr_(on_stderr) {
    if (!stderr_) ::openlog("lvmlockctl", LOG_CONS | LOG_PID, LOG_USER);
  }
  void say(const std::string& text) const {
    if (stderr_)
      fmt::print(stderr, "{}\n", text);
    else
      ::syslog(LOG_EMERG, "%s", text.c_str());
  }

 private:
  bool stderr_;
};

// The output of a program run without a shell; nothing when it failed.
std::string output_of(const std::vector<std::string>& words, int& status) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 1);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string out;
  std::array<char, 4096> buffer;
  for (ssize_t count; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    out.append(buffer.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  int raw = 0;
  ::waitpid(child, &raw, 0);
  status = WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
  return out;
}

// `lvmlockctl_kill_command="/path words"` as lvm config prints it.
std::vector<std::string> kill_command(const std::string& line) {
  const std::size_t start = line.find('"'), end = line.rfind('"');
  std::vector<std::string> out;
  if (start == std::string::npos || end <= start) return out;
  std::string text = line.substr(start + 1, end - start - 1);
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (space > 0) out.push_back(text.substr(0, space));
    text.erase(0, space + 1);
  }
  if (!out.empty() && !out.front().starts_with('/')) out.clear();
  return out;
}

int kill_vg(const Settings& settings) {
  const Alarm alarm(settings.on_stderr);
  const std::string& vg = settings.vg;
  alarm.say(fmt::format("Failed access to lock storage for VG {}: its volumes have to be deactivated.", vg));
  const char* set = std::getenv("LVM_BINARY");
  int status = 0;
  std::vector<std::string> command = kill_command(output_of(
      {set != nullptr ? set : "/usr/sbin/lvm", "config", "--typeconfig", "full", "global/lvmlockctl_kill_command"},
      status));
  if (auto killed = ask(vg_request(Op::kill_vg, ResourceKind::vg, vg)); !killed)
    alarm.say(fmt::format("VG {}: {}", vg, killed.error().text()));
  if (!command.empty()) {
    command.push_back(vg);
    output_of(command, status);
    if (status == 0) {
      if (auto dropped = ask(vg_request(Op::drop_vg, ResourceKind::vg, vg)); dropped) {
        alarm.say(fmt::format("Successful VG {} deactivation.", vg));
        return EXIT_SUCCESS;
      }
    }
    alarm.say(fmt::format("Failed VG {} deactivation by {}: status {}.", vg, command.front(), status));
  }
  alarm.say(fmt::format("Immediately deactivate LVs in VG {}.", vg));
  alarm.say(fmt::format("Once VG {} is unused, run lvmlockctl --drop {}.", vg, vg));
  return EXIT_SUCCESS;
}

int show(const Settings& settings) {
  auto text = fetch(settings.info ? Op::dump_info : Op::dump_log);
  if (!text) return failed(text.error().text());
  fmt::print("{}", settings.info && !settings.dump ? pretty_info(*text) : *text);
  return EXIT_SUCCESS;
}

int act(const Settings& settings) {
  Request request;
  switch (settings.action) {
    case 'q': request.op = Op::quit; break;
    case 'r': request = vg_request(Op::drop_vg, ResourceKind::vg, settings.vg); break;
    case 'E': request = vg_request(Op::enable, ResourceKind::global, settings.vg); break;
    case 'D': request = vg_request(Op::disable, ResourceKind::global, settings.vg); break;
    case 'S':
      request.op = Op::stop_all;
      request.options.wait = settings.wait;
      request.options.force = settings.force;
      break;
    default:
      request = vg_request(Op::set_remote_lv_lock, ResourceKind::lv, settings.vg);
      request.lv_uuid = settings.uuid;
      request.mode = lock_mode(settings.mode);
  }
  if (settings.action == 'E' || settings.action == 'D') {
    request.manager = ManagerKind::sanlock;
    request.mode = Mode::exclusive;
  }
  auto done = ask(request);
  return done ? EXIT_SUCCESS : failed(done.error().text());
}

bool take(Settings& out, int letter) {
  switch (letter) {
    case 'i': out.info = true; return true;
    case 'd': out.dump = true; return true;
    case 'e': out.on_stderr = true; return true;
    case 'w': out.wait = std::strcmp(optarg, "0") != 0; return true;
    case 'f': out.force = std::strcmp(optarg, "0") != 0; return true;
    case lv_uuid: out.uuid = optarg; return true;
    case lock_mode_option: out.mode = optarg; return true;
    case 'q':
    case 'S': out.action = static_cast<char>(letter); return true;
    case 'k':
    case 'r':
    case 'E':
    case 'D':
    case remote:
      out.action = letter == remote ? 'R' : static_cast<char>(letter);
      out.vg = optarg;
      return true;
    default: return false;
  }
}

}  // namespace

int main(int count, char** arguments) {
  Settings settings;
  for (;;) {
    const int letter = ::getopt_long(count, arguments, "hqidw:f:k:r:E:D:Se", kOptions, nullptr);
    if (letter < 0) break;
    if (letter == 'h') {
      fmt::print("{}", kUsage);
      return EXIT_SUCCESS;
    }
    if (!take(settings, letter)) return failed("see lvmlockctl --help");
  }
  if (settings.action == 'k') return kill_vg(settings);
  if (settings.action != 0) return act(settings);
  if (settings.info || settings.dump) return show(settings);
  fmt::print(stderr, "{}", kUsage);
  return EXIT_FAILURE;
}
