// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/fd.h"
#include "dm/user/client_engine.h"

namespace lvm::dm::user {
namespace {

// In the child of the child: only what is safe after fork() in a program with threads.
[[noreturn]] void become_daemon(const char* const* arguments, int output, int log, int null) {
  ::setsid();
  // A directory that stays: file systems must be free to go.
  static_cast<void>(!::chdir("/"));
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::signal(number, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  // execv does not write to what it is given.
  ::execv(arguments[0], const_cast<char* const*>(arguments));
  constexpr std::string_view text = "The engine's program cannot be started: ";
  const char* why = ::strerrordesc_np(errno);
  static_cast<void>(!::write(STDOUT_FILENO, text.data(), text.size()));
  static_cast<void>(!::write(STDOUT_FILENO, why, std::strlen(why)));
  ::_exit(127);
}

// Until the daemon closes its end.
Result<std::string> read_all(int file) {
  std::string text;
  char buffer[512];
  for (;;) {
    auto got = ::read(file, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("The engine's start", errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<> launch_daemon(const std::vector<std::string>& command, const std::string& run_directory) {
  CHECK(!command.empty());
  const auto log_path = run_directory + "/engine.log";
  Fd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!log) return fail_errno(log_path, errno);
  Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe", errno);
  Fd reader(ends[0]), writer(ends[1]);
  std::vector<const char*> arguments;
  for (const auto& word : command) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);

  // Twice, so that the daemon is nobody's child.
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("fork", errno);
  if (child == 0) {
    if (::fork() == 0) become_daemon(arguments.data(), writer.get(), log.get(), null.get());
    ::_exit(0);
  }
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  writer.reset();
  auto text = TRY(read_all(reader.get()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty()) return fail(Code::io, fmt::format("The embedded engine did not start: {}", text));
  return {};
}

}  // namespace lvm::dm::user
