// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/daemon/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

namespace lvm::idm {
namespace {

// Leases count while the machine sleeps, too.
Time machine_time() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return Time(std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
}

Result<Fd> take_pid_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("cannot open " + path, errno);
  struct flock lock{.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (::fcntl(fd.get(), F_SETLK, &lock) != 0)
    return fail(Code::busy, fmt::format("{} is locked: another lock manager runs", path));
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd.get(), 0) != 0 || ::write(fd.get(), text.data(), text.size()) < 0)
    return fail_errno("cannot write " + path, errno);
  return fd;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::make(const ServerOptions& options) {
  std::unique_ptr<Server> out(new Server);
  TRY(out->start(options));
  return out;
}

Server::~Server() {
  for (const std::string& path : socket_paths_) ::unlink(path.c_str());
}

Result<> Server::start(const ServerOptions& options) {
  run_dir_ = options.run_dir;
  if (::mkdir(run_dir_.c_str(), 0755) != 0 && errno != EEXIST) return fail_errno("cannot make " + run_dir_, errno);
  pid_file_ = TRY(take_pid_file(run_dir_ + "/main.pid"));
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return fail_errno("signalfd", errno);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_IGN);

  turn_clock();
  Drives drives;
  if (options.drives)
    drives = options.drives(timers_);
  else if (options.emulated != 0)
    drives = emulated_drives(timers_, options.emulated);
  else
    drives = TRY(system_drives());
  transport_ = std::move(drives.transport);
  resolver_ = std::move(drives.resolver);
  std::vector<JournalEntry> former;
  machine_ = std::make_unique<SystemMachine>(TRY(JournalFile::open(run_dir_ + "/idmlockd.journal", former)));
  service_ = std::make_unique<Service>(*transport_, timers_, *resolver_, *machine_, Rules{}, options.host_name);
  if (!options.watchdog.empty()) watchdog_ = TRY(Watchdog::open(options.watchdog, options.watchdog_seconds));
  if (!former.empty()) machine_->say(fmt::format("{} locks of a former process are adopted", former.size()));
  service_->adopt(former);
  TRY(listen(run_dir_ + "/main.sock", Service::Protocol::seagate));
  TRY(listen(run_dir_ + "/idmlockd.sock", Service::Protocol::text));
  feed_watchdog();
  return {};
}

Result<> Server::listen(const std::string& path, Service::Protocol protocol) {
  sockaddr_un address{.sun_family = AF_UNIX};
  if (path.size() >= sizeof address.sun_path) return fail(Code::usage, path + " is too long for a socket");
  std::ranges::copy(path, address.sun_path);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("socket", errno);
  // The pid file's lock says that nobody listens there.
  ::unlink(path.c_str());
  const mode_t mask = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(mask);
  if (bound != 0 || ::listen(fd.get(), 64) != 0) return fail_errno("cannot listen on " + path, errno);
  listeners_.emplace_back(std::move(fd), protocol);
  socket_paths_.push_back(path);
  return {};
}

// Root, or whoever this process runs as.
void Server::accept_one(int fd, Service::Protocol protocol) {
  Fd peer(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!peer) return;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
  if (credentials.uid != 0 && credentials.uid != ::geteuid())
    return machine_->say(fmt::format("user {} may not use locks; the connection is closed", credentials.uid));
  const int number = peer.get();
  peers_[number] = {std::move(peer), service_->connect(protocol, credentials.pid)};
}

void Server::read_peer(Peer& peer) {
  std::array<std::uint8_t, 65536> buffer;
  const ssize_t count = ::read(peer.fd.get(), buffer.data(), buffer.size());
  if (count > 0)
    service_->receive(peer.client, std::span(buffer.data(), static_cast<std::size_t>(count)));
  else if (count == 0 || (errno != EAGAIN && errno != EINTR))
    peer.ended = true;
}

void Server::write_peer(Peer& peer) {
  std::string& output = service_->output(peer.client);
  while (!output.empty()) {
    const ssize_t count = ::send(peer.fd.get(), output.data(), output.size(), MSG_NOSIGNAL);
    if (count < 0) {
      if (errno != EAGAIN && errno != EINTR) peer.ended = true;
      return;
    }
    output.erase(0, static_cast<std::size_t>(count));
  }
  if (service_->hang_up(peer.client)) peer.ended = true;
}

void Server::drop_ended() {
  for (auto peer = peers_.begin(); peer != peers_.end();) {
    if (!peer->second.ended) {
      ++peer;
      continue;
    }
    service_->disconnect(peer->second.client);
    peer = peers_.erase(peer);
  }
}

void Server::turn_clock() { timers_.run_until(std::max(machine_time(), timers_.now())); }

void Server::feed_watchdog() {
  if (!watchdog_) return;
  const Time until = service_->safe_until();
  // The watchdog's own clock may be slow by a few percent.
  if (until == Time::max() || until - timers_.now() >= watchdog_->period() + watchdog_->period() / 25)
    watchdog_->feed();
  timers_.after(watchdog_->period() / 5, [this] { feed_watchdog(); });
}

Result<> Server::run() {
  std::vector<pollfd> polled;
  for (;;) {
    polled.clear();
    polled.push_back({signals_.get(), POLLIN, 0});
    for (const auto& [fd, protocol] : listeners_) polled.push_back({fd.get(), POLLIN, 0});
    const std::size_t answers = polled.size();
    if (transport_->ready_fd() >= 0) polled.push_back({transport_->ready_fd(), POLLIN, 0});
    for (auto& [number, peer] : peers_) {
      const bool writes = !service_->output(peer.client).empty();
      polled.push_back({number, static_cast<short>(POLLIN | (writes ? POLLOUT : 0)), 0});
    }
    const Time next = timers_.next_event();
    const Time wait = next == Time::max() ? std::chrono::hours(1) : std::max(next - machine_time(), Time{0});
    const timespec timeout{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
    if (::ppoll(polled.data(), polled.size(), &timeout, nullptr) < 0 && errno != EINTR)
      return fail_errno("poll", errno);
    turn_clock();
    if (transport_->ready_fd() < 0 || (polled[answers].revents & POLLIN) != 0) transport_->dispatch();
    if ((polled[0].revents & POLLIN) != 0) return {};
    for (const pollfd& each : polled) {
      if (each.revents == 0) continue;
      for (const auto& [fd, protocol] : listeners_)
        if (each.fd == fd.get()) accept_one(each.fd, protocol);
      if (auto peer = peers_.find(each.fd); peer != peers_.end() && (each.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        read_peer(peer->second);
    }
    turn_clock();
    for (auto& [number, peer] : peers_)
      if (!peer.ended) write_peer(peer);
    drop_ended();
  }
}

}  // namespace lvm::idm
