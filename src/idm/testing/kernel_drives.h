// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "idm/system/paths.h"

namespace lvm::idm::testing {

// Runs the program idm-drive that was built with these tests: what it prints, or its complaint.
Result<std::string> idm_drive(const std::vector<std::string>& words);

// A running emulated drive over a file in /tmp, stopped by its end.
class KernelDrive {
 public:
  // `options` as of idm-drive start: `--nvme` for an NVMe drive.
  static Result<KernelDrive> start(const std::string& name, std::vector<std::string> options = {});
  KernelDrive(KernelDrive&& other) noexcept;
  KernelDrive& operator=(KernelDrive&&) = delete;
  ~KernelDrive();

  const std::string& name() const { return name_; }
  const DrivePath& path() const { return path_; }  // its first
  Result<> set(const std::string& fault, const std::string& value) const;

 private:
  KernelDrive() = default;
  std::string name_, file_;
  DrivePath path_;
};

}  // namespace lvm::idm::testing
