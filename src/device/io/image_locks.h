// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "base/fd.h"
#include "device/io.h"

namespace lvm::device {

// Who may change an image file, among programs and users, by open file description locks (fcntl(2)):
//
// - The bytes of a PV (the whole file, or the partition) are locked by an embedded engine that has volumes on it
//   active. QEMU locks bytes 100 to 263 of an image it runs on, and honours such locks.
// - A command that changes metadata holds one byte far behind the end of any file, from before it reads until it is
//   done: commands come one after the other, whatever lock directory their users have. It does not lock the PV's
//   bytes, which an engine must be able to lock at its word, but goes on only while nobody else has them.
class ImageLocks {
 public:
  // `is_ours` tells whether the engine of this user has volumes on the image active. Waits for other commands for
  // `patience_seconds`, then Code::busy.
  ImageLocks(std::function<bool(const Device&)> is_ours, int patience_seconds)
      : is_ours_(std::move(is_ours)), patience_seconds_(patience_seconds) {}

  // Held as long as this object lives.
  Result<> claim(const Device& device);
  // True when anyone, this user's engine included, has locked bytes of the PV.
  static Result<bool> in_use(const Device& device);

 private:
  std::function<bool(const Device&)> is_ours_;
  int patience_seconds_;
  std::map<std::string, Fd> held_;  // by file
};

}  // namespace lvm::device
