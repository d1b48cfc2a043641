// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "idm/ids.h"

namespace lvm::idm::tcmu {

// The kernel's side of an emulated drive, in its configfs (/sys/kernel/config/target): the backstore
// core/user_0/NAME and, when this machine is to see the disk, a loopback target with it.
class Target {
 public:
  struct Options {
    std::string name;  // see emulator/options.h
    DriveId id;
    Bytes size;
    std::uint32_t block_size = 512;
  };

  // "tcm-user/0/NAME/CONFIG" is the name of the user-space I/O device.
  static constexpr const char* kConfig = "lvmpp-idm";

  explicit Target(Options options) : options_(std::move(options)) {}

  // Loads the modules, makes the backstore and enables it. A backstore that an earlier handler left behind is
  // taken over: true.
  Result<bool> make_backstore();
  // Shows the disk to this machine. The kernel asks the drive for its identity meanwhile: somebody must answer.
  Result<> attach_loop();
  // Takes both away again. The kernel may write out its cache: somebody must answer.
  Result<> remove_loop();
  Result<> remove_backstore();

 private:
  std::string backstore() const;
  std::string loop() const;

  Options options_;
};

}  // namespace lvm::idm::tcmu
