// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/daemon/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/clock.h"
#include "base/files.h"
#include "lockd/daemon/active_volumes.h"
#include "lockd/protocol.h"

namespace lvm::lockd {
namespace {

constexpr std::string_view kDumpSocket = "lvmlockd-dump.sock";  // abstract
constexpr std::size_t kDatagram = 65536;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path) return fail(Code::usage, path + " is too long for a socket");
  std::ranges::copy(path, out.sun_path);
  return out;
}

// A socket that nobody listens on any more, and that is ours to remove.
bool is_stale(const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(address.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  if (found.st_uid != ::geteuid() || (found.st_mode & 077) != 0) return false;
  const Fd trial(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(trial.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::make(const ServerOptions& options,
                                             std::vector<std::unique_ptr<Manager>> managers) {
  std::unique_ptr<Server> out(new Server(options));
  TRY(out->start(std::move(managers)));
  return out;
}

Server::~Server() {
  if (bound_) ::unlink(options_.socket_path.c_str());
  if (pid_file_) ::unlink(options_.pid_path.c_str());
}

Result<> Server::start(std::vector<std::unique_ptr<Manager>> managers) {
  TRY(take_pid_file());
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return fail_errno("signalfd", errno);
  CoreOptions core = options_.core;
  core.vg_in_use = [](const std::string& vg, const std::set<int>& clients) { return vg_in_use(vg, clients); };
  core_ = std::make_unique<Core>(executor_, std::move(managers), std::move(core),
                                 [this](const std::string& text) { say(Log::Level::debug, text); });
  TRY(listen());
  if (options_.adopt) adopt();
  return {};
}

Result<> Server::take_pid_file() {
  Fd fd(::open(options_.pid_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return fail_errno("cannot open " + options_.pid_path, errno);
  struct flock lock{.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (::fcntl(fd.get(), F_SETLK, &lock) != 0)
    return fail(Code::busy, fmt::format("{} is locked: another lvmlockd runs", options_.pid_path));
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd.get(), 0) != 0 || ::write(fd.get(), text.data(), text.size()) < 0)
    return fail_errno("cannot write " + options_.pid_path, errno);
  pid_file_ = std::move(fd);
  return {};
}

Result<> Server::listen() {
  const sockaddr_un address = TRY(address_of(options_.socket_path));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("socket", errno);
  const mode_t mask = ::umask(0177);
  const auto bind = [&] { return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address); };
  int bound = bind();
  if (bound != 0 && errno == EADDRINUSE && is_stale(address)) {
    ::unlink(options_.socket_path.c_str());
    bound = bind();
  }
  const int error_number = errno;
  ::umask(mask);
  if (bound != 0) return fail_errno("cannot listen on " + options_.socket_path, error_number);
  bound_ = true;
  if (::listen(fd.get(), 64) != 0) return fail_errno("cannot listen on " + options_.socket_path, errno);
  listener_ = std::move(fd);
  return {};
}

// Volumes that are not active any more need no lock.
void Server::adopt() {
  SystemFiles files;
  auto text = files.read(options_.adopt_path);
  if (!text) return say(Log::Level::debug, "adopt: " + text.error().text());
  auto state = read_adopt_file(*text);
  if (!state) return say(Log::Level::error, "adopt: " + state.error().text());
  const std::vector<std::string> active = active_lv_uuids();
  std::erase_if(state->lvs, [&](const AdoptLv& lv) {
    std::string plain = lv.uuid;
    std::erase(plain, '-');
    return std::ranges::find(active, plain) == active.end();
  });
  adopting_ = true;
  core_->adopt(*state, [this](const std::vector<std::string>& problems) { finish_adoption(problems); });
}

void Server::finish_adoption(const std::vector<std::string>& problems) {
  adopting_ = false;
  for (const std::string& problem : problems)
    say(Log::Level::error, fmt::format("adopt: {}; this host must be reset before its locks can be used", problem));
  say(Log::Level::debug, "adopt: done");
}

int Server::poll_timeout() {
  const auto due = core_->next_due();
  if (!due) return -1;
  return static_cast<int>(std::clamp<std::int64_t>((*due - executor_.now()).count(), 0, 60'000));
}

Result<> Server::run(const std::function<void()>& ready) {
  ready();
  std::vector<pollfd> polled;
  while (!stopping_ || !core_->may_end()) {
    polled.clear();
    polled.push_back({signals_.get(), POLLIN, 0});
    polled.push_back({executor_.ready_fd(), POLLIN, 0});
    // Who comes before the locks are adopted waits.
    if (!adopting_) polled.push_back({listener_.get(), POLLIN, 0});
    for (const auto& [number, peer] : peers_) {
      int events = peer.waits || peer.ends ? POLLRDHUP : POLLIN;
      if (!peer.output.empty()) events |= POLLOUT;
      polled.push_back({number, static_cast<short>(events), 0});
    }
    if (::poll(polled.data(), polled.size(), poll_timeout()) < 0 && errno != EINTR) return fail_errno("poll", errno);
    signalfd_siginfo signal{};
    if ((polled[0].revents & POLLIN) != 0 && ::read(signals_.get(), &signal, sizeof signal) > 0) {
      if (!core_->may_end()) say(Log::Level::warning, "a signal to end is not followed: VGs are started");
      stopping_ = core_->may_end();
    }
    executor_.dispatch();
    core_->advance();
    for (const pollfd& each : polled) {
      if (each.revents == 0) continue;
      if (each.fd == listener_.get()) accept_one();
      if (auto peer = peers_.find(each.fd); peer != peers_.end() && (each.revents & ~POLLOUT) != 0)
        read_peer(each.fd, peer->second);
    }
    if (core_->take_adopt_changed() && !adopting_) write_adopt_file();
    for (auto& [number, peer] : peers_)
      if (!peer.ended) write_peer(peer);
    drop_ended();
  }
  core_->stop_unused();
  // What is still to be adopted is left to the next one.
  if (!adopting_ && core_->adopt_state().lvs.empty()) ::unlink(options_.adopt_path.c_str());
  return {};
}

// Root, or whoever this process runs as.
void Server::accept_one() {
  Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
  if (credentials.uid != 0 && credentials.uid != ::geteuid())
    return say(Log::Level::warning, fmt::format("user {} may not use locks; closed", credentials.uid));
  const int number = fd.get();
  Peer& peer = peers_[number];
  peer.fd = std::move(fd);
  peer.client = core_->connect();
}

void Server::read_peer(int number, Peer& peer) {
  // What arrives out of turn is left to the kernel: only that the client goes matters now.
  if (peer.waits || peer.ends) {
    char byte;
    if (::recv(number, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) peer.ended = true;
    return;
  }
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(number, buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    peer.ended = true;
    return;
  }
  if (auto added = peer.input.add({buffer.data(), static_cast<std::size_t>(count)}); !added)
    return refuse(peer, added.error().text());
  if (auto body = peer.input.take()) serve(number, std::move(*body));
}

// A malformed request: said, and the connection ends.
void Server::refuse(Peer& peer, const std::string& reason) {
  say(Log::Level::warning, fmt::format("client {} dropped: {}", peer.client, reason));
  peer.output += message::Message::reply("failed").text("reason", reason).encode();
  peer.ends = true;
}

void Server::serve(int number, std::string body) {
  Peer& peer = peers_.at(number);
  auto message = message::Message::parse(std::move(body));
  if (!message) return refuse(peer, message.error().text());
  auto request = parse_request(*message);
  if (!request) return refuse(peer, request.error().text());
  Reply now;
  switch (request->op) {
    case Op::hello: return answer(number, *request, now);
    case Op::quit:
      now.result = core_->may_end() ? 0 : -EBUSY;
      stopping_ |= core_->may_end();
      return answer(number, *request, now);
    case Op::dump_info:
    case Op::dump_log:
      peer.dump = request->op == Op::dump_info ? core_->info() : log_.text();
      peer.output += message::Message::reply("OK")
                         .number("result", 0)
                         .number("dump_len", static_cast<std::int64_t>(peer.dump.size()))
                         .encode();
      return;
    default: break;
  }
  peer.waits = true;
  const ClientId client = peer.client;
  core_->submit(client, std::move(*request), [this, number, client](const Request& asked, const Reply& reply) {
    auto found = peers_.find(number);
    if (found == peers_.end() || found->second.client != client || found->second.ended) return false;
    answer(number, asked, reply);
    return true;
  });
}

void Server::answer(int number, const Request& request, const Reply& reply) {
  Peer& peer = peers_.at(number);
  peer.waits = false;
  peer.output += write_reply(request, reply).encode();
}

void Server::write_peer(Peer& peer) {
  while (!peer.output.empty()) {
    const ssize_t count = ::send(peer.fd.get(), peer.output.data(), peer.output.size(), MSG_NOSIGNAL);
    if (count < 0) {
      if (errno != EAGAIN && errno != EINTR) peer.ended = true;
      return;
    }
    peer.output.erase(0, static_cast<std::size_t>(count));
  }
  if (!peer.dump.empty()) send_dump(std::exchange(peer.dump, {}));
  if (peer.ends) peer.ended = true;
}

// To the socket that the requester has bound before it asked.
void Server::send_dump(const std::string& dump) {
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(kDumpSocket, address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + kDumpSocket.size());
  const timeval patience{.tv_sec = 2, .tv_usec = 0};  // a reader that does not read must not stop the daemon
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  for (std::size_t at = 0; at < dump.size(); at += kDatagram) {
    const std::size_t length = std::min(kDatagram, dump.size() - at);
    if (::sendto(fd.get(), dump.data() + at, length, MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size) <
        0)
      return say(Log::Level::warning, fmt::format("dump not sent: {}", std::strerror(errno)));
  }
}

void Server::drop_ended() {
  for (auto peer = peers_.begin(); peer != peers_.end();) {
    if (!peer->second.ended) {
      ++peer;
      continue;
    }
    const ClientId client = peer->second.client;
    peer = peers_.erase(peer);
    core_->disconnect(client);
  }
}

void Server::write_adopt_file() {
  SystemFiles files;
  LocalDate date;
  const std::string text = write_adopt_file_text(core_->adopt_state(), ::getpid(), ++adopt_updates_,
                                                 date.format(SystemClock().unix_seconds()));
  if (auto written = files.replace(options_.adopt_path, text, 0600); !written)
    say(Log::Level::error, "adopt file: " + written.error().text());
}

}  // namespace lvm::lockd
