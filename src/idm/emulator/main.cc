// SPDX-License-Identifier: LGPL-2.1-or-later
// idm-drive: emulated drives with in-drive mutexes, as SCSI or NVMe disks of this kernel.
#include <fcntl.h>
#include <fmt/format.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "idm/emulator/control.h"
#include "idm/emulator/options.h"
#include "idm/emulator/service.h"

namespace {

using namespace lvm;
using namespace lvm::idm::emulator;

constexpr int kUsage = 3, kFailed = 5;

std::string usage() {
  return fmt::format(
      "idm-drive: emulated drives with in-drive mutexes, as SCSI disks of this kernel (TCMU), or\n"
      "as NVMe drives over TCP.\n"
      "\n"
      "  idm-drive start NAME --backing PATH [OPTION]...\n"
      "  idm-drive stop NAME              the disk goes away; its data stays in PATH\n"
      "  idm-drive list                   running drives\n"
      "  idm-drive status NAME            what it is, its faults, how many records it holds\n"
      "  idm-drive table NAME             its mutexes, one line per record\n"
      "  idm-drive drop NAME              forget all mutexes, as a firmware update may\n"
      "  idm-drive set NAME FAULT VALUE   make it fail\n"
      "\nOptions of start:\n{}"
      "\nFaults (`always` stands for any number):\n{}"
      "\nRoot is needed, and the modules target_core_user and tcm_loop, or nvme-tcp, which are loaded.\n",
      describe_start(), describe_faults());
}

int report(const Error& error) {
  fmt::print(stderr, "idm-drive: {}\n", error.text());
  return error.code() == Code::usage ? kUsage : kFailed;
}

int run_in_foreground(const StartOptions& options) {
  const auto ran = run_drive(options, [](const std::string& sentence) {
    fmt::print("{}\n", sentence);
    std::fflush(stdout);
  });
  return ran ? 0 : report(ran.error());
}

// The child tells by the pipe what became of the start: "+SENTENCE" or "-EXIT STATUS".
void leave_terminal() {
  Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd : {0, 1, 2}) (void)::dup2(null.get(), fd);
}

int run_child(const StartOptions& options, Fd pipe) {
  (void)::setsid();
  bool ready = false;
  const auto ran = run_drive(options, [&](const std::string& sentence) {
    ready = true;
    const std::string message = "+" + sentence;
    (void)!::write(pipe.get(), message.data(), message.size());
    pipe.reset();
    leave_terminal();
  });
  if (ran) return 0;
  if (!ready) return report(ran.error());
  ::openlog("idm-drive", LOG_PID, LOG_DAEMON);
  ::syslog(LOG_ERR, "drive %s: %s", options.name.c_str(), ran.error().text().c_str());
  return kFailed;
}

int run_in_background(const StartOptions& options) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return report(fail_errno("making a pipe", errno).error());
  Fd reading(ends[0]), writing(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return report(fail_errno("starting a process", errno).error());
  if (child == 0) {
    reading.reset();
    return run_child(options, std::move(writing));
  }
  writing.reset();
  std::string message;
  char bytes[512];
  for (ssize_t got; (got = ::read(reading.get(), bytes, sizeof bytes)) > 0;)
    message.append(bytes, static_cast<std::size_t>(got));
  // Nothing: the child has said on standard error why not.
  if (!message.starts_with('+')) return kFailed;
  fmt::print("{}\n", message.substr(1));
  return 0;
}

int start(std::span<const std::string> words) {
  const auto options = parse_start(words);
  if (!options) return report(options.error());
  return options->foreground ? run_in_foreground(*options) : run_in_background(*options);
}

int list() {
  const auto names = running_drives();
  if (!names) return report(names.error());
  for (const std::string& name : *names) fmt::print("{}\n", name);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words[0] == "help" || words[0] == "--help" || words[0] == "-h") {
    fmt::print("{}", usage());
    return words.empty() ? kUsage : 0;
  }
  const std::span rest = std::span(words).subspan(1);
  if (words[0] == "start") return start(rest);
  if (words[0] == "list" && rest.empty()) return list();
  const bool with_values = words[0] == "set";
  const bool known =
      with_values || words[0] == "stop" || words[0] == "status" || words[0] == "table" || words[0] == "drop";
  if (!known || rest.size() != (with_values ? 3u : 1u)) {
    fmt::print(stderr, "idm-drive: no such request; see idm-drive help\n");
    return kUsage;
  }
  std::string line = words[0];
  for (const std::string& word : rest.subspan(1)) line += " " + word;
  const auto answer = tell_drive(rest[0], line);
  if (!answer) return report(answer.error());
  fmt::print("{}", *answer);
  return 0;
}
