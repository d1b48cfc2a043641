// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The words and numbers of lvmlockd's protocol. Programs built for LVM2 see them: none may change.
namespace lvm::lockd {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::string_view kProtocolName = "lvmlockd";
inline constexpr std::size_t kMaxName = 63;  // of a lockspace
inline constexpr std::string_view kGlobalLockspace = "lvm_global";
inline constexpr std::string_view kGlobalResource = "GLLK";
inline constexpr std::string_view kGlobalDisabled = "_GLLK_disabled";
inline constexpr std::string_view kVgResource = "VGLK";
inline constexpr std::string_view kLeaseVolume = "lvmlock";

enum class ManagerKind : std::uint8_t { none = 0, dlm = 2, sanlock = 3, idm = 4 };
enum class Mode : std::int8_t { invalid = -1, unlocked = 0, null = 1, shared = 2, exclusive = 3 };
enum class ResourceKind : std::uint8_t { none = 0, global = 1, vg = 2, lv = 3 };

enum class Op : std::uint8_t {
  none = 0,
  hello = 1,
  quit,
  init,
  free,
  start,
  stop,
  lock,
  update,
  close,
  enable,
  disable,
  start_wait,
  stop_all,
  dump_info,
  dump_log,
  rename_before,
  rename_final,
  running_lm,
  find_free_lock,
  kill_vg,
  drop_vg,
  busy,
  query_lock,
  refresh_lv,
  vg_status,
  fence,
  fence_result,
  setlockargs_before,
  setlockargs_final,
  set_remote_lv_lock,
  place,  // of ours alone
};

// Numbers of our own beside errno's; results are negative ones of either.
namespace error {
inline constexpr int no_lockspace = 210;
inline constexpr int starting = 211;
inline constexpr int arguments = 212;
inline constexpr int host_id = 213;
inline constexpr int manager = 214;  // the lock manager does not run
inline constexpr int prepare = 215;
inline constexpr int no_daemon = 216;  // the client's: lvmlockd does not run
inline constexpr int vg_killed = 217;
inline constexpr int lock_io = 218;
inline constexpr int removed = 219;
inline constexpr int device_open = 220;
inline constexpr int lock_manager = 221;  // see lm_result
inline constexpr int orphan = 222;
inline constexpr int adopt_none = 223;
inline constexpr int adopt_retry = 224;
inline constexpr int io_timeout = 225;
inline constexpr int lock_repair = 226;
}  // namespace error

ManagerKind manager_kind(std::string_view word);
std::string_view to_string(ManagerKind kind);
Mode lock_mode(std::string_view word);
std::string_view to_string(Mode mode);
std::string_view to_string(ResourceKind kind);
std::string_view to_string(Op op);

// "lvm_" + VG name, cut to what lock managers take.
std::string lockspace_name(ManagerKind kind, std::string_view vg_name);

}  // namespace lvm::lockd
