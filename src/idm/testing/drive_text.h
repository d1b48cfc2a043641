// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "idm/drive.h"

// The state of one mutex as a line, and operations as words, so that tests can be tables.
//   "none"          no record
//   "free A"        an unlocked record, last held by host A
//   "ex A", "ex A!" held exclusively; ! means that the lease ended
//   "sh A B! C"     shared
// An operation is "try ex", "refresh sh", "unlock ex", "break ex", "destroy".
namespace lvm::idm::testing {

inline constexpr std::uint64_t kLease = 5000;  // milliseconds
inline constexpr Time kLeaseTime = std::chrono::milliseconds(kLease);

// Hosts are letters, mutexes digits.
HostId host(char letter);
LockId lock(char digit = '1');
MutexCommand command(std::string_view words, char host_letter, char lock_digit = '1', std::uint64_t lease = kLease);

// Brings a new drive's mutex '1' to `state`, at time 0 to the result.
Time prepare(Drive& drive, std::string_view state);
std::string describe(Drive& drive, Time now, char lock_digit = '1');

}  // namespace lvm::idm::testing
