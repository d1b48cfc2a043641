// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/control_node.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/files.h"
#include "dm/text.h"

namespace lvm::dm {
namespace {

constexpr unsigned kMiscMajor = 10;

// The minor of "device-mapper" in /proc/misc: nullopt when the driver is not loaded.
std::optional<unsigned> misc_minor() {
  auto text = SystemFiles().read("/proc/misc");
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  while (!rest.empty()) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    while (line.starts_with(' ')) line.remove_prefix(1);
    auto blank = line.find(' ');
    if (blank == std::string_view::npos || line.substr(blank + 1) != "device-mapper") continue;
    if (auto minor = parse_number(line.substr(0, blank))) return static_cast<unsigned>(*minor);
  }
  return std::nullopt;
}

std::unexpected<Error> fail_open(const std::string& path, int error_number) {
  if (error_number == EACCES || error_number == EPERM)
    return fail(Code::permission,
                fmt::format("{}: open failed: {}. The device-mapper needs root.", path, std::strerror(error_number)));
  if (error_number == ENOENT || error_number == ENODEV || error_number == ENXIO)
    return fail(Code::unsupported, fmt::format("{}: open failed: {}. Is device-mapper driver missing from kernel?",
                                               path, std::strerror(error_number)));
  return fail(Code::io, fmt::format("{}: open failed: {}. Failure to communicate with kernel device-mapper driver.",
                                    path, std::strerror(error_number)));
}

// Errors show when the node is opened next.
void make_node(const std::string& directory, const std::string& path, unsigned minor) {
  ::mkdir(directory.c_str(), 0755);
  ::mknod(path.c_str(), S_IFCHR | 0600, makedev(kMiscMajor, minor));
}

}  // namespace

Result<Fd> open_control_node(const std::string& directory) {
  auto path = directory + "/control";
  Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (fd) return fd;
  int error_number = errno;
  // A node without a driver (ENODEV), or no node at all.
  if (error_number != ENOENT && error_number != ENODEV && error_number != ENXIO) return fail_open(path, error_number);
  auto minor = misc_minor();
  if (!minor && ::geteuid() == 0 && load_module("dm-mod")) minor = misc_minor();
  if (!minor) return fail_open(path, error_number);
  fd = Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd && errno == ENOENT) {
    make_node(directory, path, *minor);
    fd = Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  }
  if (!fd) return fail_open(path, errno);
  return fd;
}

bool load_module(const std::string& module) {
  const char* program = nullptr;
  for (const char* path : {"/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe"})
    if (::access(path, X_OK) == 0) {
      program = path;
      break;
    }
  if (program == nullptr) return false;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int fd : {0, 1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  std::string name = module, command = "modprobe", quiet = "-q";
  char* arguments[] = {command.data(), quiet.data(), name.data(), nullptr};
  char path_variable[] = "PATH=/sbin:/usr/sbin:/bin:/usr/bin";
  char* environment[] = {path_variable, nullptr};
  pid_t child = 0;
  int error_number = ::posix_spawn(&child, program, &actions, nullptr, arguments, environment);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error_number != 0) return false;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace lvm::dm
