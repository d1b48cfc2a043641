// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lvm {

// Small text files of the host: archives, backups, hints, profiles. A seam, so that crash tests can cut
// at each file operation. Every error names the path.
class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::string> read(const std::string& path) = 0;
  // Names, in no order.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  // Seconds since 1970.
  virtual Result<std::int64_t> modified(const std::string& path) = 0;
  // Writes a temporary file beside `path`, syncs it, renames it over `path`, syncs the directory.
  virtual Result<> replace(const std::string& path, std::string_view content, std::uint32_t mode) = 0;
  // The same, but never over an existing file: Code::exists then.
  virtual Result<> create_new(const std::string& path, std::string_view content, std::uint32_t mode) = 0;
  virtual Result<> remove(const std::string& path) = 0;
  virtual Result<> make_directories(const std::string& path, std::uint32_t mode) = 0;
};

class SystemFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<std::int64_t> modified(const std::string& path) override;
  Result<> replace(const std::string& path, std::string_view content, std::uint32_t mode) override;
  Result<> create_new(const std::string& path, std::string_view content, std::uint32_t mode) override;
  Result<> remove(const std::string& path) override;
  Result<> make_directories(const std::string& path, std::uint32_t mode) override;
};

}  // namespace lvm
