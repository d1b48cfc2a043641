// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "idm/command.h"
#include "idm/timers.h"

namespace lvm::idm {

// The command did not come back with a drive's answer. It says nothing about the lock. What a lock manager must
// know is whether the drive may have run the command all the same: then the lock's state is unknown until the
// table is read or the operation is repeated.
struct TransportError {
  enum class Kind : std::uint8_t {
    unknown_drive,  // no path to such a drive is known
    no_path,        // every path failed before the drive had the command
    unsupported,    // the drive does not know in-drive mutexes: no vendor command was sent
    timed_out,      // no answer in time
    lost,           // the path failed after the command was sent
    malformed,      // an answer that makes no sense: bad sense data, broken record, short transfer
    permission,     // the device node may not be used
  };
  Kind kind = Kind::no_path;
  bool may_have_run = false;
  std::string text;  // a sentence that names the path and the drive
};
std::string_view name(TransportError::Kind kind);

using Outcome = std::expected<Reply, TransportError>;

// One host's way to its drives. Asynchronous: submit() returns at once, the completion is called later from
// dispatch() (or from the event loop of a simulation), exactly once, never from within submit(). One thread
// calls all of it. Commands to one drive may overtake each other: whoever needs an order waits for the answer.
class Transport {
 public:
  using Completion = std::move_only_function<void(Outcome)>;
  using Ticket = std::uint64_t;

  virtual ~Transport() = default;

  // `timeout` counts from now and covers path fail-over. The completion comes not much later than that,
  // whatever the drive does; a command given up on may still run in the drive.
  virtual Ticket submit(const DriveId& drive, Command command, Time timeout, Completion done) = 0;

  // The completion will not be called. The command may still run in the drive.
  virtual void forget(Ticket ticket) = 0;

  // Readable (poll, epoll) when completions wait for dispatch(); -1 where an event loop calls them.
  virtual int ready_fd() const = 0;
  virtual void dispatch() = 0;
};

inline constexpr Time kCommandTimeout = std::chrono::seconds(15);

}  // namespace lvm::idm
