// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/emulator/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "idm/emulator/control.h"

namespace lvm::idm::emulator {
namespace {

constexpr std::size_t kLongestLine = 4096, kMostClients = 16;

timespec to_timespec(Time time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = static_cast<time_t>(seconds.count()), .tv_nsec = static_cast<long>((time - seconds).count())};
}

// A client that does not read loses its answer, not the drive.
void reply_to(const Fd& fd, const std::string& text) {
  (void)::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Server::Server(front::FrontEnd& front, front::MutexQueue& mutexes, front::DriveFacts facts, Fd control_socket)
    : front_(front), mutexes_(mutexes), facts_(std::move(facts)), control_(std::move(control_socket)) {}

Time Server::now() { return std::chrono::steady_clock::now().time_since_epoch(); }

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
  const auto answer = control(facts_, mutexes_.drive(), now(), line);
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
    const auto wait = mutexes_.run_due(now());
    TRY(front_.flush());
    std::vector<pollfd> polled = {{stop_fd, POLLIN, 0}, {control_.get(), POLLIN, 0}};
    for (const Client& client : clients_) polled.push_back({client.fd.get(), POLLIN, 0});
    const std::size_t of_front = polled.size();
    front_.watch(polled);
    const timespec time = to_timespec(wait.value_or(Time{0}));
    const int ready = ::ppoll(polled.data(), polled.size(), wait ? &time : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) return fail_errno("waiting for commands", errno);
    if (ready <= 0) continue;
    if (polled[0].revents != 0) break;
    TRY(front_.serve(std::span(polled).subspan(of_front), now()));
    std::size_t at = 2;
    for (Client& client : clients_)
      if (polled[at++].revents != 0) serve_client(client);
    clients_.remove_if([](const Client& client) { return !client.fd; });
    if (polled[1].revents != 0) accept_client();
  }
  return front_.flush();
}

}  // namespace lvm::idm::emulator
