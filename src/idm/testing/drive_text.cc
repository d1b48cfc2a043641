// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/testing/drive_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/result.h"

namespace lvm::idm::testing {

HostId host(char letter) {
  HostId id;
  id.bytes[0] = static_cast<std::uint8_t>(letter);
  id.bytes[31] = 0x77;
  return id;
}

LockId lock(char digit) {
  LockId id;
  id.bytes[0] = static_cast<std::uint8_t>(digit);
  id.bytes[63] = 0x99;
  return id;
}

MutexCommand command(std::string_view words, char host_letter, char lock_digit, std::uint64_t lease) {
  MutexCommand out;
  for (Operation operation :
       {Operation::try_lock, Operation::refresh, Operation::unlock, Operation::break_lock, Operation::destroy}) {
    std::string_view first = words.substr(0, words.find(' '));
    if (first == "try") first = "try-lock";
    if (first == name(operation)) out.operation = operation;
  }
  out.record.lock_class = words.ends_with("sh") ? LockClass::shared : LockClass::exclusive;
  out.record.countdown = lease;
  out.record.lock = lock(lock_digit);
  out.record.host = host(host_letter);
  return out;
}

Time prepare(Drive& drive, std::string_view state) {
  if (state == "none") return Time{0};
  const std::string_view kind = state.substr(0, state.find(' '));
  const char* lock_words = kind == "sh" ? "try sh" : "try ex";
  // All lock at 0; those that must live on renew when the others' leases have ended.
  std::vector<char> live;
  for (std::size_t at = kind.size() + 1; at < state.size(); ++at) {
    if (state[at] == ' ' || state[at] == '!') continue;
    CHECK(drive.execute(command(lock_words, state[at]), Time{0}).status == Status::good);
    if (at + 1 >= state.size() || state[at + 1] != '!') live.push_back(state[at]);
  }
  const Time now = kLeaseTime + std::chrono::milliseconds(1);
  for (char letter : live) {
    const char* words = kind == "free" ? "unlock ex" : kind == "sh" ? "refresh sh" : "refresh ex";
    CHECK(drive.execute(command(words, letter), now).status == Status::good);
  }
  CHECK(describe(drive, now) == state);
  return now;
}

std::string describe(Drive& drive, Time now, char lock_digit) {
  std::vector<std::string> owners;
  std::string kind = "none";
  for (const Record& record : drive.records(now)) {
    if (record.lock != lock(lock_digit)) continue;
    kind = record.state == State::unlocked ? "free" : record.lock_class == LockClass::exclusive ? "ex" : "sh";
    owners.push_back(
        fmt::format("{}{}", static_cast<char>(record.host.bytes[0]), record.state == State::timed_out ? "!" : ""));
  }
  std::ranges::sort(owners);
  return owners.empty() ? kind : fmt::format("{} {}", kind, fmt::join(owners, " "));
}

}  // namespace lvm::idm::testing
