// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "idm/ids.h"

// The socket protocol of Seagate's lock manager, so that its clients run unchanged: docs/formats/idm.md. Native byte
// order; a header, then a body whose length follows from the command.
namespace lvm::idm::wire {

inline constexpr std::uint32_t kMagic = 0x494C4D00, kLockMagic = 0x4C4F434B;
inline constexpr std::size_t kHeaderSize = 16, kLockSize = 80, kPathSize = 4096, kMostDrives = 512;
inline constexpr std::size_t kFailurePathSize = 128;

enum class Verb : std::uint32_t {
  version = 0,
  add_lockspace = 1,
  del_lockspace = 2,
  acquire = 3,
  release = 4,
  convert = 5,
  write_lvb = 6,
  read_lvb = 7,
  host_count = 8,
  mode = 9,
  set_signal = 10,
  set_killpath = 11,
  set_host_id = 12,
  stop_renew = 13,
  start_renew = 14,
  inject_fault = 15,
};
inline constexpr std::uint32_t kCommandCount = 16;

struct Request {
  Verb command = Verb::version;
  std::uint32_t mode = 0;
  LockId lock;
  std::int32_t timeout = 0;         // milliseconds; -1: no end
  std::vector<std::string> drives;  // device paths
  std::int32_t number = 0;          // signal, percent
  std::array<std::uint8_t, 8> lvb{};
  HostId host;
  std::string path, arguments;
};

// What a buffer begins with.
struct Parsed {
  enum class What : std::uint8_t { incomplete, request, bad } what = What::incomplete;
  std::size_t used = 0;  // bytes of a request
  Request request;
  std::uint32_t command = 0;  // of a bad one, for the reply
  std::string reason;
};
// `bad`: the stream cannot be followed any further; answer and hang up.
Parsed parse(std::span<const std::uint8_t> bytes);

std::vector<std::uint8_t> reply(std::uint32_t command, std::int32_t result, std::span<const std::uint8_t> data = {});

// The client's side.
std::vector<std::uint8_t> encode(const Request& request);

}  // namespace lvm::idm::wire
