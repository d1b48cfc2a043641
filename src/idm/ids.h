// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"

namespace lvm::idm {

// Who asks for a lock: 32 bytes, in host order (the wire has them reversed, see record.h). Two requests with
// the same id are the same owner to a drive.
struct HostId {
  static constexpr std::size_t kLength = 32;
  std::array<std::uint8_t, kLength> bytes{};

  // What Seagate's lock manager makes: bytes 0-3 the client's process id as a native integer, 4-15 zero, 16-31
  // an id made at random each time the manager starts.
  static HostId make(std::int32_t process, const std::array<std::uint8_t, 16>& instance);
  std::string hex() const;
  friend auto operator<=>(const HostId&, const HostId&) = default;
};

// What is locked: the UUID of a VG and of an LV in it, 32 characters each without dashes. A VG's lock has zeros
// for the LV; the global lock is all zeros.
struct LockId {
  static constexpr std::size_t kLength = 64, kHalf = 32;
  std::array<std::uint8_t, kLength> bytes{};

  static LockId global() { return {}; }
  static LockId of_vg(const VgId& vg);
  static LockId of_lv(const VgId& vg, const LvId& lv);
  static LockId from_halves(std::span<const char, kHalf> vg, std::span<const char, kHalf> lv);
  std::string hex() const;
  friend auto operator<=>(const LockId&, const LockId&) = default;
};

// A drive's own world-wide name, in full width: the same through every path and on every host. Two paths with
// equal ids are one drive and have one vote.
struct DriveId {
  enum class Kind : std::uint8_t { naa, eui };  // SCSI NAA of 8 or 16 bytes; EUI-64 or NGUID of 8, 12 or 16
  Kind kind = Kind::naa;
  std::vector<std::uint8_t> bytes;

  // "naa.5000c500a1b2c3d4", "eui.0025388b710116a1".
  std::string text() const;
  static std::optional<DriveId> parse(std::string_view text);
  friend auto operator<=>(const DriveId&, const DriveId&) = default;
};

std::string hex_text(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text);

}  // namespace lvm::idm

// The ids hold UUIDs: any eight bytes of the varying part hash well; all of them are mixed to be sure.
template <>
struct std::hash<lvm::idm::LockId> {
  std::size_t operator()(const lvm::idm::LockId& id) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
};
template <>
struct std::hash<lvm::idm::HostId> {
  std::size_t operator()(const lvm::idm::HostId& id) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
};
