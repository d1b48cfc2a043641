// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "idm/manager/lock.h"

namespace lvm::idm {

// A look at the tables of a lock's drives: who holds it, in which mode, and the value that stands there.
class Query {
 public:
  enum class Kind : std::uint8_t { count, mode, holders, lvb };

  Query(std::uint64_t serial, RequestId request, Kind kind, const LockId& lock, const HostId& self,
        const Placement& placement);

  void start(LockPort& port, Time now);
  void answered(LockPort& port, const CommandTicket& ticket, const Outcome& outcome);
  // Every drive has answered or failed, or it is too late for the rest.
  bool finished(Time now) const;
  Time deadline() const { return deadline_; }
  RequestId request() const { return request_; }
  Kind kind() const { return kind_; }
  const LockId& lock() const { return lock_; }
  std::uint64_t lock_serial = 0, tenure = 0;  // whose value is read, 0: nobody's; and in which tenure of his

  // `given_back`: the owners under whose ids this lock manager gives the lock back.
  Answer answer(std::span<const HostId> given_back) const;

 private:
  struct Seat {
    DriveId drive;
    bool busy = false, failed = false;
    std::uint32_t table_size = 64, sequence = 0;
    std::optional<std::vector<Record>> table;
  };
  // One of the placement's sets.
  struct Votes {
    std::size_t size = 0;
    std::vector<std::uint32_t> seats;
  };
  template <class Predicate>
  bool majorities(Predicate predicate) const;
  void read(LockPort& port, std::uint32_t index);
  void answer_mode(Answer& out) const;
  void answer_lvb(Answer& out) const;

  std::uint64_t serial_;
  RequestId request_;
  Kind kind_;
  LockId lock_;
  HostId self_;
  std::vector<Votes> sets_;
  std::size_t missing_ = 0;  // members without a device
  std::vector<Seat> seats_;
  Time deadline_{0};
};

}  // namespace lvm::idm
