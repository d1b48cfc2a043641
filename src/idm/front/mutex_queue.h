// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "idm/drive.h"

namespace lvm::idm::front {

// A command for the mutexes of an emulated drive, whatever front end it came through.
class MutexRequest {
 public:
  virtual ~MutexRequest() = default;
  // The drive runs it; its answer is kept.
  virtual void run(Drive& drive, Time now) = 0;
  // The answer that is kept becomes one that means nothing.
  virtual void spoil() = 0;
  // Hands the answer over; an empty one when the command never ran.
  virtual void answer() = 0;
  // Instead of an answer: the drive is not ready, or too busy.
  virtual void refuse() = 0;
  virtual void busy() = 0;
};

// What becomes of them: the drive's faults (DriveFaults) lose, delay, refuse and spoil. One thread calls all of it.
class MutexQueue {
 public:
  explicit MutexQueue(Drive& drive) : drive_(drive) {}

  Drive& drive() { return drive_; }

  // `key`: for give_up(); need not be unique.
  void take(std::unique_ptr<MutexRequest> request, Time now, std::uint64_t key = 0);
  // The initiator does not wait any more: what has not run does not run, but is answered now.
  void give_up(std::uint64_t key);
  // What has waited long enough at `now`. Returns how long until the next one, nothing when none waits.
  std::optional<Time> run_due(Time now);

 private:
  struct Waiting {
    std::uint64_t key;
    std::unique_ptr<MutexRequest> request;
    Drive::Fate fate;
    bool ran = false;
  };

  void run(Waiting waiting, Time now);

  Drive& drive_;
  std::multimap<Time, Waiting> waiting_;
};

}  // namespace lvm::idm::front
