// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/run_directory.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/files.h"

namespace lvm {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value == '/' ? value : "";
}

// Ours alone: /tmp is everyone's, and whoever was there first could hold a socket or a link in our name.
Result<> check_owner(const std::string& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return fail_errno(path + ": run directory", errno);
  if (!S_ISDIR(status.st_mode)) return fail(Code::refused, path + " is no directory: remove it, or set LVM_RUN_DIR.");
  if (status.st_uid != ::geteuid())
    return fail(Code::refused, path + " belongs to another user: set LVM_RUN_DIR to a directory of your own.");
  if ((status.st_mode & 022) != 0)
    return fail(Code::refused, path + " can be written by other users: chmod 700 it, or set LVM_RUN_DIR.");
  return {};
}

Result<std::string> make_checked(const std::string& path) {
  SystemFiles files;
  TRY(files.make_directories(path, 0700));
  TRY(check_owner(path));
  return path;
}

}  // namespace

Result<std::string> run_directory() {
  if (std::string named = environment("LVM_RUN_DIR"); !named.empty()) return make_checked(named);
  std::string usual;
  if (::geteuid() == 0)
    usual = "/run/lvm/user";
  else if (std::string runtime = environment("XDG_RUNTIME_DIR"); !runtime.empty())
    usual = runtime + "/lvm";
  if (!usual.empty())
    if (auto made = make_checked(usual)) return made;
  return make_checked("/tmp/lvm-" + std::to_string(::geteuid()));
}

std::string state_directory() {
  if (std::string state = environment("XDG_STATE_HOME"); !state.empty()) return state + "/lvm";
  std::string home = environment("HOME");
  if (home.empty())
    if (const passwd* user = ::getpwuid(::geteuid()); user != nullptr && user->pw_dir != nullptr) home = user->pw_dir;
  return home + "/.local/state/lvm";
}

}  // namespace lvm
