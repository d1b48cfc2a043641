// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/system/small_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/fd.h"

namespace lvm::idm {

std::optional<std::string> read_small_file(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string out(4096, '\0');
  const ssize_t got = ::read(fd.get(), out.data(), out.size());
  if (got < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(got));
  return out;
}

Result<> write_small_file(const std::string& path, std::string_view content) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return fail_errno("opening " + path, errno);
  const ssize_t put = ::write(fd.get(), content.data(), content.size());
  if (put < 0) return fail_errno("writing to " + path, errno);
  if (static_cast<std::size_t>(put) != content.size()) return fail(Code::io, path + " took only a part");
  return {};
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (!dir) return fail_errno("reading " + path, errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::ranges::sort(names);
  return names;
}

}  // namespace lvm::idm
