// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lockd/names.h"

namespace lvm::lockd {

using ClientId = std::uint64_t;  // 0: the daemon itself

struct RequestOptions {
  bool persistent = false;  // the lock outlives its client
  bool unlock_cancel = false;
  bool next_version = false;
  bool wait = false;
  bool force = false;
  bool ex_disable = false;
  bool enable = false;
  bool disable = false;
  bool nodelay = false;
  bool repair = false;
  bool adopt_only = false;
  bool adopt = false;
  bool joint = false;  // place: on the former drives as well

  friend bool operator==(const RequestOptions&, const RequestOptions&) = default;
};

// What a client asks. Absent strings are empty.
struct Request {
  Op op = Op::none;
  ResourceKind resource = ResourceKind::none;
  Mode mode = Mode::invalid;
  ManagerKind manager = ManagerKind::none;
  RequestOptions options;
  std::string command;  // the client's, for display
  int process = 0;
  std::string vg_name, vg_uuid, vg_args;
  std::string lv_name, lv_uuid, lv_args, previous_lv_args;
  std::string set_lock_args, path;
  std::int64_t version = 0;
  std::int64_t host_id = 0;
  std::int64_t align_mb = 0;
  std::int64_t lv_size_bytes = 0;
  std::int64_t max_retries = 4;
  std::vector<std::string> drives;  // idm: the PVs that vote

  friend bool operator==(const Request&, const Request&) = default;
};

// Who holds what we could not have.
struct Owner {
  std::uint32_t host_id = 0;
  std::uint64_t generation = 0;
  std::uint64_t timestamp = 0;
  std::string state;  // FREE LIVE FAIL DEAD UNKNOWN, empty: none
  std::string name;   // of the host, where the lock manager knows it

  friend bool operator==(const Owner&, const Owner&) = default;
};

struct Reply {
  int result = 0;          // 0 or a negative number
  int manager_result = 0;  // what the lock manager said
  std::optional<Owner> owner;
  std::string vg_args, lv_args;
  std::vector<std::string> flags;  // NO_LOCKSPACES ...
  std::uint64_t generation = 0;
  std::uint64_t previous_generation = 0;
  Mode mode = Mode::unlocked;  // query_lock

  friend bool operator==(const Reply&, const Reply&) = default;
};

// Takes the reply to the client; false when it is gone.
using Answer = std::function<bool(const Request&, const Reply&)>;

}  // namespace lvm::lockd
