// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/version.h"
#include "dm/user/held.h"
#include "dm/user/local_engine.h"
#include "dm/user/machine.h"
#include "dm/user/wire/session.h"

namespace lvm::dm::user {
namespace {

constexpr unsigned kMostSecondsToEnd = 30;
constexpr int kLockAttempts = 5;
constexpr std::chrono::milliseconds kLockPause{10};

Result<> check_run_directory(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return fail_errno(path, errno);
  if (!S_ISDIR(status.st_mode)) return fail(Code::usage, fmt::format("{} is no directory.", path));
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(Code::permission,
                fmt::format("The run directory {} must belong to the user who runs the engine, and others must not be "
                            "able to write to it.",
                            path));
  return {};
}

// nullopt: another daemon lives here. Commands that look after one that was killed hold the lock for a moment, too.
Result<std::optional<Fd>> become_the_daemon(const std::string& directory) {
  for (int attempt = 1;; ++attempt) {
    Result<std::optional<Fd>> lock = lock_run_directory(directory);
    if (!lock || *lock || attempt == kLockAttempts) return lock;
    std::this_thread::sleep_for(kLockPause);
  }
}

// SIGTERM and SIGINT as something to poll for. Threads made later inherit the mask.
Fd catch_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

class Daemon {
 public:
  Daemon(const ServeOptions& options, HeldNotes& notes)
      : options_(options),
        machine_(std::make_shared<Machine>()),
        engine_(machine_, &notes),
        wake_(::eventfd(0, EFD_CLOEXEC)) {}

  Result<> run();

 private:
  void accept_clients(int listener);
  void start_client(Fd socket);
  void serve_client(int socket);
  bool idle();
  void end_clients();
  DaemonInfo info();
  void poke() {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_.get(), &one, sizeof one));
  }

  const ServeOptions& options_;
  std::shared_ptr<Machine> machine_;
  LocalEngine engine_;
  Fd wake_;
  std::vector<std::string> front_end_errors_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<int> clients_;  // sockets of the threads that serve
};

DaemonInfo Daemon::info() {
  DaemonInfo info;
  info.process_id = ::getpid();
  info.protocol = kProtocolVersion;
  info.version = std::string(kProductVersion);
  info.devices = static_cast<std::uint32_t>(machine_->devices().size());
  info.io = machine_->rings().describe();
  info.front_end_errors = front_end_errors_;
  std::lock_guard lock(mutex_);
  info.clients = static_cast<std::uint32_t>(clients_.size());
  return info;
}

void Daemon::serve_client(int socket) {
  auto gone = [socket] {
    pollfd poll{socket, POLLRDHUP, 0};
    return ::poll(&poll, 1, 0) != 0;
  };
  Session session(engine_, {[this] { return info(); }, gone});
  std::vector<std::byte> answer;
  for (;;) {
    auto frame = receive_frame(socket);
    if (!frame || !*frame) return;
    const auto& request = **frame;
    auto done = session.handle(request.header.kind, request.body, answer);
    if (!done) {
      answer.clear();
      Encoder out(answer);
      encode(out, done.error());
    }
    if (!send_frame(socket, done ? kAnswerGood : kAnswerError, answer)) return;
  }
}

void Daemon::start_client(Fd socket) {
  {
    std::lock_guard lock(mutex_);
    clients_.push_back(socket.get());
  }
  const int number = socket.get();
  try {
    std::thread([this, owned = std::move(socket)]() mutable {
      const int mine = owned.get();
      try {
        serve_client(mine);
      } catch (const std::exception&) {
        // Out of memory, most likely: this client is dropped, the others stay.
      }
      std::lock_guard lock(mutex_);
      std::erase(clients_, mine);
      owned.reset();
      poke();
      ended_.notify_all();
    }).detach();
  } catch (const std::exception&) {
    std::lock_guard lock(mutex_);
    std::erase(clients_, number);
  }
}

void Daemon::accept_clients(int listener) {
  for (;;) {
    Fd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    if (check_peer(socket.get())) start_client(std::move(socket));
  }
}

bool Daemon::idle() {
  std::lock_guard lock(mutex_);
  return clients_.empty() && machine_->devices().empty();
}

void Daemon::end_clients() {
  std::unique_lock lock(mutex_);
  for (int socket : clients_) ::shutdown(socket, SHUT_RDWR);
  ended_.wait(lock, [&] { return clients_.empty(); });
}

Result<> Daemon::run() {
  auto listener = TRY(listen_in(options_.run_directory));
  auto signals = catch_signals();
  for (auto* front_end : options_.front_ends)
    if (auto started = front_end->start(engine_); !started) front_end_errors_.push_back(started.error().text());
  if (options_.ready) options_.ready();
  bool told_to_end = false;
  while (!told_to_end) {
    pollfd polls[] = {{listener.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
    const bool was_idle = idle();
    const int events = ::poll(polls, 3, was_idle ? static_cast<int>(options_.linger_milliseconds) : -1);
    if (events < 0 && errno != EINTR) return fail_errno("poll", errno);
    std::uint64_t count = 0;
    if ((polls[1].revents & POLLIN) != 0) static_cast<void>(!::read(wake_.get(), &count, sizeof count));
    told_to_end = (polls[2].revents & POLLIN) != 0;
    accept_clients(listener.get());
    // Whoever connects from here on finds the connection closed before it was greeted, and starts another daemon.
    if (events == 0 && was_idle && idle()) break;
  }
  ::unlink((options_.run_directory + "/engine.sock").c_str());
  listener.reset();
  for (auto* front_end : options_.front_ends) front_end->stop();
  // A device below that never answers must not keep a daemon that was told to end.
  if (told_to_end) ::alarm(kMostSecondsToEnd);
  // What is suspended goes first: clients may wait for it.
  machine_->resume_all();
  end_clients();
  machine_->remove_all();
  if (told_to_end) ::alarm(0);
  return {};
}

}  // namespace

Result<> serve(const ServeOptions& options) {
  TRY(check_run_directory(options.run_directory));
  auto lock = TRY(become_the_daemon(options.run_directory));
  if (!lock) {
    if (options.ready) options.ready();
    return {};
  }
  auto notes = TRY(HeldNotes::begin(options.run_directory));
  Daemon daemon(options, *notes);
  TRY(daemon.run());
  notes->end();
  return {};
}

int run_daemon(ServeOptions options) {
  bool ready = false;
  options.ready = [&] {
    ready = true;
    // The end of the pipe tells whoever started the daemon that it can be connected to.
    Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    ::dup2(null.get(), STDOUT_FILENO);
  };
  auto served = serve(options);
  if (served) return 0;
  const auto text = served.error().text() + "\n";
  static_cast<void>(!::write(ready ? STDERR_FILENO : STDOUT_FILENO, text.data(), text.size()));
  return 5;
}

}  // namespace lvm::dm::user
