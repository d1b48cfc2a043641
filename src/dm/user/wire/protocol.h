// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

// The engine's protocol, on a UNIX stream socket. Every message is a frame: 12 bytes (magic, version, operation
// or status, length) and a body. A client sends a request and waits for its answer; the first is `hello`. A
// request is carried out once all of it has come, or not at all.
namespace lvm::dm::user {

inline constexpr std::uint32_t kFrameMagic = 0x55444d4c;  // "LMDU"
inline constexpr std::uint16_t kProtocolVersion = 2;
inline constexpr std::size_t kFrameHeaderSize = 12;
inline constexpr std::uint32_t kMostFrameBytes = std::uint32_t{16} << 20;  // a table of some 100 000 lines
inline constexpr std::uint32_t kMostDataBytes = std::uint32_t{1} << 20;    // of one read or write

// Numbers stay: a program and a daemon may be of different versions.
enum class Operation : std::uint16_t {
  hello = 1,
  daemon_info = 2,
  targets = 10,
  list = 11,
  info_by_uuid = 12,
  info_by_number = 13,
  table = 14,
  status = 15,
  dependencies = 16,
  create = 17,
  load = 18,
  clear = 19,
  suspend = 20,
  resume = 21,
  remove = 22,
  rename = 23,
  message = 24,
  set_read_ahead = 25,
  read_ahead = 26,
  sync_links = 27,
  wait_event = 28,
  attach = 40,
  backings = 41,
  volumes = 42,
  open = 43,  // one volume a connection; the five below are about it
  size = 44,
  read = 45,
  change = 46,
  flush = 47,
};

// In the place of the operation in an answer.
inline constexpr std::uint16_t kAnswerGood = 0x8000;
inline constexpr std::uint16_t kAnswerError = 0x8001;  // the body is an Error

struct FrameHeader {
  std::uint16_t version = kProtocolVersion;
  std::uint16_t kind = 0;
  std::uint32_t length = 0;
};
// Not a frame, or one that is too long: the connection is of no more use.
Result<FrameHeader> unpack_frame_header(std::span<const std::byte> bytes);
void pack_frame_header(const FrameHeader& header, std::span<std::byte> bytes);

struct Frame {
  FrameHeader header;
  std::vector<std::byte> body;
};

// --- sockets ---

// nullopt: the other side has closed the connection between two frames.
Result<std::optional<Frame>> receive_frame(int socket);
Result<> send_frame(int socket, std::uint16_t kind, std::span<const std::byte> body);

Result<Fd> listen_in(const std::string& run_directory);
// nullopt: nobody listens there.
Result<std::optional<Fd>> connect_in(const std::string& run_directory);
// The process at the other end belongs to this user (or to root).
Result<> check_peer(int socket);

}  // namespace lvm::dm::user
