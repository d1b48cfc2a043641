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

// A command and how far it got on its present path.
struct Request {
  Transport::Ticket ticket = 0;
  DriveId id;
  Command command;
  std::size_t path = 0;
  bool sent = false;  // it left the host and no answer said that it did not run
};

}  // namespace

// Outlives its transport as long as something it sent is under way: then nobody waits for the answers.
struct InProcessTransport::Core : std::enable_shared_from_this<Core> {
  Core(Timers& world, std::uint64_t seed) : timers(world), random(seed) {}

  using Shared = std::shared_ptr<Request>;

  template <class Step>
  Timers::Id later(Time duration, Step step) {
    return timers.after(duration, [core = shared_from_this(), step = std::move(step)]() mutable { step(*core); });
  }
  Time one_way(Time latency, const Link& link) {
    return latency + Time(static_cast<Time::rep>(random.below(static_cast<std::uint64_t>(link.jitter.count()) + 1)));
  }
  bool lost(std::uint32_t millionths) { return millionths != 0 && random.below(Link::kCertain) < millionths; }

  void send(const Shared& request);
  void arrive(const Shared& request, const Path& path);
  void run(const Shared& request, const Path& path, Drive::Fate fate);
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
  while (request->path < paths.size() && paths[request->path].link->cut) ++request->path;
  if (request->path == paths.size())
    return fail(*request, TransportError::Kind::no_path, fmt::format("no path to drive {} works", request->id.text()));
  const Path path = paths[request->path];
  request->sent = true;
  if (path.link->silent || lost(path.link->lose_request)) return;
  later(one_way(path.link->request_latency, *path.link), [request, path](Core& core) { core.arrive(request, path); });
}

void InProcessTransport::Core::arrive(const Shared& request, const Path& path) {
  if (path.link->silent) return;
  const Drive::Fate fate = path.link->cut ? Drive::Fate::lost_request : path.drive->next_fate();
  if (fate == Drive::Fate::lost_request && path.link->cut)
    return fail(*request, TransportError::Kind::lost,
                fmt::format("the path to drive {} died under a command", request->id.text()));
  switch (fate) {
    case Drive::Fate::lost_request: return;
    case Drive::Fate::refused:
      // This path says that the drive did not run it: another may.
      later(path.link->reply_latency, [request](Core& core) {
        request->sent = false;
        ++request->path;
        core.send(request);
      });
      return;
    default: later(path.drive->faults.delay, [request, path, fate](Core& core) { core.run(request, path, fate); });
  }
}

void InProcessTransport::Core::run(const Shared& request, const Path& path, Drive::Fate fate) {
  Outcome outcome = Reply{.status = Status::busy};
  if (!path.drive->behaviour().supported)
    outcome = std::unexpected(TransportError{TransportError::Kind::unsupported, false,
                                             fmt::format("drive {} has no in-drive mutexes", request->id.text())});
  else if (fate != Drive::Fate::busy)
    outcome = path.drive->execute(request->command, timers.now());
  if (fate == Drive::Fate::nonsense)
    outcome = std::unexpected(TransportError{TransportError::Kind::malformed, true,
                                             fmt::format("drive {} answered nonsense", request->id.text())});
  if (fate == Drive::Fate::lost_reply || path.link->silent || lost(path.link->lose_reply)) return;
  later(path.drive->faults.reply_delay + one_way(path.link->reply_latency, *path.link),
        [request, path, outcome = std::move(outcome)](Core& core) mutable {
          if (path.link->silent) return;
          if (path.link->cut)
            return core.fail(*request, TransportError::Kind::lost,
                             fmt::format("the path to drive {} died under a command", request->id.text()));
          core.finish(request->ticket, std::move(outcome));
        });
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
    core_->later(Time{0}, [answer = std::move(held)](Core& core) mutable {
      core.finish(answer.first, std::move(answer.second));
    });
}

std::size_t InProcessTransport::under_way() const { return core_->waiting.size(); }

Transport::Ticket InProcessTransport::submit(const DriveId& drive, Command command, Time timeout, Completion done) {
  const Ticket ticket = ++core_->last;
  auto request = std::make_shared<Request>(Request{.ticket = ticket, .id = drive, .command = std::move(command)});
  core_->later(Time{0}, [request](Core& core) { core.send(request); });
  const Timers::Id at_last = core_->later(timeout, [request](Core& core) {
    if (core.waiting.contains(request->ticket))
      core.fail(*request, TransportError::Kind::timed_out,
                fmt::format("drive {} did not answer in time", request->id.text()));
  });
  core_->waiting.emplace(ticket, Core::Waiting{std::move(done), at_last});
  return ticket;
}

void InProcessTransport::forget(Ticket ticket) { core_->waiting.erase(ticket); }

}  // namespace lvm::idm
