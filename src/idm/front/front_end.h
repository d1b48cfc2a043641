// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <poll.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "idm/ids.h"
#include "idm/timers.h"

namespace lvm::idm::front {

// What an emulated drive says it is.
struct DriveFacts {
  DriveId id;
  std::string serial;            // at most 252 printable characters
  std::uint64_t blocks = 0;      // at least 1
  std::uint32_t block_size = 0;  // 512 or 4096

  Bytes size() const { return Bytes(blocks * block_size); }
};

// How initiators reach an emulated drive: SCSI by the kernel's target (idm/tcmu), NVMe over TCP (idm/nvme_tcp).
class FrontEnd {
 public:
  virtual ~FrontEnd() = default;

  // From now on commands come. True: taken over from a handler that had ended, with its disk.
  virtual Result<bool> open() = 0;
  // Shows the disk to this machine, and takes it away. The kernel sends commands meanwhile: somebody must serve them.
  virtual Result<> attach() = 0;
  virtual Result<> detach() = 0;
  // Behind the last command.
  virtual Result<> close() = 0;
  // Where other machines find it, e.g. "192.0.2.1:4420 nqn...."; empty when the kernel has to export it.
  virtual std::string address() const { return {}; }

  // Appends what it waits for, in the order that serve() gets it back with `revents`.
  virtual void watch(std::vector<pollfd>& out) const = 0;
  virtual Result<> serve(std::span<const pollfd> ready, Time now) = 0;
  // Sends the answers that have come together.
  virtual Result<> flush() = 0;
};

// Loads a module by modprobe. It may be built in, so what counts is what is there afterwards.
void load_module(const char* module);

}  // namespace lvm::idm::front
