// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/programs.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lvm {
namespace {

// The folders that root's programs stand in come first: PATH is the caller's word.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : std::string();
  const char* path = std::getenv("PATH");
  std::string folders = "/usr/sbin:/usr/bin:/sbin:/bin";
  if (path) folders += std::string(":") + path;
  for (std::size_t at = 0; at <= folders.size();) {
    std::size_t end = std::min(folders.find(':', at), folders.size());
    std::string candidate = folders.substr(at, end - at) + "/" + name;
    if (candidate.size() > name.size() + 1 && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return {};
}

// A child that is not held up by the signals we hold back between two steps, and that is ended by those we ignore.
class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) sigaddset(&defaults, signal);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// Standard input, output and errors of a child that has nobody to talk to.
class Silence {
 public:
  Silence() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    for (int file : {STDOUT_FILENO, STDERR_FILENO}) ::posix_spawn_file_actions_adddup2(&actions_, STDIN_FILENO, file);
  }
  ~Silence() { ::posix_spawn_file_actions_destroy(&actions_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

Result<std::string> need_program(const std::vector<std::string>& words) {
  std::string program = words.empty() ? std::string() : find_program(words.front());
  if (!program.empty()) return program;
  return fail(Code::not_found, "Program " + (words.empty() ? std::string() : words.front()) +
                                   " is not there: install the package that has it.");
}

Result<int> spawn_and_wait(const std::vector<std::string>& words, const posix_spawn_file_actions_t* files) {
  std::string program = TRY(need_program(words));
  std::vector<char*> arguments;
  std::vector<std::string> copies = words;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // What we said so far stands before what the program says.
  std::fflush(stdout);
  pid_t child = 0;
  Attributes attributes;
  int error = ::posix_spawn(&child, program.c_str(), files, attributes.get(), arguments.data(), environ);
  if (error != 0) return fail_errno(program + ": cannot be started", error);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail_errno(program + ": cannot be waited for", errno);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return fail(Code::io, command_text(words) + ": ended by signal " + std::to_string(WTERMSIG(status)) + ".");
}

}  // namespace

Result<int> SystemPrograms::run(const std::vector<std::string>& words) { return spawn_and_wait(words, nullptr); }

Result<> SystemPrograms::start(const std::vector<std::string>& words) {
  // setsid(1) ends when it has started the program, which is nobody's child then.
  std::vector<std::string> detached = {"setsid", "--fork"};
  detached.insert(detached.end(), words.begin(), words.end());
  Silence silence;
  int status = TRY(spawn_and_wait(detached, silence.get()));
  if (status == 0) return {};
  return fail(Code::io, command_text(words) + ": cannot be started.");
}

Result<std::string> own_program() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length < 0) return fail_errno("/proc/self/exe", errno);
  path.resize(static_cast<std::size_t>(length));
  return path;
}

std::string command_text(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+=:,./@%";
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      out += word;
      continue;
    }
    out += '\'';
    for (char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    out += '\'';
  }
  return out;
}

}  // namespace lvm
