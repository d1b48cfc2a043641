// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/tcmu/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "idm/tcmu/control.h"

namespace lvm::idm::tcmu {
namespace {

// How long a command without an answer stays: longer than the kernel's own patience (30 s), which then tells the
// initiator. Without any answer its place in the ring would be lost for ever.
constexpr Time kLostFor = std::chrono::seconds(60);
constexpr std::size_t kLongestLine = 4096, kMostClients = 16;

// A client that does not read loses its answer, not the drive.
void reply_to(const Fd& fd, const std::string& text) {
  (void)::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Server::Server(Ring& ring, ScsiDisk& disk, Fd control_socket)
    : ring_(ring), disk_(disk), control_(std::move(control_socket)) {}

Time Server::now() { return std::chrono::steady_clock::now().time_since_epoch(); }

scsi::Answer Server::execute(const Ring::Command& command) {
  const std::vector<std::byte> data = command.collect();
  return disk_.execute(command.cdb, data, data.size(), now());
}

void Server::start(Ring::Command command) {
  constexpr std::uint8_t kInquiry = 0x12;
  if (!ScsiDisk::is_mutex(command.cdb) || !disk_.drive().behaviour().supported) {
    const bool refused = disk_.drive().faults.gone && command.cdb[0] != kInquiry;
    return ring_.answer(command, refused ? check_condition(kNotReady) : execute(command));
  }
  Delayed delayed{std::move(command), disk_.drive().next_fate()};
  switch (delayed.fate) {
    case Drive::Fate::refused: return ring_.answer(delayed.command, check_condition(kNotReady));
    case Drive::Fate::busy: return ring_.answer(delayed.command, {.status = scsi::kBusy, .sense = {}, .data = {}});
    case Drive::Fate::lost_request:
      delayed.ran = true;  // all that is left is an answer nobody gets
      delayed_.emplace(now() + kLostFor, std::move(delayed));
      return;
    default: break;
  }
  const Time delay = disk_.drive().faults.delay;
  if (delay == Time{0}) return run_mutex(std::move(delayed));
  delayed_.emplace(now() + delay, std::move(delayed));
}

void Server::run_mutex(Delayed delayed) {
  delayed.answer = execute(delayed.command);
  delayed.ran = true;
  if (delayed.fate == Drive::Fate::nonsense) {
    std::ranges::fill(delayed.answer.data, std::byte{0xA5});
    if (delayed.answer.data.empty())
      delayed.answer = {.status = scsi::kCheckCondition, .sense = {0x7F, 0xA5, 0xA5, 0xA5}, .data = {}};
  }
  const Time wait = delayed.fate == Drive::Fate::lost_reply ? kLostFor : disk_.drive().faults.reply_delay;
  if (wait == Time{0}) return finish(std::move(delayed));
  delayed_.emplace(now() + wait, std::move(delayed));
}

void Server::finish(Delayed delayed) { ring_.answer(delayed.command, delayed.answer); }

void Server::run_due() {
  while (!delayed_.empty() && delayed_.begin()->first <= now()) {
    Delayed delayed = std::move(delayed_.extract(delayed_.begin()).mapped());
    delayed.ran ? finish(std::move(delayed)) : run_mutex(std::move(delayed));
  }
}

// The initiator has given up: a command that waits does not run any more, and its place becomes free.
void Server::abort(const std::vector<std::uint16_t>& ids) {
  for (auto it = delayed_.begin(); it != delayed_.end();) {
    if (std::ranges::find(ids, it->second.command.id) == ids.end()) {
      ++it;
      continue;
    }
    ring_.answer(it->second.command, it->second.answer);
    it = delayed_.erase(it);
  }
}

Result<> Server::take_commands() {
  ring_.acknowledge();
  for (;;) {
    std::optional<Ring::Entry> entry = TRY(ring_.next());
    if (!entry) return {};
    if (entry->command)
      start(*std::move(entry->command));
    else
      abort(entry->aborted);
  }
}

// How long poll() may wait; nothing: for ever.
std::optional<timespec> Server::wait_time() const {
  if (delayed_.empty()) return std::nullopt;
  const Time left = std::max(delayed_.begin()->first - now(), Time{0});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return timespec{.tv_sec = static_cast<time_t>(seconds.count()),
                  .tv_nsec = static_cast<long>((left - seconds).count())};
}

void Server::accept_client() {
  Fd fd(::accept4(control_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd && clients_.size() < kMostClients) clients_.push_back({std::move(fd), {}});
}

// One line, one answer, then the connection is closed: "ok" or "error: ...", then what was asked for.
void Server::serve_client(Client& client) {
  char bytes[512];
  const ssize_t got = ::read(client.fd.get(), bytes, sizeof bytes);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return client.fd.reset();
  client.received.append(bytes, static_cast<std::size_t>(got));
  const auto end = client.received.find('\n');
  if (end == std::string::npos) {
    if (client.received.size() > kLongestLine) client.fd.reset();
    return;
  }
  const std::string line = client.received.substr(0, end);
  if (line == "stop") {
    stop_requested_ = true;
    stoppers_.push_back(std::move(client.fd));
    return;
  }
  const auto answer = control(disk_, now(), line);
  reply_to(client.fd, answer ? "ok\n" + *answer : fmt::format("error: {}\n", answer.error().text()));
  client.fd.reset();
}

void Server::answer_stop(const Result<>& outcome) {
  for (Fd& fd : stoppers_) reply_to(fd, outcome ? "ok\n" : fmt::format("error: {}\n", outcome.error().text()));
  stoppers_.clear();
}

Result<> Server::serve(int stop_fd) {
  stop_requested_ = false;
  while (!stop_requested_) {
    std::vector<pollfd> polled = {{ring_.fd(), POLLIN, 0}, {stop_fd, POLLIN, 0}, {control_.get(), POLLIN, 0}};
    for (const Client& client : clients_) polled.push_back({client.fd.get(), POLLIN, 0});
    const auto wait = wait_time();
    const int ready = ::ppoll(polled.data(), polled.size(), wait ? &*wait : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) return fail_errno("waiting for commands", errno);
    if (ready > 0) {
      if (polled[1].revents != 0) return {};
      if (polled[0].revents != 0) TRY(take_commands());
      std::size_t at = 3;
      for (Client& client : clients_)
        if (polled[at++].revents != 0) serve_client(client);
      clients_.remove_if([](const Client& client) { return !client.fd; });
      if (polled[2].revents != 0) accept_client();
    }
    run_due();
    TRY(ring_.flush());
  }
  return {};
}

}  // namespace lvm::idm::tcmu
