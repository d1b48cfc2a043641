// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/emulator/service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/fd.h"
#include "idm/emulator/control.h"
#include "idm/emulator/server.h"
#include "idm/nvme_tcp/nvme_front_end.h"
#include "idm/system/paths.h"
#include "idm/system/small_file.h"
#include "idm/tcmu/tcmu_front_end.h"

namespace lvm::idm::emulator {
namespace {

constexpr std::string_view kEnding = ".sock";

Result<sockaddr_un> address_of(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("{}/{}{}", socket_folder(), name, kEnding);
  if (path.size() >= sizeof address.sun_path) return fail(Code::usage, path + " is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// The socket is also the lock that keeps one drive from running twice.
Result<Fd> listen_for(const std::string& name) {
  const sockaddr_un address = TRY(address_of(name));
  if (::mkdir(socket_folder().c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno("making " + socket_folder(), errno);
  if (tell_drive(name, "status")) return fail(Code::exists, fmt::format("drive {} is running already", name));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("making a socket", errno);
  (void)::unlink(address.sun_path);
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (bound != 0 || ::listen(fd.get(), 8) != 0) return fail_errno(address.sun_path, errno);
  return fd;
}

Result<front::Backing> open_backing(const StartOptions& options) {
  if (options.size.n != 0) {
    struct stat info;
    const bool there = ::stat(options.backing.c_str(), &info) == 0;
    if (there && !S_ISREG(info.st_mode)) return fail(Code::usage, options.backing + " is not a file: leave --size out");
    if (there && static_cast<std::uint64_t>(info.st_size) > options.size.n)
      return fail(Code::refused, options.backing + " is larger: it is not made smaller, for what it may hold");
    Fd fd(::open(options.backing.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(options.size.n)) != 0)
      return fail_errno("making " + options.backing, errno);
  }
  front::Backing backing = TRY(front::Backing::open(options.backing, options.read_only));
  if (backing.size().n < options.block_size) return fail(Code::usage, options.backing + " has no room for a block");
  return backing;
}

// Runs `work` beside the server: the kernel asks the drive while it is shown or taken away.
Result<> beside(Server& server, const std::function<Result<>()>& work) {
  Fd done(::eventfd(0, EFD_CLOEXEC));
  if (!done) return fail_errno("making a descriptor to wait with", errno);
  Result<> result;
  std::thread thread;
  try {
    thread = std::thread([&] {
      result = work();
      (void)::eventfd_write(done.get(), 1);
    });
  } catch (const std::system_error& failed) {
    return fail(Code::io, fmt::format("starting a thread: {}", failed.what()));
  }
  // A `stop` that comes meanwhile is not lost: it ends this round, and the next one ends at once.
  Result<> served;
  bool finished = false;
  while (!finished && served) {
    served = server.serve(done.get());
    eventfd_t count;
    finished = !server.stop_requested() && ::eventfd_read(done.get(), &count) == 0;
  }
  thread.join();
  TRY(std::move(served));
  return result;
}

Fd termination_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

// The kernel looks at a new disk in its own time.
std::string wait_for_disk(const DriveId& id) {
  for (int i = 0; i < 100; ++i) {
    const auto paths = SystemPaths().list();
    if (!paths) return "";
    const auto found = std::ranges::find(*paths, id, &DrivePath::drive);
    if (found != paths->end()) return "/dev/" + found->name;
    ::usleep(50'000);
  }
  return "";
}

std::unique_ptr<front::FrontEnd> make_front_end(const StartOptions& options, const front::DriveFacts& facts,
                                                front::Backing backing, front::MutexQueue& mutexes) {
  if (options.nvme) return std::make_unique<nvme_tcp::NvmeFrontEnd>(*options.nvme, facts, std::move(backing), mutexes);
  return std::make_unique<tcmu::TcmuFrontEnd>(options.name, facts, std::move(backing), mutexes);
}

std::string describe(const StartOptions& options, const front::FrontEnd& front, const std::string& disk,
                     bool taken_over) {
  std::string out = fmt::format("drive {}: {}", options.name, options.id.text());
  if (!disk.empty()) out += " is " + disk;
  if (!front.address().empty()) out += " at " + front.address();
  if (taken_over) out += "; taken over from a handler that had ended, its mutexes are forgotten";
  return out;
}

}  // namespace

std::string socket_folder() {
  const char* folder = std::getenv("IDM_DRIVE_DIR");
  return folder != nullptr ? folder : "/run/idm-drive";
}

Result<> run_drive(const StartOptions& options, const std::function<void(const std::string&)>& ready) {
  Fd signals = termination_signals();
  if (!signals) return fail_errno("waiting for signals", errno);
  front::Backing backing = TRY(open_backing(options));
  const front::DriveFacts facts{options.id, hex_text(options.id.bytes), backing.size().n / options.block_size,
                                options.block_size};
  Drive drive(options.limits, options.behaviour);
  for (const auto& [key, value] : options.faults)
    TRY(set_fault(drive, std::chrono::steady_clock::now().time_since_epoch(), key, value));
  front::MutexQueue mutexes(drive);
  Fd control_socket = TRY(listen_for(options.name));
  const auto front = make_front_end(options, facts, std::move(backing), mutexes);
  const bool taken_over = TRY(front->open());
  Server server(*front, mutexes, facts, std::move(control_socket));

  std::string disk;
  Result<> attached;
  if (options.disk)
    attached = beside(server, [&]() -> Result<> {
      TRY(front->attach());
      disk = wait_for_disk(options.id);
      return {};
    });
  Result<> served;
  if (attached) {
    ready(describe(options, *front, disk, taken_over));
    served = server.serve(signals.get());
  }
  Result<> removed = beside(server, [&] { return front->detach(); });
  if (removed) removed = front->close();
  if (auto address = address_of(options.name)) (void)::unlink(address->sun_path);
  server.answer_stop(removed);
  TRY(std::move(attached));
  TRY(std::move(served));
  return removed;
}

Result<std::string> tell_drive(const std::string& name, const std::string& line) {
  TRY(check_name(name));
  const sockaddr_un address = TRY(address_of(name));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("making a socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(Code::not_found,
                fmt::format("drive {} is not running ({}: {})", name, address.sun_path, std::strerror(errno)));
  const std::string request = line + "\n";
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return fail_errno("asking drive " + name, errno);
  std::string reply;
  char bytes[4096];
  for (ssize_t got; (got = ::read(fd.get(), bytes, sizeof bytes)) > 0;)
    reply.append(bytes, static_cast<std::size_t>(got));
  if (reply.starts_with("ok\n")) return reply.substr(3);
  constexpr std::string_view kError = "error: ";
  if (!reply.starts_with(kError)) return fail(Code::io, fmt::format("drive {} gave no answer", name));
  reply.erase(0, kError.size());
  while (reply.ends_with('\n')) reply.pop_back();
  return fail(Code::usage, reply);
}

Result<std::vector<std::string>> running_drives() {
  std::vector<std::string> out;
  const auto names = list_folder(socket_folder());
  if (!names) return out;  // no drive ever ran
  for (const std::string& name : *names)
    if (name.ends_with(kEnding)) out.push_back(name.substr(0, name.size() - kEnding.size()));
  std::erase_if(out, [](const std::string& name) { return !tell_drive(name, "status"); });
  return out;
}

}  // namespace lvm::idm::emulator
