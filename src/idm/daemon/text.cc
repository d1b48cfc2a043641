// SPDX-License-Identifier: LGPL-2.1-or-later
// Our own protocol: lines of text, for what Seagate's cannot say. A request is one line, "verb key=value ..."; the
// reply is a line "ok ..." or "error CODE TEXT", more lines, and an empty one. docs/idm.md lists the verbs.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "idm/daemon/service.h"

namespace lvm::idm {
namespace {

constexpr std::string_view kVersion = "1";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return out;
}

std::uint64_t number_or(const std::map<std::string, std::string, std::less<>>& words, std::string_view key,
                        std::uint64_t otherwise) {
  const auto found = words.find(key);
  return found == words.end() ? otherwise : number(found->second).value_or(otherwise);
}

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(by), text.size());
    if (end != 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::optional<LockId> lock_of(std::string_view hex) {
  const auto bytes = parse_hex(hex);
  if (!bytes || bytes->size() != LockId::kLength) return std::nullopt;
  LockId out;
  std::ranges::copy(*bytes, out.bytes.begin());
  return out;
}

// A name in a line of words: what could end it is replaced.
std::string word(std::string_view text) {
  std::string out;
  for (char c : text) out += c > ' ' && c < 0x7F ? c : '?';
  return out;
}

std::string_view state_name(Lock::State state) {
  switch (state) {
    case Lock::State::claiming: return "claiming";
    case Lock::State::backing_off: return "waiting";
    case Lock::State::adopting: return "adopting";
    case Lock::State::held: return "held";
    case Lock::State::lost: return "lost";
    case Lock::State::releasing: return "releasing";
    case Lock::State::gone: return "gone";
  }
  return "unknown";
}

std::string holder_words(const Holder& holder) {
  return fmt::format("host={} name={} mode={} since={} renewed={} expired={} given_back={} generation={} voters={}",
                     holder.host.hex(), word(holder.name), name(holder.mode), holder.since, holder.renewed,
                     holder.expired ? 1 : 0, holder.given_back ? 1 : 0, holder.generation, holder.voters);
}

std::string failure_text(const Answer& answer) {
  switch (answer.failure) {
    case Failure::contended:
      if (!answer.holder) return "another host holds it";
      return fmt::format("held by {} ({}) since {}",
                         answer.holder->name.empty() ? "a host without a name" : answer.holder->name,
                         name(answer.holder->mode), answer.holder->since);
    case Failure::io: return "too few drives answered; it says nothing about other hosts";
    case Failure::expired: return "the lease ended before it could be renewed; the lock is lost: stop using it, unlock";
    case Failure::too_few_drives: return "fewer drives are present than a majority";
    case Failure::table_full: return "too few drives have room for another mutex";
    case Failure::fenced: return "leases could not be renewed: all locks must be unlocked first";
    case Failure::exists: return "this client holds it, or waits for it, already";
    case Failure::not_held: return "this client does not hold it";
    case Failure::not_found: return "no drive answered";
    default: return "the request is wrong";
  }
}

}  // namespace

void Service::reply_text(ClientId id, std::string_view first, std::string_view rest) {
  std::string& out = clients_.at(id).output;
  out += first;
  out += '\n';
  out += rest;
  out += '\n';
}

void Service::serve_line(ClientId id, std::string_view line) {
  Client& client = clients_.at(id);
  const std::vector<std::string> parts = split(line, ' ');
  if (parts.empty()) return reply_text(id, "error invalid an empty line");
  Words words;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t at = parts[i].find('=');
    if (at == std::string::npos)
      words[""] = parts[i];
    else
      words[parts[i].substr(0, at)] = parts[i].substr(at + 1);
  }
  client.verb = parts[0];
  if (parts[0] == "hello") {
    client.greeted = words[""] == kVersion;
    if (client.greeted) return reply_text(id, "ok idmlockd 1");
    client.hang_up = true;
    return reply_text(id, "error version this lock manager speaks version 1");
  }
  if (!client.greeted) {
    client.hang_up = true;
    return reply_text(id, "error version the first line must be: hello 1");
  }
  std::string rest;
  if (parts[0] == "state") {
    say_state(rest);
    return reply_text(id, "ok", rest);
  }
  if (parts[0] == "drives") {
    say_drives(rest);
    return reply_text(id, "ok", rest);
  }
  if (parts[0] == "inject") {
    const auto percent = number(words["percent"]);
    if (!percent || *percent > 100) return reply_text(id, "error invalid percent is 0 to 100");
    inject_percent_ = static_cast<std::int32_t>(*percent);
    return reply_text(id, "ok");
  }
  if (parts[0] == "open") return open_named(id, words);
  serve_lock_verb(id, parts[0], words);
}

