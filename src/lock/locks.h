// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lvm::lock {

enum class Mode { shared, exclusive };

// What is locked. Order of taking: global, then VGs by name, then the devices file.
struct Key {
  enum class Kind { global, vg, devices_file } kind = Kind::global;
  std::string name;  // VG name or devices file name
};

// Releases on destruction.
class Guard {
 public:
  virtual ~Guard() = default;
};

// Who may touch what on this machine (lock/local) and among hosts (lock/client).
class Locks {
 public:
  virtual ~Locks() = default;
  // Waits (or fails with Code::busy when not waiting). SIGINT while waiting gives Code::interrupted.
  virtual Result<std::unique_ptr<Guard>> acquire(const Key& key, Mode mode) = 0;
};

}  // namespace lvm::lock
