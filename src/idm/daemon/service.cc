// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/daemon/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::idm {
namespace {

// A line of our protocol names at most two sets of 512 drives.
constexpr std::size_t kMostText = 256 * 1024;

}  // namespace

Service::Service(Transport& transport, Timers& timers, Resolver& resolver, Machine& machine, const Rules& rules,
                 std::string host_name)
    : transport_(transport),
      timers_(timers),
      resolver_(resolver),
      machine_(machine),
      manager_(*this, rules, host_name),
      host_name_(std::move(host_name)) {
  for (std::size_t i = 0; i < instance_.size(); i += 8) {
    const std::uint64_t number = machine_.random();
    std::memcpy(&instance_[i], &number, 8);
  }
}

Service::~Service() {
  timers_.cancel(armed_);
  for (const auto& [number, ticket] : under_way_) transport_.forget(ticket);
}

// Every client is an owner of its own to the drives, two connections of one process too.
HostId Service::new_host(std::int32_t process) {
  HostId out = HostId::make(process, instance_);
  ++hosts_made_;
  for (std::size_t i = 0; i < 4; ++i) out.bytes[4 + i] = static_cast<std::uint8_t>(hosts_made_ >> (8 * i));
  return out;
}

Service::ClientId Service::connect(Protocol protocol, std::int32_t process) {
  clients_[++last_client_] = {.protocol = protocol, .process = process};
  return last_client_;
}

void Service::receive(ClientId id, std::span<const std::uint8_t> bytes) {
  Client& client = clients_.at(id);
  if (client.hang_up) return;
  client.input.insert(client.input.end(), bytes.begin(), bytes.end());
  advance(id);
}

// One request at a time: the next is looked at when the last is answered.
void Service::advance(ClientId id) {
  for (;;) {
    Client& client = clients_.at(id);
    if (client.hang_up || client.pending != 0) return;
    if (client.protocol == Protocol::seagate) {
      wire::Parsed parsed = wire::parse(client.input);
      if (parsed.what == wire::Parsed::What::incomplete) return;
      if (parsed.what == wire::Parsed::What::bad) {
        machine_.say(fmt::format("client {}: {}; the connection is closed", client.process, parsed.reason));
        const auto bytes = wire::reply(parsed.command, -EINVAL);
        client.output.append(bytes.begin(), bytes.end());
        client.hang_up = true;
        return;
      }
      client.input.erase(client.input.begin(), client.input.begin() + static_cast<std::ptrdiff_t>(parsed.used));
      client.command = parsed.request.command;
      serve(id, parsed.request);
    } else {
      const auto end = std::ranges::find(client.input, std::uint8_t{'\n'});
      if (end == client.input.end()) {
        if (client.input.size() > kMostText) {
          reply_text(id, "error invalid the line is too long");
          client.hang_up = true;
        }
        return;
      }
      const std::string line(client.input.begin(), end);
      client.input.erase(client.input.begin(), end + 1);
      serve_line(id, line);
    }
    arm();
  }
}

void Service::disconnect(ClientId id) {
  const Client& client = clients_.at(id);
  pending_.erase(client.pending);
  if (client.space != 0 && manager_.known(client.space)) manager_.orphan_space(timers_.now(), client.space);
  clients_.erase(id);
  arm();
}

RequestId Service::begin(ClientId id) {
  clients_.at(id).pending = ++last_request_;
  pending_[last_request_] = id;
  return last_request_;
}

void Service::adopt(const std::vector<JournalEntry>& entries) {
  for (const JournalEntry& entry : entries) manager_.adopt(timers_.now(), entry);
  arm();
}

void Service::arm() {
  const Time wake = manager_.wake();
  if (wake == armed_at_) return;
  timers_.cancel(armed_);
  armed_ = 0;
  armed_at_ = wake;
  if (wake == Time::max()) return;
  armed_ = timers_.at(std::max(wake, timers_.now()), [this] {
    armed_ = 0;
    armed_at_ = Time::max();
    manager_.tick(timers_.now());
    arm();
  });
}

// As Seagate's lock manager chooses them: by the drive's place in the lock's list.
bool Service::injected(std::size_t index) const {
  const auto p = static_cast<std::size_t>(inject_percent_);
  if (p == 0) return false;
  if (p >= 100) return true;
  if (p <= 50) return index % ((100 + p / 2) / p) == 0;
  return index % ((100 + (100 - p) / 2) / (100 - p)) != 0;
}

void Service::send(const CommandTicket& ticket, const DriveId& drive, Command command) {
  const std::uint64_t number = ++last_command_;
  const auto arrived = [this, ticket, number](Outcome outcome) {
    under_way_.erase(number);
    if (!outcome && (outcome.error().kind == TransportError::Kind::no_path ||
                     outcome.error().kind == TransportError::Kind::unknown_drive))
      resolver_.look_again();
    manager_.answered(timers_.now(), ticket, outcome);
    arm();
  };
  if (injected(ticket.member)) {
    timers_.after(Time{0}, [arrived] {
      arrived(std::unexpected(TransportError{TransportError::Kind::no_path, false, "an injected fault"}));
    });
    return;
  }
  under_way_[number] = transport_.submit(drive, std::move(command), kCommandTimeout, arrived);
}

void Service::answer(RequestId request, const Answer& answer) {
  auto found = pending_.find(request);
  if (found == pending_.end()) return;
  const ClientId id = found->second;
  pending_.erase(found);
  clients_.at(id).pending = 0;
  if (clients_.at(id).protocol == Protocol::seagate)
    answer_seagate(id, answer);
  else
    answer_text(id, answer);
  // The manager is in the middle of something: a request that waits behind this one has its turn later.
  if (!clients_.at(id).input.empty())
    timers_.after(Time{0}, [this, id] {
      if (clients_.contains(id)) advance(id);
    });
}

void Service::fence(SpaceId, const std::string& name, FenceStage stage, const FencePlan& plan) {
  machine_.fence(name, stage, plan);
}

// Every drive below every path once; a path that leads to none is an absent vote.
Result<Placement> Service::place(const std::vector<std::string>& paths) {
  Placement out{.generation = 0, .sets = {DriveSet{}}};
  for (const std::string& path : paths) {
    auto drives = resolver_.drives_below(path);
    if (!drives || drives->empty()) {
      machine_.say(fmt::format("{}: no drive: it counts as an absent vote{}", path,
                               drives ? "" : fmt::format(" ({})", drives.error().text())));
      out.sets[0].emplace_back();
      continue;
    }
    for (DriveId& drive : *drives)
      if (std::ranges::find(out.sets[0], drive) == out.sets[0].end()) out.sets[0].emplace_back(std::move(drive));
  }
  return out;
}

}  // namespace lvm::idm