void Service::open_named(ClientId id, const Words& words) {
  Client& client = clients_.at(id);
  const auto text = [&](std::string_view key) {
    auto found = words.find(key);
    return found == words.end() ? std::string() : found->second;
  };
  if (client.space != 0) return reply_text(id, "error exists this connection has a space");
  FencePlan plan{.path = text("path"), .arguments = text("args"), .process = client.process};
  plan.signal = static_cast<int>(std::min<std::uint64_t>(number_or(words, "signal", 0), 64));
  plan.sigkill = number_or(words, "sigkill", 0) != 0;
  plan.watchdog = number_or(words, "watchdog", 1) != 0;
  if (text("name").empty() || (!plan.path.empty() && plan.path[0] != '/'))
    return reply_text(id, "error invalid a space has a name, and a path begins with /");
  client.space = manager_.open_space(text("name"), new_host(client.process), plan);
  reply_text(id, "ok");
}

Result<Placement> Service::placement_of(const Words& words) {
  Placement out{.generation = number_or(words, "generation", 0)};
  for (std::string_view key : {"drives", "next"}) {
    auto found = words.find(key);
    if (found == words.end()) continue;
    DriveSet& set = out.sets.emplace_back();
    for (const std::string& item : split(found->second, ',')) {
      if (auto drive = DriveId::parse(item)) {
        set.emplace_back(std::move(*drive));
      } else if (item == "-") {
        set.emplace_back();
      } else {
        auto below = TRY(place({item}));
        for (auto& voter : below.sets[0]) set.push_back(std::move(voter));
      }
    }
  }
  return out;
}

