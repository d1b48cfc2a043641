// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lockd/core.h"
#include "lockd/managers/memory/cluster.h"

namespace lvm::lockd::testing {

// Virtual time for any number of hosts: a lock manager's call takes `latency`.
class VirtualExecutor final : public Executor {
 public:
  Time now() override { return now_; }
  void run(const std::string& queue, std::function<void()> job, std::function<void()> done) override {
    Time& free_at = queues_[queue];
    free_at = std::max(free_at, now_) + latency;
    events_.emplace(std::pair(free_at, ++count_), [job = std::move(job), done = std::move(done)] {
      job();
      done();
    });
  }
  // Runs the earliest event at or before `until`.
  bool step(Time until) {
    if (events_.empty() || events_.begin()->first.first > until) {
      now_ = std::max(now_, until);
      return false;
    }
    auto event = events_.extract(events_.begin());
    now_ = std::max(now_, event.key().first);
    event.mapped()();
    return true;
  }
  Time latency{2};

 private:
  Time now_{0};
  std::uint64_t count_ = 0;
  std::map<std::string, Time> queues_;
  std::map<std::pair<Time, std::uint64_t>, std::function<void()>> events_;
};

// A host with its daemon, and the clients a test plays.
class Host {
 public:
  Host(VirtualExecutor& executor, std::shared_ptr<Cluster> cluster, Cluster::Host id,
       std::vector<ManagerKind> kinds = {ManagerKind::dlm, ManagerKind::sanlock, ManagerKind::idm},
       CoreOptions options = {})
      : executor_(executor) {
    options.host_id = id;
    std::vector<std::unique_ptr<Manager>> managers;
    for (ManagerKind kind : kinds) managers.push_back(std::make_unique<MemoryManager>(kind, cluster, id));
    core = std::make_unique<Core>(executor, std::move(managers), std::move(options),
                                  [this](const std::string& line) { log.push_back(line); });
  }

  // Sends; the reply is there after enough time.
  std::shared_ptr<std::optional<Reply>> send(ClientId client, Request request) {
    auto out = std::make_shared<std::optional<Reply>>();
    core->submit(client, std::move(request), [this, client, out](const Request&, const Reply& reply) {
      *out = reply;
      return client == 0 || core->client_alive(client);
    });
    return out;
  }

  void run(Time duration = Time{100}) {
    const Time until = executor_.now() + duration;
    for (;;) {
      const Time due = std::min(core->next_due().value_or(until), until);
      if (executor_.step(due)) continue;
      core->advance();
      if (executor_.now() >= until) return;
    }
  }

  // The whole exchange. No answer within the time is -ETIMEDOUT.
  int ask(ClientId client, Request request, Time within = Time{10'000}) {
    auto reply = send(client, std::move(request));
    const Time until = executor_.now() + within;
    while (!*reply && executor_.now() < until) run(Time{50});
    return *reply ? (*reply)->result : -110;
  }

  std::unique_ptr<Core> core;
  std::vector<std::string> log;

 private:
  VirtualExecutor& executor_;
};

inline Request start_vg(ManagerKind kind, std::string vg) {
  Request out;
  out.op = Op::start;
  out.resource = ResourceKind::vg;
  out.manager = kind;
  out.vg_uuid = "uuid-of-" + vg;
  out.vg_name = std::move(vg);
  out.options.wait = true;
  return out;
}
inline Request vg_op(Op op, std::string vg) {
  Request out;
  out.op = op;
  out.resource = ResourceKind::vg;
  out.vg_name = std::move(vg);
  return out;
}
inline Request lock_vg(std::string vg, Mode mode) {
  Request out = vg_op(Op::lock, std::move(vg));
  out.mode = mode;
  return out;
}
inline Request lock_gl(Mode mode, ManagerKind kind = ManagerKind::none) {
  Request out;
  out.op = Op::lock;
  out.resource = ResourceKind::global;
  out.mode = mode;
  out.manager = kind;
  return out;
}
inline Request lock_lv(std::string vg, std::string lv, Mode mode, bool persistent = true) {
  Request out = vg_op(Op::lock, std::move(vg));
  out.resource = ResourceKind::lv;
  out.lv_uuid = std::move(lv);
  out.mode = mode;
  out.options.persistent = persistent;
  return out;
}

}  // namespace lvm::lockd::testing
