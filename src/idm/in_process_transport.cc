// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/in_process_transport.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "idm/random.h"

namespace lvm::idm {
namespace {

struct Path {
  std::shared_ptr<Drive> drive;
  std::shared_ptr<Link> link;
};

}  // namespace

// Outlives its transport as long as something it sent is under way: then nobody waits for the answers.
struct InProcessTransport::Core : std::enable_shared_from_this<Core> {
  // A command and how far it got on its present path. What it needs later is kept here, so that the timers' actions are
  // no larger than a pointer: simulations make a billion of them.
  struct Request {
    std::shared_ptr<Core> core;
    Ticket ticket = 0;
    DriveId id;
    Command command;
    std::size_t number = 0;  // of the path
    bool sent = false;       // it left the host and no answer said that it did not run
    Path path;
    Drive::Fate fate = Drive::Fate::normal;
    Outcome outcome;
  };
  using Shared = std::shared_ptr<Request>;

  Core(Timers& world, std::uint64_t seed) : timers(world), random(seed) {}

  template <void (Core::*step)(const Shared&)>
  Timers::Id later(Time duration, const Shared& request) {
    return timers.after(duration, [request] { (*request->core.*step)(request); });
  }
  Time one_way(Time latency, const Link& link) {
    return latency + Time(static_cast<Time::rep>(random.below(static_cast<std::uint64_t>(link.jitter.count()) + 1)));
  }
  bool lost(std::uint32_t millionths) { return millionths != 0 && random.below(Link::kCertain) < millionths; }

  // The stations of a request.
  void send(const Shared& request);
  void arrive(const Shared& request);
  void refused(const Shared& request);
  void run(const Shared& request);
  void reply(const Shared& request);
  void too_late(const Shared& request);

  void fail(const Request& request, TransportError::Kind kind, std::string text) {
    finish(request.ticket, std::unexpected(TransportError{kind, request.sent, std::move(text)}));
  }
  void finish(Ticket ticket, Outcome outcome);

  Timers& timers;
  Random random;
  std::map<DriveId, std::vector<Path>> drives;
  struct Waiting {
    Completion done;
    Timers::Id timeout = 0;
  };
  std::unordered_map<Ticket, Waiting> waiting;
  std::vector<std::pair<Ticket, Outcome>> held;  // while the host stands still
  Ticket last = 0;
  bool paused = false;
};

// On the request's path, or the first living one behind it.
void InProcessTransport::Core::send(const Shared& request) {
  auto found = drives.find(request->id);
  if (found == drives.end())
    return fail(*request, TransportError::Kind::unknown_drive,
                fmt::format("no path to a drive {} is known", request->id.text()));
  const std::vector<Path>& paths = found->second;
  while (request->number < paths.size() && paths[request->number].link->cut) ++request->number;
  if (request->number == paths.size())
    return fail(*request, TransportError::Kind::no_path, fmt::format("no path to drive {} works", request->id.text()));
  request->path = paths[request->number];
  request->sent = true;
  const Link& link = *request->path.link;
  if (link.silent || lost(link.lose_request)) return;
  later<&Core::arrive>(one_way(link.request_latency, link), request);
}

void InProcessTransport::Core::arrive(const Shared& request) {
  const Path& path = request->path;
  if (path.link->silent) return;
  if (path.link->cut)
    return fail(*request, TransportError::Kind::lost,
                fmt::format("the path to drive {} died under a command", request->id.text()));
  request->fate = path.drive->next_fate();
  switch (request->fate) {
    case Drive::Fate::lost_request: return;
    case Drive::Fate::refused: later<&Core::refused>(path.link->reply_latency, request); return;
    default:
      if (path.drive->faults.delay == Time{0}) return run(request);
      later<&Core::run>(path.drive->faults.delay, request);
  }
}

// This path says that the drive did not run it: another may.
void InProcessTransport::Core::refused(const Shared& request) {
  request->sent = false;
  ++request->number;
  send(request);
}

void InProcessTransport::Core::run(const Shared& request) {
  const Path& path = request->path;
  const Drive::Fate fate = request->fate;
  if (!path.drive->behaviour().supported)
    request->outcome = std::unexpected(TransportError{
        TransportError::Kind::unsupported, false, fmt::format("drive {} has no in-drive mutexes", request->id.text())});
  else if (fate == Drive::Fate::busy)
    request->outcome = Reply{.status = Status::busy};
  else
    request->outcome = path.drive->execute(request->command, timers.now());
  if (fate == Drive::Fate::nonsense)
    request->outcome = std::unexpected(TransportError{TransportError::Kind::malformed, true,
                                                      fmt::format("drive {} answered nonsense", request->id.text())});
  if (fate == Drive::Fate::lost_reply || path.link->silent || lost(path.link->lose_reply)) return;
  later<&Core::reply>(path.drive->faults.reply_delay + one_way(path.link->reply_latency, *path.link), request);
}

void InProcessTransport::Core::reply(const Shared& request) {
  const Link& link = *request->path.link;
  if (link.silent) return;
  if (link.cut)
    return fail(*request, TransportError::Kind::lost,
                fmt::format("the path to drive {} died under a command", request->id.text()));
  finish(request->ticket, std::move(request->outcome));
}

void InProcessTransport::Core::too_late(const Shared& request) {
  if (waiting.contains(request->ticket))
    fail(*request, TransportError::Kind::timed_out, fmt::format("drive {} did not answer in time", request->id.text()));
}

void InProcessTransport::Core::finish(Ticket ticket, Outcome outcome) {
  auto found = waiting.find(ticket);
  if (found == waiting.end()) return;
  if (paused) {
    held.emplace_back(ticket, std::move(outcome));
    return;
  }
  Completion done = std::move(found->second.done);
  timers.cancel(found->second.timeout);
  waiting.erase(found);
  done(std::move(outcome));
}

InProcessTransport::InProcessTransport(Timers& timers, std::uint64_t seed)
    : core_(std::make_shared<Core>(timers, seed)) {}

InProcessTransport::~InProcessTransport() { core_->waiting.clear(); }

Link& InProcessTransport::add_path(const DriveId& id, std::shared_ptr<Drive> drive) {
  std::vector<Path>& paths = core_->drives[id];
  paths.push_back({std::move(drive), std::make_shared<Link>()});
  return *paths.back().link;
}

void InProcessTransport::set_paused(bool paused) {
  core_->paused = paused;
  if (paused) return;
  // Through the loop: a completion may submit, forget or pause again.
  for (auto& held : std::exchange(core_->held, {}))
    core_->timers.after(Time{0}, [core = core_, answer = std::move(held)]() mutable {
      core->finish(answer.first, std::move(answer.second));
    });
}

std::size_t InProcessTransport::under_way() const { return core_->waiting.size(); }

Transport::Ticket InProcessTransport::submit(const DriveId& drive, Command command, Time timeout, Completion done) {
  const Ticket ticket = ++core_->last;
  const auto request = std::make_shared<Core::Request>(
      Core::Request{.core = core_, .ticket = ticket, .id = drive, .command = std::move(command)});
  // What fails at once may not be said from here.
  const auto found = core_->drives.find(drive);
  const bool leaves = found != core_->drives.end() && !found->second.empty() && !found->second.front().link->cut;
  core_->waiting.emplace(ticket, Core::Waiting{std::move(done), core_->later<&Core::too_late>(timeout, request)});
  if (leaves)
    core_->send(request);
  else
    core_->later<&Core::send>(Time{0}, request);
  return ticket;
}

void InProcessTransport::forget(Ticket ticket) { core_->waiting.erase(ticket); }

}  // namespace lvm::idm
