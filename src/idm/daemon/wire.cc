// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/daemon/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::idm::wire {
namespace {

struct Header {
  std::uint32_t magic, command, length, result;
};
static_assert(sizeof(Header) == kHeaderSize);

struct LockBody {
  std::uint32_t magic, mode, drives;
  std::array<std::uint8_t, LockId::kLength> lock;
  std::int32_t timeout;
};
static_assert(sizeof(LockBody) == kLockSize && offsetof(LockBody, lock) == 12 && offsetof(LockBody, timeout) == 76);

// Which parts a command's body has, in this order.
struct Shape {
  bool lock, paths;
  std::size_t extra;
};
constexpr std::array<Shape, kCommandCount> kShapes{{
    {true, true, 0},                       // version
    {false, false, 0},                     // add_lockspace
    {false, false, 0},                     // del_lockspace
    {true, true, 0},                       // acquire
    {true, false, 0},                      // release
    {true, false, 0},                      // convert
    {true, false, 8},                      // write_lvb
    {true, false, 0},                      // read_lvb
    {true, true, 0},                       // host_count
    {true, true, 0},                       // mode
    {false, false, 4},                     // set_signal
    {false, false, 2 * kFailurePathSize},  // set_killpath
    {false, false, HostId::kLength},       // set_host_id
    {false, false, 0},                     // stop_renew
    {false, false, 0},                     // start_renew
    {false, false, 4},                     // inject_fault
}};

std::string text_field(std::span<const std::uint8_t> bytes) {
  const auto end = std::ranges::find(bytes, std::uint8_t{0});
  return {bytes.begin(), end};
}

Parsed bad(std::uint32_t command, std::string reason) {
  Parsed out;
  out.what = Parsed::What::bad;
  out.command = command;
  out.reason = std::move(reason);
  return out;
}

void take_extra(Request& request, std::span<const std::uint8_t> bytes) {
  switch (request.command) {
    case Verb::write_lvb: std::ranges::copy(bytes, request.lvb.begin()); break;
    case Verb::set_host_id: std::ranges::copy(bytes, request.host.bytes.begin()); break;
    case Verb::set_signal:
    case Verb::inject_fault: std::memcpy(&request.number, bytes.data(), sizeof request.number); break;
    case Verb::set_killpath:
      request.path = text_field(bytes.first(kFailurePathSize));
      request.arguments = text_field(bytes.subspan(kFailurePathSize));
      break;
    default: break;
  }
}

}  // namespace

Parsed parse(std::span<const std::uint8_t> bytes) {
  Parsed out;
  if (bytes.size() < kHeaderSize) return out;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic) return bad(header.command, "the request does not begin with the protocol's magic number");
  if (header.command >= kCommandCount)
    return bad(header.command, fmt::format("there is no command {}", header.command));
  out.request.command = static_cast<Verb>(header.command);
  const Shape& shape = kShapes[header.command];

  std::size_t size = kHeaderSize + (shape.lock ? kLockSize : 0) + shape.extra;
  LockBody lock{};
  if (shape.lock) {
    if (bytes.size() < kHeaderSize + kLockSize) return out;
    std::memcpy(&lock, bytes.data() + kHeaderSize, sizeof lock);
    if (lock.magic != kLockMagic) return bad(header.command, "the lock does not begin with its magic number");
    if (shape.paths && (lock.drives == 0 || lock.drives > kMostDrives))
      return bad(header.command, fmt::format("{} drives; 1 to {} are allowed", lock.drives, kMostDrives));
    if (shape.paths) size += lock.drives * kPathSize;
  }
  // Seagate's library counts 80 bytes too many here.
  const bool excused = out.request.command == Verb::set_killpath && header.length == size + kLockSize;
  if (header.length != size && !excused)
    return bad(header.command, fmt::format("a length of {}; command {} has {}", header.length, header.command, size));
  if (bytes.size() < size) return out;

  out.what = Parsed::What::request;
  out.used = size;
  out.command = header.command;
  out.request.mode = lock.mode;
  out.request.timeout = lock.timeout;
  out.request.lock.bytes = lock.lock;
  const auto rest = bytes.first(size).subspan(kHeaderSize + (shape.lock ? kLockSize : 0));
  if (shape.paths)
    for (std::size_t i = 0; i < lock.drives; ++i)
      out.request.drives.push_back(text_field(rest.subspan(i * kPathSize, kPathSize)));
  else
    take_extra(out.request, rest);
  return out;
}

std::vector<std::uint8_t> reply(std::uint32_t command, std::int32_t result, std::span<const std::uint8_t> data) {
  const Header header{kMagic, command, static_cast<std::uint32_t>(kHeaderSize + data.size()),
                      static_cast<std::uint32_t>(result)};
  std::vector<std::uint8_t> out(kHeaderSize);
  std::memcpy(out.data(), &header, sizeof header);
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

std::vector<std::uint8_t> encode(const Request& request) {
  const auto number = static_cast<std::uint32_t>(request.command);
  const Shape& shape = kShapes[number];
  std::vector<std::uint8_t> out(kHeaderSize);
  const auto append = [&](const void* data, std::size_t size, std::size_t padded) {
    const auto* first = static_cast<const std::uint8_t*>(data);
    out.insert(out.end(), first, first + std::min(size, padded));
    out.resize(out.size() + padded - std::min(size, padded));
  };
  if (shape.lock) {
    const LockBody lock{kLockMagic, request.mode, static_cast<std::uint32_t>(request.drives.size()), request.lock.bytes,
                        request.timeout};
    append(&lock, sizeof lock, sizeof lock);
  }
  if (shape.paths)
    for (const std::string& drive : request.drives) append(drive.data(), drive.size(), kPathSize);
  switch (request.command) {
    case Verb::write_lvb: append(request.lvb.data(), 8, 8); break;
    case Verb::set_host_id: append(request.host.bytes.data(), HostId::kLength, HostId::kLength); break;
    case Verb::set_signal:
    case Verb::inject_fault: append(&request.number, 4, 4); break;
    case Verb::set_killpath:
      append(request.path.data(), request.path.size(), kFailurePathSize);
      append(request.arguments.data(), request.arguments.size(), kFailurePathSize);
      break;
    default: break;
  }
  const Header header{kMagic, number, static_cast<std::uint32_t>(out.size()), 0};
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

}  // namespace lvm::idm::wire
