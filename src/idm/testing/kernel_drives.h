// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "idm/system/paths.h"
#include "idm/system/system_transport.h"

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

// A test with one drive and a way to it.
class KernelDriveFixture : public ::testing::Test {
 protected:
  void start(const std::string& name, std::vector<std::string> options = {});
  void stop();
  Outcome run(Command what);
  const KernelDrive& drive() const { return *drive_; }
  SystemTransport& transport() { return *transport_; }
  std::string disk() const { return "/dev/" + drive_->path().name; }

 private:
  std::optional<KernelDrive> drive_;
  std::unique_ptr<SystemTransport> transport_;
};

}  // namespace lvm::idm::testing
