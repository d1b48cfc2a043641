// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace lvm::lockd {

Core::Core(Executor& executor, std::vector<std::unique_ptr<Manager>> managers, CoreOptions options, Log log)
    : executor_(executor),
      managers_(std::move(managers)),
      options_(std::move(options)),
      log_(std::move(log)),
      global_kind_(options.global) {}

ClientId Core::connect() {
  clients_[++last_client_];
  return last_client_;
}

void Core::disconnect(ClientId client) {
  clients_.erase(client);
  start_failures_.erase(client);
  std::erase_if(start_waits_, [&](const Pending& pending) { return pending.client == client; });
  for (const auto& [name, space] : std::map(spaces_)) space->close(client);
}

void Core::submit(ClientId client, Request request, Answer answer) {
  if (auto found = clients_.find(client); found != clients_.end()) found->second = {request.process, request.command};
  Pending pending{std::move(request), client, std::move(answer), 0, Time{0}};
  switch (pending.request.op) {
    case Op::start: return start(std::move(pending));
    case Op::start_wait: return start_wait(std::move(pending));
    case Op::stop_all: return stop_all(std::move(pending));
    case Op::init:
      if (pending.request.resource == ResourceKind::lv) return init_lv(std::move(pending));
      return init_vg(std::move(pending));
    case Op::running_lm: return running_lm(std::move(pending));
    case Op::vg_status: return vg_status(std::move(pending));
    case Op::rename_final: return rename_final(std::move(pending));
    case Op::refresh_lv: return refresh_lv(std::move(pending));
    case Op::setlockargs_before:
    case Op::setlockargs_final: return reply(pending, -EPROTONOSUPPORT);
    case Op::lock:
      if (pending.request.resource == ResourceKind::global) return global_request(std::move(pending));
      return lockspace_request(std::move(pending));
    default: return lockspace_request(std::move(pending));
  }
}

void Core::advance() {
  ended_.clear();
  const Time now = executor_.now();
  std::list<std::pair<Time, std::function<void()>>> due;
  for (auto at = later_.begin(); at != later_.end();) {
    auto here = at++;
    if (here->first <= now) due.splice(due.end(), later_, here);
  }
  for (const auto& [when, action] : due) action();
  for (const auto& [name, space] : std::map(spaces_)) space->advance();
}

std::optional<Time> Core::next_due() const {
  std::optional<Time> out;
  for (const auto& [when, action] : later_)
    if (!out || when < *out) out = when;
  for (const auto& [name, space] : spaces_)
    if (auto due = space->next_due(); due && (!out || *due < *out)) out = due;
  return out;
}

Manager* Core::manager(ManagerKind kind) const {
  auto found = std::ranges::find_if(managers_, [&](const auto& each) { return each->kind() == kind; });
  return found == managers_.end() ? nullptr : found->get();
}

Core::SpacePtr Core::find(const std::string& name) const {
  auto found = spaces_.find(name);
  return found == spaces_.end() ? nullptr : found->second;
}

Core::SpacePtr Core::find_vg(const std::string& vg_name) const {
  for (const auto& [name, space] : spaces_)
    if (space->spec().vg_name == vg_name && !vg_name.empty()) return space;
  return nullptr;
}

bool Core::any_vg_space(ManagerKind kind) const {
  return std::ranges::any_of(spaces_, [&](const auto& each) {
    return !each.second->spec().vg_name.empty() && (kind == ManagerKind::none || each.second->kind() == kind);
  });
}

void Core::reply(const Pending& pending, int result) {
  Reply out;
  out.result = result;
  answer(pending, std::move(out));
}

// What a client can learn about the global lock goes with every answer that is about locks.
bool Core::answer(const Pending& pending, Reply reply) {
  const bool global = pending.request.resource == ResourceKind::global;
  if (reply.result == -EUNATCH) reply.result = -error::no_lockspace;
  if (reply.result == -error::no_lockspace) {
    if (!any_vg_space(ManagerKind::none)) reply.flags.emplace_back("NO_LOCKSPACES");
    if (!global_enabled_somewhere() && !find(std::string(kGlobalLockspace))) reply.flags.emplace_back("NO_GL_LS");
    if (global && global_removed_) reply.flags.emplace_back("WARN_GL_REMOVED");
  }
  const auto enabled = std::ranges::count_if(spaces_, [](const auto& each) { return each.second->has_global(); });
  if (global && enabled > 1) reply.flags.emplace_back("DUP_GL_LS");
  return pending.answer ? pending.answer(pending.request, reply) : true;
}

void Core::changed(Space& space) {
  adopt_changed_ = true;
  const bool was_global = space.has_global();
  if (space.state() == Space::State::ended) {
    if (space.start_result() != 0 && space.started_by() != 0)
      start_failures_[space.started_by()] = space.start_result();
    auto found = spaces_.find(space.spec().name);
    if (found != spaces_.end() && found->second.get() == &space) {
      ended_.push_back(found->second);  // it is still at work
      spaces_.erase(found);
    }
    const bool others = any_vg_space(ManagerKind::sanlock);
    if (was_global && others && !global_enabled_somewhere()) global_removed_ = true;
    stop_unused();
  } else if (was_global) {
    global_removed_ = false;
  }
  settle();
}

// The global lockspace of dlm and idm goes with the last VG's.
void Core::stop_unused() {
  if (any_vg_space(ManagerKind::none)) return;
  if (auto global = find(std::string(kGlobalLockspace)); global && global->state() == Space::State::running) {
    Pending stop;
    stop.request.op = Op::stop;
    global->submit(std::move(stop));
  }
  if (spaces_.empty()) global_kind_ = options_.global;
}

bool Core::may_end() const { return !any_vg_space(ManagerKind::none); }

std::string Core::info() const {
  std::string out = fmt::format("info=structs clients={} lockspaces={}\n", clients_.size(), spaces_.size());
  for (const auto& [id, client] : clients_)
    out += fmt::format("info=client pid={} fd=0 pi=0 id={} name={}\n", client.first, id,
                       client.second.empty() ? "." : client.second);
  for (const auto& [name, space] : spaces_) out += space->info();
  return out;
}

// Requests of one VG's lockspace.
void Core::lockspace_request(Pending pending) {
  const Request& request = pending.request;
  SpacePtr space = find_vg(request.vg_name);
  if (!space) return reply(pending, -error::no_lockspace);
  if (request.manager != ManagerKind::none && request.manager != space->kind()) return reply(pending, -EINVAL);
  if (space->starting()) return reply(pending, -error::starting);
  if ((request.op == Op::enable || request.op == Op::disable) && space->kind() != ManagerKind::sanlock)
    return reply(pending, -EPROTONOSUPPORT);
  if (request.op == Op::enable && global_enabled_somewhere() && !space->has_global()) return reply(pending, -EEXIST);
  space->submit(std::move(pending));
}

}  // namespace lvm::lockd
