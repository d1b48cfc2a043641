// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.h"

namespace lvm {
namespace {

Result<> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t done = ::write(fd, content.data(), content.size());
    if (done < 0) {
      if (errno == EINTR) continue;
      return fail_errno(path + ": write failed", errno);
    }
    content.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

std::string directory_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> sync_directory(const std::string& path) {
  Fd directory(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return fail_errno(directory_of(path) + ": sync failed", errno);
  return {};
}

// A synced temporary file beside `path`; the caller gives it its name.
Result<std::string> write_temporary(const std::string& path, std::string_view content, std::uint32_t mode) {
  std::string temporary = directory_of(path) + "/.lvm_XXXXXX";
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail_errno(temporary + ": create failed", errno);
  auto written = write_all(fd.get(), content, temporary);
  if (written && (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0))
    written = fail_errno(temporary + ": sync failed", errno);
  if (!written) {
    ::unlink(temporary.c_str());
    return std::unexpected(written.error());
  }
  return temporary;
}

}  // namespace

Result<std::string> SystemFiles::read(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(path + ": open failed", errno);
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(path + ": stat failed", errno);
  if (S_ISDIR(status.st_mode)) return fail_errno(path + ": read failed", EISDIR);
  // None of LVM's files is that large; one that is would only cost memory.
  constexpr off_t kMost = off_t{1} << 30;
  if (status.st_size > kMost) return fail(Code::corrupt, path + ": larger than 1 GiB: not read");
  std::string out;
  out.reserve(static_cast<std::size_t>(status.st_size) + 1);
  char buffer[65536];
  for (;;) {
    ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(path + ": read failed", errno);
    if (got == 0) return out;
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& directory) {
  DIR* open = ::opendir(directory.c_str());
  if (!open) return fail_errno(directory + ": open failed", errno);
  std::vector<std::string> out;
  while (dirent* entry = ::readdir(open)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") out.emplace_back(name);
  }
  ::closedir(open);
  return out;
}

Result<std::int64_t> SystemFiles::modified(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return fail_errno(path + ": stat failed", errno);
  return static_cast<std::int64_t>(status.st_mtime);
}

Result<> SystemFiles::replace(const std::string& path, std::string_view content, std::uint32_t mode) {
  std::string temporary = TRY(write_temporary(path, content, mode));
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    int error = errno;
    ::unlink(temporary.c_str());
    return fail_errno(path + ": rename failed", error);
  }
  return sync_directory(path);
}

Result<> SystemFiles::create_new(const std::string& path, std::string_view content, std::uint32_t mode) {
  std::string temporary = TRY(write_temporary(path, content, mode));
  int linked = ::link(temporary.c_str(), path.c_str());
  int error = errno;
  ::unlink(temporary.c_str());
  if (linked != 0) return fail_errno(path + ": create failed", error);
  return sync_directory(path);
}

Result<> SystemFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return fail_errno(path + ": remove failed", errno);
  return {};
}

Result<> SystemFiles::make_directories(const std::string& path, std::uint32_t mode) {
  // Mostly all are there.
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  // Backups are root's alone; the directory that they share with lvm.conf is not.
  constexpr mode_t kParentMode = 0755;
  std::string partial;
  for (std::size_t at = 0; at != std::string::npos;) {
    at = path.find('/', at + 1);
    partial = path.substr(0, at);
    if (::mkdir(partial.c_str(), at == std::string::npos ? mode : kParentMode) != 0 && errno != EEXIST)
      return fail_errno(partial + ": create failed", errno);
  }
  return {};
}

}  // namespace lvm
