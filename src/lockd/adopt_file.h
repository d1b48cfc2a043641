// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lockd/names.h"

// lvmlockd.adopt: what a daemon that starts anew must know of the locks that a former one has left. LVM2's format.
namespace lvm::lockd {

struct AdoptVg {
  std::string uuid, name;
  ManagerKind manager = ManagerKind::none;
  std::string args;

  friend bool operator==(const AdoptVg&, const AdoptVg&) = default;
};

struct AdoptLv {
  std::string vg_uuid, uuid, args;
  Mode mode = Mode::unlocked;
  std::uint32_t version = 0;

  friend bool operator==(const AdoptLv&, const AdoptLv&) = default;
};

struct AdoptState {
  std::vector<AdoptVg> vgs;
  std::vector<AdoptLv> lvs;

  friend bool operator==(const AdoptState&, const AdoptState&) = default;
};

std::string write_adopt_file_text(const AdoptState& state, int process, std::uint64_t updates, std::string_view date);
// A file of another major version is refused.
Result<AdoptState> read_adopt_file(std::string_view text);

}  // namespace lvm::lockd
