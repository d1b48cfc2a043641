// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "idm/ids.h"
#include "idm/record.h"
#include "idm/timers.h"

// The words of the lock manager: what clients ask for and what they are told. docs/idm.md has the reasons.
namespace lvm::idm {

// The values are those of the C interface and of the socket protocol.
enum class Mode : std::uint8_t { unlocked = 0, exclusive = 1, shared = 2 };
std::string_view name(Mode mode);
constexpr LockClass class_of(Mode mode) { return mode == Mode::exclusive ? LockClass::exclusive : LockClass::shared; }

using SpaceId = std::uint64_t;
using RequestId = std::uint64_t;

// The drives that vote on a lock. nullopt is a member that has no device on this host, such as a missing PV:
// it counts, and its vote is always absent.
using DriveSet = std::vector<std::optional<DriveId>>;

// Which drives vote. Two sets while the drives of a lock change: both must agree then. All hosts must use the same
// placement; the generation (the VG's sequence number) says which one a holder had.
struct Placement {
  std::uint64_t generation = 0;
  std::vector<DriveSet> sets;

  friend bool operator==(const Placement&, const Placement&) = default;
};

enum class Failure : std::uint8_t {
  none,
  invalid,         // the request itself is wrong: mode, no drives, no name
  exists,          // this client holds the lock already
  not_held,        // this client does not hold it
  contended,       // somebody else holds it: Answer::holder says who
  io,              // too few drives answered: nothing is known about other holders
  expired,         // the lease ended before it could be renewed: the lock is lost
  too_few_drives,  // fewer drives are present than a majority
  table_full,      // too few drives have room for another mutex
  fenced,          // the client's storage was lost; it must release everything first
  cancelled,       // the client went away, or asked
  not_found,       // a query that no drive could answer
};
std::string_view name(Failure failure);

// Who holds a lock, as the drives tell.
struct Holder {
  HostId host;
  std::string name;  // of the machine; empty when its lock manager does not say (Seagate's does not)
  Mode mode = Mode::unlocked;
  std::uint64_t since = 0;    // milliseconds since 1970, the holder's clock; 0: not said
  std::uint64_t renewed = 0;  // the same, of the last renewal
  bool expired = false;       // its lease has ended; it can be taken over
  bool given_back = false;    // nobody has it: this lock manager is giving it back, to drives that do not answer yet
  std::uint64_t generation = 0;
  std::uint32_t voters = 0;  // of its placement, see voters() in ownership.h; 0: not said

  friend bool operator==(const Holder&, const Holder&) = default;
};

// A lock value block as clients see it: seven bytes that drives keep and one that is always zero; all ones means
// "unknown: forget what you remember".
using LvbValue = std::array<std::uint8_t, 8>;
inline constexpr LvbValue kUnknownLvb{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

struct Answer {
  Failure failure = Failure::none;
  Mode mode = Mode::unlocked;           // of mode queries
  std::optional<Holder> holder;         // with `contended`, as far as known
  std::vector<Holder> holders;          // of holder queries
  int others = 0;                       // of count queries: live holders on other hosts
  bool self = false;                    // and whether this client holds it
  std::optional<LvbValue> lvb;          // of LVB reads
  std::size_t answered = 0, asked = 0;  // drives, for messages
};

// A lease is used for a part of its length only: the rest covers clocks that differ by up to 1 % each way, and
// the time it takes to stop. Parts are thousandths of the lease.
struct Rules {
  int usable = 970;     // the holder counts this much of a lease
  int renew = 83;       // between renewals
  int retry = 16;       // between attempts at a drive that fails
  int kill_path = 780;  // age of the last good renewal at which each stage of fencing begins
  int signal = 840;
  int sigkill = 880;
  int hopeless = 910;  // nothing helped: only a watchdog can
  // For the test of the simulation: count the lease from the answer, not from before the command. Unsafe.
  bool count_from_answer = false;
};

// What ends a client's use of its storage when its locks cannot be renewed, in this order. Empty: not wanted.
struct FencePlan {
  std::string path, arguments;  // a program that ends all use of the storage
  int signal = 0;               // for the client
  bool sigkill = false;         // then SIGKILL for the client
  bool watchdog = false;        // the machine is reset in time: its watchdog is fed only while leases are good
  std::int32_t process = 0;

  friend bool operator==(const FencePlan&, const FencePlan&) = default;
};
enum class FenceStage : std::uint8_t { none, kill_path, signal, sigkill, hopeless };
std::string_view name(FenceStage stage);

}  // namespace lvm::idm
