// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/front/mutex_queue.h"

#include <algorithm>
#include <utility>

namespace lvm::idm::front {
namespace {

// How long a command without an answer stays: longer than the patience of any initiator (SCSI 30 s, NVMe 15 s), which
// then gives up by itself. Without any answer its place in the kernel's ring would be lost for ever.
constexpr Time kLostFor = std::chrono::seconds(60);

}  // namespace

void MutexQueue::take(std::unique_ptr<MutexRequest> request, Time now, std::uint64_t key) {
  Waiting waiting{key, std::move(request), drive_.next_fate()};
  switch (waiting.fate) {
    case Drive::Fate::refused: return waiting.request->refuse();
    case Drive::Fate::busy: return waiting.request->busy();
    case Drive::Fate::lost_request:
      waiting.ran = true;  // all that is left is an answer nobody gets
      waiting_.emplace(now + kLostFor, std::move(waiting));
      return;
    default: break;
  }
  if (drive_.faults.delay == Time{0}) return run(std::move(waiting), now);
  waiting_.emplace(now + drive_.faults.delay, std::move(waiting));
}

void MutexQueue::run(Waiting waiting, Time now) {
  waiting.request->run(drive_, now);
  waiting.ran = true;
  if (waiting.fate == Drive::Fate::nonsense) waiting.request->spoil();
  const Time wait = waiting.fate == Drive::Fate::lost_reply ? kLostFor : drive_.faults.reply_delay;
  if (wait == Time{0}) return waiting.request->answer();
  waiting_.emplace(now + wait, std::move(waiting));
}

void MutexQueue::give_up(std::uint64_t key) {
  std::erase_if(waiting_, [&](const auto& entry) {
    if (entry.second.key != key) return false;
    entry.second.request->answer();
    return true;
  });
}

std::optional<Time> MutexQueue::run_due(Time now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    Waiting waiting = std::move(waiting_.extract(waiting_.begin()).mapped());
    waiting.ran ? waiting.request->answer() : run(std::move(waiting), now);
  }
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first - now;
}

}  // namespace lvm::idm::front
