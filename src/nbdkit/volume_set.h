// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "dm/user/block.h"

namespace lvm::nbdkit {

// The volumes on some images, opened by an embedded engine in this process: no daemon and no run directory. The
// images are locked against other engines and QEMU as long as a volume on them is open. Calls may come from any
// thread.
class VolumeSet {
 public:
  // Reads the metadata of all VGs. `devices` as --devices has them; `read_only`: images are opened for reading.
  static Result<std::unique_ptr<VolumeSet>> open(std::vector<std::string> devices, bool read_only);
  virtual ~VolumeSet() = default;

  // "vg/lv" of every visible volume.
  virtual std::vector<std::string> names() = 0;
  // The volume's data. The first open activates it.
  virtual Result<std::unique_ptr<dm::user::Block>> open_volume(const std::string& name, bool writable) = 0;
};

}  // namespace lvm::nbdkit
