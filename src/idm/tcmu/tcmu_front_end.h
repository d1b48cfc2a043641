// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "idm/front/front_end.h"
#include "idm/front/mutex_queue.h"
#include "idm/tcmu/ring.h"
#include "idm/tcmu/scsi_disk.h"
#include "idm/tcmu/target.h"

namespace lvm::idm::tcmu {

// The kernel's target asks this program: a SCSI disk of this machine, or a backstore to export.
class TcmuFrontEnd final : public front::FrontEnd {
 public:
  // `name`: see Target::Options.
  TcmuFrontEnd(const std::string& name, const front::DriveFacts& facts, front::Backing backing,
               front::MutexQueue& mutexes);

  Result<bool> open() override;
  Result<> attach() override { return target_.attach_loop(); }
  Result<> detach() override { return target_.remove_loop(); }
  Result<> close() override { return target_.remove_backstore(); }
  void watch(std::vector<pollfd>& out) const override { out.push_back({ring_->fd(), POLLIN, 0}); }
  Result<> serve(std::span<const pollfd> ready, Time now) override;
  Result<> flush() override { return ring_->flush(); }

 private:
  void start(Ring::Command&& command, Time now);

  std::string name_;
  front::MutexQueue& mutexes_;
  ScsiDisk disk_;
  Target target_;
  std::unique_ptr<Ring> ring_;
};

}  // namespace lvm::idm::tcmu
