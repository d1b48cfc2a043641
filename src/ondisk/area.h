// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/units.h"

namespace lvm::ondisk {

// A stretch of a device. In PV headers a data area has size 0: it runs to the end of the device.
struct DiskArea {
  Bytes start, size;
  friend bool operator==(const DiskArea&, const DiskArea&) = default;

  // False when start + size does not fit 64 bits: never trust a length from a disk.
  bool fits() const { return start.n + size.n >= start.n; }
  Bytes end() const { return start + size; }
};

}  // namespace lvm::ondisk
