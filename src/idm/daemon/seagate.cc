// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests of Seagate's protocol.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "idm/daemon/service.h"

namespace lvm::idm {
namespace {

using wire::Verb;

constexpr Time kContentionWait = std::chrono::seconds(5);
constexpr Time kNoEnd = std::chrono::hours(1);  // a lease without an end: renewed, and over when nobody renews it
constexpr std::int32_t kShortest = 1000;
// Below this a client has no time to obey a signal before the next step.
constexpr std::int32_t kLongEnoughToKill = 20'000;

std::int32_t error_number(Failure failure) {
  switch (failure) {
    case Failure::none: return 0;
    case Failure::invalid: return -EINVAL;
    case Failure::exists: return -EBUSY;
    case Failure::io:
    case Failure::fenced: return -EIO;
    case Failure::expired: return -ETIME;
    case Failure::too_few_drives:
    case Failure::table_full: return -ENOMEM;
    case Failure::not_found: return -ENOENT;
    case Failure::contended:
    case Failure::not_held:
    case Failure::cancelled: return -1;
  }
  return -EINVAL;
}

}  // namespace

void Service::reply(ClientId id, std::int32_t result, std::span<const std::uint8_t> data) {
  Client& client = clients_.at(id);
  const auto bytes = wire::reply(static_cast<std::uint32_t>(client.command), result, data);
  client.output.append(bytes.begin(), bytes.end());
}

void Service::serve(ClientId id, const wire::Request& request) {
  Client& client = clients_.at(id);
  const Time now = timers_.now();
  switch (request.command) {
    case Verb::version: return serve_version(id, request);
    case Verb::add_lockspace:
      if (client.space != 0) return reply(id, -EBUSY);
      client.space = manager_.open_space(fmt::format("pid{}", client.process), new_host(client.process),
                                         {.watchdog = true, .process = client.process});
      return reply(id, 0);
    case Verb::inject_fault:
      if (request.number < 0 || request.number > 100) return reply(id, -EINVAL);
      inject_percent_ = request.number;
      return reply(id, 0);
    default: break;
  }
  if (client.space == 0) return reply(id, -EINVAL);
  switch (request.command) {
    case Verb::acquire:
    case Verb::host_count:
    case Verb::mode: return serve_drives(id, request);
    case Verb::release: return manager_.release(now, begin(id), client.space, request.lock);
    case Verb::convert:
      if (request.mode != 1 && request.mode != 2) return reply(id, -EINVAL);
      return manager_.convert(now, begin(id), client.space, request.lock, static_cast<Mode>(request.mode));
    case Verb::write_lvb: return manager_.write_lvb(begin(id), client.space, request.lock, request.lvb);
    case Verb::read_lvb: return manager_.read_lvb(now, begin(id), client.space, request.lock);
    default: return serve_space(id, request);
  }
}

void Service::serve_space(ClientId id, const wire::Request& request) {
  Client& client = clients_.at(id);
  FencePlan& plan = manager_.plan_of(client.space);
  switch (request.command) {
    case Verb::del_lockspace:
      manager_.close_space(timers_.now(), client.space);
      client.space = 0;
      break;
    case Verb::set_signal:
      if (request.number <= 0 || request.number > 64) return reply(id, -EINVAL);
      plan.signal = request.number;
      break;
    case Verb::set_killpath:
      if (request.path.empty() || request.path[0] != '/') return reply(id, -EINVAL);
      plan.path = request.path;
      plan.arguments = request.arguments;
      break;
    case Verb::set_host_id:
      for (const Manager::SpaceView& space : manager_.spaces())
        if (space.id != client.space && space.host == request.host) return reply(id, -EBUSY);
      manager_.set_host(client.space, request.host);
      break;
    case Verb::stop_renew: manager_.set_renewing(timers_.now(), client.space, false); break;
    case Verb::start_renew: manager_.set_renewing(timers_.now(), client.space, true); break;
    default: return reply(id, -EINVAL);
  }
  reply(id, 0);
}

void Service::serve_drives(ClientId id, const wire::Request& request) {
  Client& client = clients_.at(id);
  const auto placement = place(request.drives);
  const Time now = timers_.now();
  if (request.command != Verb::acquire)
    return manager_.query(now, begin(id), client.space,
                          request.command == Verb::mode ? Query::Kind::mode : Query::Kind::count, request.lock,
                          *placement);
  if (request.mode != 1 && request.mode != 2) return reply(id, -EINVAL);
  if (request.timeout != -1 && request.timeout < kShortest) return reply(id, -EINVAL);
  FencePlan& plan = manager_.plan_of(client.space);
  if (plan.signal != 0 && (request.timeout == -1 || request.timeout >= kLongEnoughToKill)) plan.sigkill = true;
  const Time lease = request.timeout == -1 ? kNoEnd : Time(std::chrono::milliseconds(request.timeout));
  manager_.acquire(now, begin(id), client.space, request.lock, static_cast<Mode>(request.mode), *placement, lease,
                   kContentionWait);
}

void Service::serve_version(ClientId id, const wire::Request& request) {
  if (request.drives.size() != 1) return reply(id, -EINVAL);
  const auto drives = resolver_.drives_below(request.drives[0]);
  if (!drives || drives->size() != 1) return reply(id, -EINVAL);
  const RequestId number = begin(id);
  transport_.submit((*drives)[0], Probe{}, kCommandTimeout, [this, number](const Outcome& outcome) {
    auto found = pending_.find(number);
    if (found == pending_.end()) return;
    const ClientId client = found->second;
    pending_.erase(found);
    clients_.at(client).pending = 0;
    if (!outcome)
      reply(client, -EIO);
    else
      reply(client, 0, std::array{outcome->version.major, outcome->version.minor});
    advance(client);
  });
}

void Service::answer_seagate(ClientId id, const Answer& answer) {
  const auto number = [](int value) {
    std::array<std::uint8_t, 4> out;
    std::memcpy(out.data(), &value, sizeof value);
    return out;
  };
  const std::int32_t result = error_number(answer.failure);
  if (result != 0) return reply(id, result);
  switch (clients_.at(id).command) {
    case Verb::read_lvb: return answer.lvb ? reply(id, 0, *answer.lvb) : reply(id, -EIO);
    case Verb::mode: return reply(id, 0, number(static_cast<int>(answer.mode)));
    case Verb::host_count: {
      std::array<std::uint8_t, 8> both;
      std::ranges::copy(number(answer.others), both.begin());
      std::ranges::copy(number(answer.self ? 1 : 0), both.begin() + 4);
      return reply(id, 0, both);
    }
    default: return reply(id, 0);
  }
}

}  // namespace lvm::idm
