// SPDX-License-Identifier: LGPL-2.1-or-later
// lockd-bench: what an LV's lock costs through each lock manager, by the interface that lvmlockd uses. The lock
// manager's daemon runs; nobody else wants the lock.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "lockd/managers/managers.h"

namespace {

using namespace lvm::lockd;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kUsage =
    "Usage: lockd-bench sanlock|dlm|idm ROUNDS [DRIVE...]\n"
    "One line: microseconds of a lock, median and 99 %, and the same of a lock with its unlock.\n"
    "Where things are: LVMLOCKD_DEVICE_FOLDER, ILM_RUN_DIR, SANLOCK_RUN_DIR.\n";

int failed(std::string_view what, int result) {
  fmt::print(stderr, "lockd-bench: {}: {}\n", what, result);
  return 1;
}

double part(std::vector<Clock::duration>& times, double share) {
  std::ranges::sort(times);
  const auto at = static_cast<std::size_t>(share * static_cast<double>(times.size() - 1));
  return std::chrono::duration<double, std::micro>(times[at]).count();
}

int measure(Manager& manager, int rounds, const std::vector<std::string>& drives) {
  constexpr std::string_view kUuid = "111111-2222-3333-4444-5555-6666-777777";
  const InitResult vg = manager.init_vg({"bench", std::string(kLeaseVolume), {}, 0, false});
  if (vg.result != 0) return failed("init_vg", vg.result);
  const LockspaceSpec spec{lockspace_name(manager.kind(), "bench"), "bench", std::string(kUuid), vg.args, 1, drives, 1};
  auto space = manager.prepare(spec);
  if (!space) return failed("prepare", space.error());
  if (const JoinResult joined = (*space)->join({}); joined.result != 0) return failed("join", joined.result);
  const InitResult lv = manager.init_lv({"bench", vg.args, "lv", std::string(kUuid), {}});
  if (lv.result != 0) return failed("init_lv", lv.result);
  const ResourceId id{ResourceKind::lv, std::string(kUuid), lv.args, drives};
  std::vector<Clock::duration> locks, both;
  for (int i = -10; i < rounds; ++i) {  // some to warm up
    const auto start = Clock::now();
    const LockResult got = (*space)->lock(id, Mode::exclusive, {});
    const auto locked = Clock::now();
    if (got.result != 0) return failed("lock", got.result);
    if (const int result = (*space)->unlock(id, Mode::exclusive, {}); result != 0) return failed("unlock", result);
    if (i < 0) continue;
    locks.push_back(locked - start);
    both.push_back(Clock::now() - start);
  }
  (*space)->leave(false);
  fmt::print("{:.1f} {:.1f} {:.1f} {:.1f}\n", part(locks, 0.5), part(locks, 0.99), part(both, 0.5), part(both, 0.99));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  int rounds = 0;
  const ManagerKind kind = count > 2 ? manager_kind(words[1]) : ManagerKind::none;
  if (count > 2) std::from_chars(words[2], words[2] + std::string_view(words[2]).size(), rounds);
  if (kind == ManagerKind::none || rounds < 1) {
    fmt::print(stderr, "{}", kUsage);
    return 3;
  }
  ManagerOptions options;
  if (const char* folder = std::getenv("LVMLOCKD_DEVICE_FOLDER")) options.device_folder = folder;
  if (const char* folder = std::getenv("ILM_RUN_DIR")) options.idm_socket = std::string(folder) + "/idmlockd.sock";
  for (const auto& manager : real_managers(options))
    if (manager->kind() == kind) return measure(*manager, rounds, std::vector<std::string>(words + 3, words + count));
  fmt::print(stderr, "lockd-bench: this build does not have {}\n", words[1]);
  return 3;
}
