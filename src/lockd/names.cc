// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/names.h"

#include <array>

namespace lvm::lockd {
namespace {

constexpr std::size_t kMaxSanlockName = 48;

constexpr std::array kOps = {"none",
                             "hello",
                             "quit",
                             "init",
                             "free",
                             "start",
                             "stop",
                             "lock",
                             "update",
                             "close",
                             "enable",
                             "disable",
                             "start_wait",
                             "stop_all",
                             "dump_info",
                             "dump_log",
                             "rename_before",
                             "rename_final",
                             "running_lm",
                             "find_free_lock",
                             "kill_vg",
                             "drop_vg",
                             "busy",
                             "query_lock",
                             "refresh_lv",
                             "vg_status",
                             "fence",
                             "fence_result",
                             "setlockargs_before",
                             "setlockargs_final",
                             "set_remote_lv_lock",
                             "place"};
static_assert(kOps.size() == static_cast<std::size_t>(Op::place) + 1);

}  // namespace

ManagerKind manager_kind(std::string_view word) {
  for (ManagerKind kind : {ManagerKind::dlm, ManagerKind::sanlock, ManagerKind::idm})
    if (word == to_string(kind)) return kind;
  return ManagerKind::none;
}

std::string_view to_string(ManagerKind kind) {
  switch (kind) {
    case ManagerKind::none: return "none";
    case ManagerKind::dlm: return "dlm";
    case ManagerKind::sanlock: return "sanlock";
    case ManagerKind::idm: return "idm";
  }
  return "none";
}

Mode lock_mode(std::string_view word) {
  for (Mode mode : {Mode::unlocked, Mode::null, Mode::shared, Mode::exclusive})
    if (word == to_string(mode)) return mode;
  return Mode::invalid;
}

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::invalid: return "iv";
    case Mode::unlocked: return "un";
    case Mode::null: return "nl";
    case Mode::shared: return "sh";
    case Mode::exclusive: return "ex";
  }
  return "iv";
}

std::string_view to_string(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::none: return "none";
    case ResourceKind::global: return "gl";
    case ResourceKind::vg: return "vg";
    case ResourceKind::lv: return "lv";
  }
  return "none";
}

std::string_view to_string(Op op) { return kOps[static_cast<std::size_t>(op)]; }

std::string lockspace_name(ManagerKind kind, std::string_view vg_name) {
  std::string out = "lvm_" + std::string(vg_name);
  return out.substr(0, kind == ManagerKind::sanlock ? kMaxSanlockName : kMaxName);
}

}  // namespace lvm::lockd
