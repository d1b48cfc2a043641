// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "idm/drive.h"
#include "idm/timers.h"
#include "idm/transport.h"

namespace lvm::idm {

// One path from a host to an emulated drive. May be changed at any time; what is under way is hit too.
struct Link {
  static constexpr std::uint32_t kCertain = 1'000'000;
  Time request_latency{0}, reply_latency{0};
  Time jitter{0};                  // up to this much more, each way
  bool cut = false;                // the host sees that the path is dead: an error at once, or `lost` when under way
  bool silent = false;             // nothing passes and nobody says so
  std::uint32_t lose_request = 0;  // in a million
  std::uint32_t lose_reply = 0;    // in a million
};

// A host's transport to emulated drives, on the events of one loop: with VirtualTimers, deterministic. Several
// hosts have one each, to the same drives. `timers` is the world's time, not the host's: drives and links run on
// it. What was sent arrives and runs even when its host has forgotten it, timed out or died since.
class InProcessTransport final : public Transport {
 public:
  InProcessTransport(Timers& timers, std::uint64_t seed);
  ~InProcessTransport() override;

  // Adds a path; the result stays valid as long as the transport. Paths are tried in the order of adding.
  Link& add_path(const DriveId& id, std::shared_ptr<Drive> drive);
  // A host that stands still: completions wait until it runs again.
  void set_paused(bool paused);
  // Requests whose completion was neither called nor forgotten.
  std::size_t under_way() const;

  Ticket submit(const DriveId& drive, Command command, Time timeout, Completion done) override;
  void forget(Ticket ticket) override;
  int ready_fd() const override { return -1; }
  void dispatch() override {}

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace lvm::idm
