// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/id.h"

namespace lvm {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool is_id_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!' ||
         c == '#';
}

}  // namespace

std::string Uuid::dashed() const {
  if (!*this) return {};
  constexpr std::array<std::size_t, 7> kGroups = {6, 4, 4, 4, 4, 4, 6};
  std::string out;
  out.reserve(kLength + 6);
  std::size_t at = 0;
  for (std::size_t length : kGroups) {
    if (at) out += '-';
    out.append(chars.data() + at, length);
    at += length;
  }
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  Uuid out;
  std::size_t used = 0;
  for (char c : text) {
    if (c == '-') continue;
    if (used == kLength || !is_id_char(c)) return std::nullopt;
    out.chars[used++] = c;
  }
  if (used != kLength) return std::nullopt;
  return out;
}

Uuid Uuid::from_random(const std::array<std::uint8_t, kLength>& bytes) {
  Uuid out;
  for (std::size_t i = 0; i < kLength; ++i) out.chars[i] = kAlphabet[bytes[i] % kAlphabet.size()];
  return out;
}

}  // namespace lvm
