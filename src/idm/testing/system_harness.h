// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <poll.h>

#include "idm/system/system_transport.h"
#include "idm/testing/drive_harness.h"

namespace lvm::idm::testing {

// The transport for real drives. Its drives have a clock that stands still but for wait(): a slow machine changes
// nothing.
class SystemHarness : public DriveHarness {
 public:
  SystemHarness(SystemTransportOptions options, const std::vector<DrivePath>& paths) {
    transport_ = SystemTransport::make(std::move(options)).value();
    transport_->set_paths(paths);
  }
  Transport& transport() override { return *transport_; }
  std::vector<DriveId> drives() const override { return transport_->drives(); }
  void run_until(const std::function<bool()>& done) override {
    while (!done()) {
      pollfd ready{.fd = transport_->ready_fd(), .events = POLLIN, .revents = 0};
      (void)::poll(&ready, 1, -1);
      transport_->dispatch();
    }
  }

 private:
  std::unique_ptr<SystemTransport> transport_;
};

}  // namespace lvm::idm::testing
