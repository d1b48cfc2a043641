// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/system/system_transport.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/fd.h"
#include "idm/system/lane.h"

namespace lvm::idm {
namespace {

Time monotonic_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace

struct SystemTransport::Core {
  struct Waiting {
    Completion done;
    std::shared_ptr<Job> job;
    Time deadline;
    DriveId drive;
  };

  SystemTransportOptions options;
  Fd poll, timer;
  std::shared_ptr<Completions> completions;
  std::map<DriveId, std::shared_ptr<Lane>> lanes;
  std::unordered_map<Ticket, Waiting> waiting;
  std::set<std::pair<Time, Ticket>> deadlines;
  Time armed = Time::max();
  Ticket last = 0;

  void arm();
  void finish(Ticket ticket, Outcome outcome);
  void give_up_late_ones();
};

// The steady clock is CLOCK_MONOTONIC, and so is the timer.
void SystemTransport::Core::arm() {
  const Time wanted = deadlines.empty() ? Time::max() : deadlines.begin()->first;
  // A timer that rings too early costs one idle turn; setting it for each command would cost more.
  if (wanted >= armed) return;
  armed = wanted;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wanted);
  itimerspec spec{};
  spec.it_value.tv_sec = static_cast<time_t>(seconds.count());
  spec.it_value.tv_nsec = static_cast<long>((wanted - seconds).count());
  (void)::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void SystemTransport::Core::finish(Ticket ticket, Outcome outcome) {
  auto found = waiting.find(ticket);
  if (found == waiting.end()) return;
  Completion done = std::move(found->second.done);
  deadlines.erase({found->second.deadline, ticket});
  waiting.erase(found);
  done(std::move(outcome));
}

void SystemTransport::Core::give_up_late_ones() {
  const Time now = monotonic_now();
  while (!deadlines.empty() && deadlines.begin()->first <= now) {
    const Ticket ticket = deadlines.begin()->second;
    const Waiting& late = waiting.at(ticket);
    late.job->given_up = true;
    const bool started = late.job->started;
    finish(ticket, std::unexpected(TransportError{
                       TransportError::Kind::timed_out, started,
                       fmt::format("drive {} did not answer in time{}", late.drive.text(),
                                   started ? "" : "; the command waited behind others that hang and was not sent")}));
  }
}

SystemTransport::SystemTransport(std::unique_ptr<Core> core) : core_(std::move(core)) {}

SystemTransport::~SystemTransport() {
  for (auto& [id, lane] : core_->lanes) lane->stop();
}

Result<std::unique_ptr<SystemTransport>> SystemTransport::make(SystemTransportOptions options) {
  auto core = std::make_unique<Core>();
  if (!options.open)
    options.open = [vendors = options.nvme_vendors](const DrivePath& path) { return open_node(path, vendors); };
  core->options = std::move(options);
  core->poll = Fd(::epoll_create1(EPOLL_CLOEXEC));
  core->timer = Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  Fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!core->poll || !core->timer || !event) return fail_errno("making descriptors to wait for drives with", errno);
  core->completions = std::make_shared<Completions>(std::move(event));
  for (int fd : {core->timer.get(), core->completions->fd()}) {
    epoll_event interest{.events = EPOLLIN, .data = {.fd = fd}};
    if (::epoll_ctl(core->poll.get(), EPOLL_CTL_ADD, fd, &interest) != 0)
      return fail_errno("waiting for drives", errno);
  }
  return std::unique_ptr<SystemTransport>(new SystemTransport(std::move(core)));
}

void SystemTransport::set_paths(const std::vector<DrivePath>& paths) {
  std::map<DriveId, std::vector<DrivePath>> by_drive;
  for (const DrivePath& path : paths) by_drive[path.drive].push_back(path);
  for (auto& [id, lane] : core_->lanes)
    if (!by_drive.contains(id)) lane->set_paths({});
  for (auto& [id, of_drive] : by_drive) {
    auto& lane = core_->lanes[id];
    if (!lane)
      lane = std::make_shared<Lane>(id, core_->options.workers_per_drive, core_->options.open, core_->completions);
    lane->set_paths(std::move(of_drive));
  }
}

std::vector<DriveId> SystemTransport::drives() const {
  std::vector<DriveId> out;
  for (const auto& [id, lane] : core_->lanes) out.push_back(id);
  return out;
}

Transport::Ticket SystemTransport::submit(const DriveId& drive, Command command, Time timeout, Completion done) {
  const Ticket ticket = ++core_->last;
  auto job = std::make_shared<Job>();
  job->ticket = ticket;
  job->command = std::move(command);
  const Time deadline = monotonic_now() + timeout;
  core_->waiting.emplace(ticket, Core::Waiting{std::move(done), job, deadline, drive});
  core_->deadlines.emplace(deadline, ticket);
  core_->arm();
  if (auto lane = core_->lanes.find(drive); lane != core_->lanes.end()) {
    lane->second->push(std::move(job));
  } else {
    core_->completions->push(
        ticket, std::unexpected(TransportError{TransportError::Kind::unknown_drive, false,
                                               fmt::format("no path to a drive {} is known", drive.text())}));
  }
  return ticket;
}

void SystemTransport::forget(Ticket ticket) {
  auto found = core_->waiting.find(ticket);
  if (found == core_->waiting.end()) return;
  found->second.job->given_up = true;
  core_->deadlines.erase({found->second.deadline, ticket});
  core_->waiting.erase(found);
}

int SystemTransport::ready_fd() const { return core_->poll.get(); }

void SystemTransport::dispatch() {
  std::uint64_t rang;
  if (monotonic_now() >= core_->armed && ::read(core_->timer.get(), &rang, sizeof rang) == sizeof rang)
    core_->armed = Time::max();
  for (auto& [ticket, outcome] : core_->completions->take()) core_->finish(ticket, std::move(outcome));
  core_->give_up_late_ones();
  core_->arm();
}

Outcome ask(Transport& transport, const DriveId& drive, Command command, Time timeout) {
  CHECK(transport.ready_fd() >= 0);
  std::optional<Outcome> got;
  transport.submit(drive, std::move(command), timeout, [&got](Outcome outcome) { got = std::move(outcome); });
  while (!got) {
    pollfd ready{.fd = transport.ready_fd(), .events = POLLIN, .revents = 0};
    (void)::poll(&ready, 1, -1);
    transport.dispatch();
  }
  return *std::move(got);
}

}  // namespace lvm::idm
