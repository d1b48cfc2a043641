// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::idm {
namespace {

std::string_view prefix(DriveId::Kind kind) { return kind == DriveId::Kind::naa ? "naa." : "eui."; }

bool valid_length(DriveId::Kind kind, std::size_t length) {
  return length == 8 || length == 16 || (kind == DriveId::Kind::eui && length == 12);
}

std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string hex_text(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    auto high = digit(text[i]), low = digit(text[i + 1]);
    if (!high || !low) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  return out;
}

HostId HostId::make(std::int32_t process, const std::array<std::uint8_t, 16>& instance) {
  HostId id;
  std::memcpy(id.bytes.data(), &process, sizeof process);
  std::ranges::copy(instance, id.bytes.begin() + 16);
  return id;
}

std::string HostId::hex() const { return hex_text(bytes); }

LockId LockId::from_halves(std::span<const char, kHalf> vg, std::span<const char, kHalf> lv) {
  LockId id;
  std::memcpy(id.bytes.data(), vg.data(), kHalf);
  std::memcpy(id.bytes.data() + kHalf, lv.data(), kHalf);
  return id;
}

LockId LockId::of_vg(const VgId& vg) { return from_halves(vg.uuid.chars, Uuid{}.chars); }

LockId LockId::of_lv(const VgId& vg, const LvId& lv) { return from_halves(vg.uuid.chars, lv.uuid.chars); }

std::string LockId::hex() const { return hex_text(bytes); }

std::string DriveId::text() const { return std::string(prefix(kind)) + hex_text(bytes); }

std::optional<DriveId> DriveId::parse(std::string_view text) {
  for (Kind kind : {Kind::naa, Kind::eui}) {
    if (!text.starts_with(prefix(kind))) continue;
    auto bytes = parse_hex(text.substr(prefix(kind).size()));
    if (!bytes || !valid_length(kind, bytes->size())) return std::nullopt;
    return DriveId{kind, *std::move(bytes)};
  }
  return std::nullopt;
}

}  // namespace lvm::idm
