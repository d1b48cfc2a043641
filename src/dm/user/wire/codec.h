// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dm/engine.h"
#include "dm/user/daemon.h"
#include "dm/user/user_engine.h"

// Values as they go over the engine's socket: little-endian integers; texts and lists with their length before them.
namespace lvm::dm::user {

class Encoder {
 public:
  explicit Encoder(std::vector<std::byte>& out) : out_(out) {}

  void u8(std::uint8_t value) { integer(value, 1); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  void flag(bool value) { u8(value ? 1 : 0); }
  void text(std::string_view value);
  void bytes(std::span<const std::byte> value) { out_.insert(out_.end(), value.begin(), value.end()); }
  // Room for `count` bytes that the caller fills before anything else is added.
  std::span<std::byte> room(std::size_t count);

 private:
  void integer(std::uint64_t value, int size);

  std::vector<std::byte>& out_;
};

// Reads what another process wrote: nothing is believed. After the first wrong byte everything reads as empty,
// and end() says so.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> in) : rest_(in) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }
  bool flag();
  std::string text();
  // The length of a list whose elements take `element` bytes or more.
  std::size_t count(std::size_t element);
  std::span<const std::byte> rest();
  void refuse() { wrong_ = true; }
  bool good() const { return !wrong_; }
  // Everything was read and nothing was wrong.
  Result<> end() const;

 private:
  std::uint64_t integer(std::size_t size);

  std::span<const std::byte> rest_;
  bool wrong_ = false;
};

// encode(encoder, value) and decode(decoder, value) for what the engine's calls take and give.
void encode(Encoder& to, bool value);
void encode(Encoder& to, std::uint32_t value);
void encode(Encoder& to, std::string_view value);
void encode(Encoder& to, Sectors value);
void encode(Encoder& to, Bytes value);
void encode(Encoder& to, DeviceNumber value);
void encode(Encoder& to, const NodeLink& value);
void encode(Encoder& to, const Info& value);
void encode(Encoder& to, const StatusLine& value);
void encode(Encoder& to, const ListEntry& value);
void encode(Encoder& to, const TargetVersion& value);
void encode(Encoder& to, const CreateRequest& value);
void encode(Encoder& to, const Backing& value);
void encode(Encoder& to, const Volume& value);
void encode(Encoder& to, const DaemonInfo& value);
void encode(Encoder& to, const Error& value);

void decode(Decoder& from, bool& value);
void decode(Decoder& from, std::uint32_t& value);
void decode(Decoder& from, std::string& value);
void decode(Decoder& from, Sectors& value);
void decode(Decoder& from, Bytes& value);
void decode(Decoder& from, DeviceNumber& value);
void decode(Decoder& from, NodeLink& value);
void decode(Decoder& from, Info& value);
void decode(Decoder& from, StatusLine& value);
void decode(Decoder& from, ListEntry& value);
void decode(Decoder& from, TargetVersion& value);
void decode(Decoder& from, CreateRequest& value);
void decode(Decoder& from, Backing& value);
void decode(Decoder& from, Volume& value);
void decode(Decoder& from, DaemonInfo& value);
Error decode_error(Decoder& from);

template <class A, class B>
void encode(Encoder& to, const std::pair<A, B>& value) {
  encode(to, value.first);
  encode(to, value.second);
}
template <class A, class B>
void decode(Decoder& from, std::pair<A, B>& value) {
  decode(from, value.first);
  decode(from, value.second);
}

template <class T>
void encode(Encoder& to, const std::optional<T>& value) {
  to.flag(value.has_value());
  if (value) encode(to, *value);
}
template <class T>
void decode(Decoder& from, std::optional<T>& value) {
  value.reset();
  if (from.flag()) decode(from, value.emplace());
}

template <class T>
void encode(Encoder& to, const std::vector<T>& values) {
  to.u32(static_cast<std::uint32_t>(values.size()));
  for (const auto& value : values) encode(to, value);
}
template <class T>
void decode(Decoder& from, std::vector<T>& values) {
  values.clear();
  const auto count = from.count(4);
  for (std::size_t i = 0; i < count && from.good(); ++i) decode(from, values.emplace_back());
}

}  // namespace lvm::dm::user
