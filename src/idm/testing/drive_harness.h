// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "idm/drive.h"
#include "idm/testing/drive_text.h"
#include "idm/transport.h"

namespace lvm::idm::testing {

// Two drives behind some transport, so that the same tests can ask all of them.
class DriveHarness {
 public:
  virtual ~DriveHarness() = default;
  virtual Transport& transport() = 0;
  virtual std::vector<DriveId> drives() const = 0;  // two
  // Completes what is under way until `done()`.
  virtual void run_until(const std::function<bool()>& done) = 0;
  // The drives' clocks go on by that much, and hardly at all otherwise.
  virtual void wait(Time duration) = 0;

  Outcome ask(Command command, std::size_t drive = 0);
  // Both drives forget all mutexes.
  void reset();
};

// In this process: straight to the drive, on virtual time.
std::unique_ptr<DriveHarness> make_in_process_harness();
// The transport for real drives, with nodes that speak SCSI or NVMe to emulated drives; the machine's time.
std::unique_ptr<DriveHarness> make_scsi_harness();
std::unique_ptr<DriveHarness> make_nvme_harness();
// Real SCSI disks made by idm-drive, through SG_IO and the kernel. Needs root in a guest; null when it cannot be
// had, with the reason in `why_not`.
std::unique_ptr<DriveHarness> make_kernel_harness(std::string& why_not);
// Real NVMe drives made by idm-drive, through the kernel's admin passthrough. Needs a kernel with nvme-tcp.
std::unique_ptr<DriveHarness> make_kernel_nvme_harness(std::string& why_not);

}  // namespace lvm::idm::testing