void Service::serve_lock_verb(ClientId id, const std::string& verb, const Words& words) {
  Client& client = clients_.at(id);
  const Time now = timers_.now();
  const auto found = words.find("id");
  const auto lock = found == words.end() ? std::nullopt : lock_of(found->second);
  const auto mode_word = words.find("mode");
  const Mode mode = mode_word == words.end()           ? Mode::unlocked
                    : mode_word->second == "exclusive" ? Mode::exclusive
                    : mode_word->second == "shared"    ? Mode::shared
                                                       : Mode::unlocked;
  const Time wait = std::chrono::milliseconds(std::min<std::uint64_t>(number_or(words, "wait", 0), 86'400'000));
  const Time lease = std::chrono::milliseconds(std::min<std::uint64_t>(number_or(words, "lease", 60'000), 3'600'000));
  auto placement = placement_of(words);
  if (!placement) return reply_text(id, fmt::format("error invalid {}", placement.error().text()));
  if (verb == "close") {
    if (client.space != 0) manager_.close_space(now, client.space);
    client.space = 0;
    return reply_text(id, "ok");
  }
  if (!lock) return reply_text(id, "error invalid a lock's id is 128 hexadecimal digits: id=...");
  if (client.space == 0)
    client.space = manager_.open_space(fmt::format("pid{}", client.process), new_host(client.process),
                                       {.process = client.process});
  if (verb == "lock") {
    if (lease < std::chrono::seconds(1)) return reply_text(id, "error invalid a lease is at least 1000 ms");
    return manager_.acquire(now, begin(id), client.space, *lock, mode, *placement, lease, wait);
  }
  if (verb == "unlock") return manager_.release(now, begin(id), client.space, *lock);
  if (verb == "convert") return manager_.convert(now, begin(id), client.space, *lock, mode);
  if (verb == "place") return manager_.place(now, begin(id), client.space, *lock, *placement, wait);
  if (verb == "read") return manager_.read_lvb(now, begin(id), client.space, *lock);
  if (verb == "holders") return manager_.query(now, begin(id), client.space, Query::Kind::holders, *lock, *placement);
  if (verb == "write") {
    const auto value = words.find("value");
    const auto bytes = value == words.end() ? std::nullopt : parse_hex(value->second);
    if (!bytes || bytes->size() != 8) return reply_text(id, "error invalid a value is 16 hexadecimal digits");
    LvbValue lvb;
    std::ranges::copy(*bytes, lvb.begin());
    return manager_.write_lvb(begin(id), client.space, *lock, lvb);
  }
  reply_text(id, fmt::format("error invalid there is no verb {}", word(verb)));
}

void Service::answer_text(ClientId id, const Answer& answer) {
  if (answer.failure != Failure::none) {
    std::string rest;
    if (answer.holder) rest = "holder " + holder_words(*answer.holder) + "\n";
    return reply_text(id, fmt::format("error {} {}", name(answer.failure), failure_text(answer)), rest);
  }
  const std::string& verb = clients_.at(id).verb;
  if (verb == "read" && answer.lvb) return reply_text(id, "ok value=" + hex_text(*answer.lvb));
  if (verb == "holders") {
    std::string rest;
    for (const Holder& holder : answer.holders) rest += "holder " + holder_words(holder) + "\n";
    return reply_text(id, fmt::format("ok answered={} asked={}", answer.answered, answer.asked), rest);
  }
  reply_text(id, "ok");
}

namespace {

// As in a request: " on=LIST" and, while the drives change, " next=LIST".
std::string placement_words(const Placement& placement) {
  std::string out;
  for (std::size_t i = 0; i < placement.sets.size() && i < 2; ++i) {
    out += i == 0 ? " on=" : " next=";
    for (const auto& drive : placement.sets[i])
      out += (out.back() == '=' ? "" : ",") + (drive ? drive->text() : std::string("-"));
  }
  return out;
}

}  // namespace

void Service::say_state(std::string& out) {
  const Time now = timers_.now();
  const auto milliseconds = [](Time time) { return time / std::chrono::milliseconds(1); };
  std::map<SpaceId, std::pair<std::string, int>> names;  // and whether it has no client
  for (const Manager::SpaceView& space : manager_.spaces()) {
    names[space.id] = {space.name, space.orphan ? 1 : 0};
    out += fmt::format("space name={} process={} host={} orphan={} fenced={} stage={} locks={}\n", word(space.name),
                       space.plan.process, space.host.hex(), space.orphan ? 1 : 0, space.fenced ? 1 : 0,
                       name(space.stage), space.locks);
  }
  for (const Lock* lock : manager_.locks()) {
    const bool counts = lock->state() == Lock::State::held;
    out += fmt::format(
        "lock id={} space={} name={} orphan={} mode={} state={} lease={} renewed={} left={} generation={} drives={} "
        "spare={}{}\n",
        lock->id().hex(), lock->space(), word(names[lock->space()].first), names[lock->space()].second,
        name(lock->mode()), state_name(lock->state()), milliseconds(lock->setup().lease),
        counts ? milliseconds(now - lock->base()) : -1, counts ? milliseconds(lock->deadline() - now) : 0,
        lock->setup().placement.generation, lock->drives().size(), lock->spare(now),
        placement_words(lock->setup().placement));
  }
}

void Service::say_drives(std::string& out) {
  struct Sum {
    std::size_t held = 0, busy = 0;
    std::uint64_t errors = 0;
  };
  std::map<DriveId, Sum> sums;
  for (const Lock* lock : manager_.locks())
    for (const Lock::DriveView& drive : lock->drives()) {
      Sum& sum = sums[*drive.drive];
      sum.held += drive.held;
      sum.busy += drive.busy;
      sum.errors += drive.errors;
    }
  for (const auto& [drive, sum] : sums)
    out += fmt::format("drive id={} held={} busy={} errors={}\n", drive.text(), sum.held, sum.busy, sum.errors);
}

}  // namespace lvm::idm
