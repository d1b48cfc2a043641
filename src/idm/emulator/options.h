// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "idm/drive.h"
#include "idm/ids.h"
#include "idm/nvme_tcp/nvme_front_end.h"

namespace lvm::idm::emulator {

// What `idm-drive start NAME ...` was asked for.
struct StartOptions {
  std::string name;
  DriveId id;
  std::string backing;
  Bytes size;  // 0: as the backing is
  std::uint32_t block_size = 512;
  bool read_only = false, foreground = false, disk = true;
  std::optional<nvme_tcp::Endpoint> nvme;  // not: a SCSI disk
  DriveLimits limits;
  DriveBehaviour behaviour;
  std::vector<std::pair<std::string, std::string>> faults;
};

// The words behind "start". Code::usage says which word is wrong.
Result<StartOptions> parse_start(std::span<const std::string> words);
std::string describe_start();

// "64M", "1G", "1000000": bytes, with 1024s.
Result<Bytes> parse_size(const std::string& text);
// The world-wide name of a drive that is given none: always the same for the same name.
DriveId default_id(const std::string& name, DriveId::Kind kind = DriveId::Kind::naa);
// Letters, digits, - and _; at most 32.
Result<> check_name(const std::string& name);

}  // namespace lvm::idm::emulator
