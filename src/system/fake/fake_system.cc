// SPDX-License-Identifier: LGPL-2.1-or-later
#include "system/fake/fake_system.h"

namespace lvm {
namespace {

std::unexpected<Error> no_such(const std::string& path) {
  return fail(Code::not_found, path + ": No such file or directory");
}

}  // namespace

void FakeClock::random_bytes(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random_());
}

Result<std::string> MemoryFiles::read(const std::string& path) {
  auto file = files_.find(path);
  if (file == files_.end()) return no_such(path);
  return file->second.content;
}

Result<std::vector<std::string>> MemoryFiles::list(const std::string& directory) {
  std::string prefix = directory + "/";
  std::vector<std::string> out;
  for (const auto& [path, file] : files_)
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos)
      out.push_back(path.substr(prefix.size()));
  if (out.empty() && !directories_.contains(directory)) return no_such(directory);
  return out;
}

Result<std::int64_t> MemoryFiles::modified(const std::string& path) {
  auto file = files_.find(path);
  if (file == files_.end()) return no_such(path);
  return file->second.modified;
}

Result<> MemoryFiles::replace(const std::string& path, std::string_view content, std::uint32_t mode) {
  if (failure_) return std::unexpected(*failure_);
  files_[path] = {std::string(content), mode, clock_.unix_seconds()};
  return {};
}

Result<> MemoryFiles::create_new(const std::string& path, std::string_view content, std::uint32_t mode) {
  if (files_.contains(path)) return fail(Code::exists, path + ": File exists");
  return replace(path, content, mode);
}

Result<> MemoryFiles::remove(const std::string& path) {
  if (failure_) return std::unexpected(*failure_);
  if (files_.erase(path) == 0) return no_such(path);
  return {};
}

Result<> MemoryFiles::make_directories(const std::string& path, std::uint32_t mode) {
  if (failure_) return std::unexpected(*failure_);
  directories_.try_emplace(path, mode);
  return {};
}

}  // namespace lvm
