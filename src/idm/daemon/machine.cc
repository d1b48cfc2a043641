// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/daemon/machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/watchdog.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <syslog.h>

#include <csignal>
#include <cstring>
#include <ctime>

extern char** environ;  // NOLINT: what POSIX calls it

namespace lvm::idm {
namespace {

// The arguments are one string: words between blanks. No shell is involved.
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  for (char c : text + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  return out;
}

}  // namespace

void SystemMachine::fence(const std::string& space, FenceStage stage, const FencePlan& plan) {
  say(fmt::format("{}: leases cannot be renewed: {}", space, name(stage)));
  switch (stage) {
    case FenceStage::kill_path:
      if (!plan.path.empty()) run(plan);
      return;
    case FenceStage::signal:
      if (plan.signal != 0) signal(plan, plan.signal);
      return;
    case FenceStage::sigkill:
      if (plan.sigkill) signal(plan, SIGKILL);
      return;
    default:
      say(fmt::format("{}: its client has not released its locks: only a reset of this machine can keep the data safe",
                      space));
  }
}

void SystemMachine::run(const FencePlan& plan) {
  std::vector<std::string> parts = words(plan.arguments);
  parts.insert(parts.begin(), plan.path);
  std::vector<char*> arguments;
  for (std::string& part : parts) arguments.push_back(part.data());
  arguments.push_back(nullptr);
  // SIGCHLD is ignored: children are reaped by the kernel.
  pid_t child = 0;
  const int error = posix_spawn(&child, plan.path.c_str(), nullptr, nullptr, arguments.data(), environ);
  if (error != 0) say(fmt::format("cannot run {}: {}", plan.path, std::strerror(error)));
}

void SystemMachine::signal(const FencePlan& plan, int number) {
  if (plan.process <= 1) return;
  if (kill(plan.process, number) != 0)
    say(fmt::format("cannot send signal {} to process {}: {}", number, plan.process, std::strerror(errno)));
}

void SystemMachine::journal(const JournalEntry& entry) {
  if (auto done = journal_.append(entry); !done)
    say(fmt::format("{}: the lock will not survive the end of this process", done.error().text()));
}

void SystemMachine::say(const std::string& text) {
  fmt::print(stderr, "idmlockd: {}\n", text);
  syslog(LOG_WARNING, "%s", text.c_str());
}

std::uint64_t SystemMachine::wall_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

std::uint64_t SystemMachine::random() {
  std::uint64_t out = 0;
  while (getrandom(&out, sizeof out, 0) != sizeof out) {
  }
  return out;
}

Result<Watchdog> Watchdog::open(const std::string& device, int seconds) {
  Fd fd(::open(device.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail_errno("cannot open the watchdog " + device, errno);
  if (ioctl(fd.get(), WDIOC_SETTIMEOUT, &seconds) != 0)
    return fail_errno(fmt::format("{}: cannot be set to {} seconds", device, seconds), errno);
  return Watchdog(std::move(fd), std::chrono::seconds(seconds));
}

void Watchdog::feed() { (void)::ioctl(fd_.get(), WDIOC_KEEPALIVE, nullptr); }

}  // namespace lvm::idm
