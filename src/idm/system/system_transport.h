// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "idm/nvme/codec.h"
#include "idm/system/node.h"
#include "idm/transport.h"

namespace lvm::idm {

struct SystemTransportOptions {
  // Commands that one drive works on at a time; a drive that hangs blocks no other.
  std::size_t workers_per_drive = 4;
  std::vector<std::uint16_t> nvme_vendors = {nvme::kVendorSeagate};
  std::function<OpenedNode(const DrivePath&)> open;  // for tests; open_node() when empty
};

// The machine's drives. Threads wait in the kernel, a few per drive and only while it has work, because no
// interface of the kernel promises to submit a command to a dead drive without waiting. A drive is probed before
// the first vendor command goes to it. When a path fails before the drive had the command, or the command may be
// repeated, the drive's other paths are tried.
class SystemTransport final : public Transport {
 public:
  static Result<std::unique_ptr<SystemTransport>> make(SystemTransportOptions options = {});
  // Does not wait for commands that are under way: their threads end by themselves.
  ~SystemTransport() override;

  // All paths there are now, as SystemPaths::list() finds them. A path that was known stays open.
  void set_paths(const std::vector<DrivePath>& paths);
  std::vector<DriveId> drives() const;

  Ticket submit(const DriveId& drive, Command command, Time timeout, Completion done) override;
  void forget(Ticket ticket) override;
  int ready_fd() const override;
  void dispatch() override;

 private:
  struct Core;
  explicit SystemTransport(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

// Waits for the answer. Completions of other commands are called meanwhile.
Outcome ask(Transport& transport, const DriveId& drive, Command command, Time timeout = kCommandTimeout);

}  // namespace lvm::idm
