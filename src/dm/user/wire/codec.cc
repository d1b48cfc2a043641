// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/wire/codec.h"

#include <cstring>

namespace lvm::dm::user {

void Encoder::integer(std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out_.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void Encoder::text(std::string_view value) {
  u32(static_cast<std::uint32_t>(value.size()));
  bytes(std::as_bytes(std::span(value.data(), value.size())));
}

std::span<std::byte> Encoder::room(std::size_t count) {
  out_.resize(out_.size() + count);
  return std::span(out_).last(count);
}

std::uint64_t Decoder::integer(std::size_t size) {
  if (wrong_ || rest_.size() < size) {
    wrong_ = true;
    return 0;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(rest_[i]) << (8 * i);
  rest_ = rest_.subspan(size);
  return value;
}

bool Decoder::flag() {
  auto value = u8();
  if (value > 1) wrong_ = true;
  return value == 1;
}

std::string Decoder::text() {
  auto size = count(1);
  if (wrong_) return {};
  std::string value(reinterpret_cast<const char*>(rest_.data()), size);
  rest_ = rest_.subspan(size);
  return value;
}

std::size_t Decoder::count(std::size_t element) {
  std::size_t value = u32();
  if (wrong_ || value > rest_.size() / element) {
    wrong_ = true;
    return 0;
  }
  return value;
}

std::span<const std::byte> Decoder::rest() { return wrong_ ? std::span<const std::byte>() : std::exchange(rest_, {}); }

Result<> Decoder::end() const {
  if (wrong_ || !rest_.empty()) return fail(Code::corrupt, "The engine's protocol: a message is malformed.");
  return {};
}

void encode(Encoder& to, bool value) { to.flag(value); }
void encode(Encoder& to, std::uint32_t value) { to.u32(value); }
void encode(Encoder& to, std::string_view value) { to.text(value); }
void encode(Encoder& to, Sectors value) { to.u64(value.n); }
void encode(Encoder& to, Bytes value) { to.u64(value.n); }
void encode(Encoder& to, DeviceNumber value) {
  to.u32(value.major);
  to.u32(value.minor);
}
void encode(Encoder& to, const NodeLink& value) {
  to.text(value.vg);
  to.text(value.lv);
}
void encode(Encoder& to, const Info& value) {
  to.text(value.name);
  to.text(value.uuid);
  encode(to, value.device);
  to.u32(static_cast<std::uint32_t>(value.open_count));
  to.u32(value.event_number);
  to.u32(value.target_count);
  for (bool flag : {value.suspended, value.read_only, value.live_table, value.inactive_table}) to.flag(flag);
}
void encode(Encoder& to, const StatusLine& value) {
  encode(to, value.start);
  encode(to, value.length);
  to.text(value.type);
  to.text(value.params);
}
void encode(Encoder& to, const ListEntry& value) {
  to.text(value.name);
  to.text(value.uuid);
  to.flag(value.have_uuid);
  encode(to, value.device);
}
void encode(Encoder& to, const TargetVersion& value) {
  to.text(value.name);
  for (auto number : {value.major, value.minor, value.patch}) to.u32(number);
}
void encode(Encoder& to, const CreateRequest& value) {
  to.text(value.name);
  to.text(value.uuid);
  encode(to, value.persistent);
}
void encode(Encoder& to, const Backing& value) {
  to.text(value.path);
  encode(to, value.start);
  encode(to, value.length);
  to.flag(value.read_only);
}
void encode(Encoder& to, const Volume& value) {
  encode(to, value.info);
  encode(to, value.size);
  encode(to, value.link);
}
void encode(Encoder& to, const DaemonInfo& value) {
  to.u64(static_cast<std::uint64_t>(value.process_id));
  to.u32(value.protocol);
  to.text(value.version);
  to.u32(value.devices);
  to.u32(value.clients);
  to.text(value.io);
  to.u32(static_cast<std::uint32_t>(value.front_end_errors.size()));
  for (const auto& error : value.front_end_errors) to.text(error);
}
void encode(Encoder& to, const Error& value) {
  to.u8(static_cast<std::uint8_t>(value.code()));
  to.text(value.message());
  to.u32(static_cast<std::uint32_t>(value.context().size()));
  for (const auto& clause : value.context()) to.text(clause);
}

void decode(Decoder& from, bool& value) { value = from.flag(); }
void decode(Decoder& from, std::uint32_t& value) { value = from.u32(); }
void decode(Decoder& from, std::string& value) { value = from.text(); }
void decode(Decoder& from, Sectors& value) { value.n = from.u64(); }
void decode(Decoder& from, Bytes& value) { value.n = from.u64(); }
void decode(Decoder& from, DeviceNumber& value) {
  value.major = from.u32();
  value.minor = from.u32();
}
void decode(Decoder& from, NodeLink& value) {
  value.vg = from.text();
  value.lv = from.text();
}
void decode(Decoder& from, Info& value) {
  value.name = from.text();
  value.uuid = from.text();
  decode(from, value.device);
  value.open_count = static_cast<std::int32_t>(from.u32());
  value.event_number = from.u32();
  value.target_count = from.u32();
  for (bool* flag : {&value.suspended, &value.read_only, &value.live_table, &value.inactive_table}) *flag = from.flag();
}
void decode(Decoder& from, StatusLine& value) {
  decode(from, value.start);
  decode(from, value.length);
  value.type = from.text();
  value.params = from.text();
}
void decode(Decoder& from, ListEntry& value) {
  value.name = from.text();
  value.uuid = from.text();
  value.have_uuid = from.flag();
  decode(from, value.device);
}
void decode(Decoder& from, TargetVersion& value) {
  value.name = from.text();
  for (auto* number : {&value.major, &value.minor, &value.patch}) *number = from.u32();
}
void decode(Decoder& from, CreateRequest& value) {
  value.name = from.text();
  value.uuid = from.text();
  decode(from, value.persistent);
}
void decode(Decoder& from, Backing& value) {
  value.path = from.text();
  decode(from, value.start);
  decode(from, value.length);
  value.read_only = from.flag();
}
void decode(Decoder& from, Volume& value) {
  decode(from, value.info);
  decode(from, value.size);
  decode(from, value.link);
}
void decode(Decoder& from, DaemonInfo& value) {
  value.process_id = static_cast<std::int64_t>(from.u64());
  value.protocol = from.u32();
  value.version = from.text();
  value.devices = from.u32();
  value.clients = from.u32();
  value.io = from.text();
  const auto count = from.count(4);
  for (std::size_t i = 0; i < count && from.good(); ++i) value.front_end_errors.push_back(from.text());
}
Error decode_error(Decoder& from) {
  auto code = from.u8();
  if (code > static_cast<std::uint8_t>(Code::interrupted)) from.refuse();
  Error error(from.good() ? static_cast<Code>(code) : Code::corrupt, from.text());
  const auto count = from.count(4);
  for (std::size_t i = 0; i < count && from.good(); ++i) error.add_context(from.text());
  return error;
}

}  // namespace lvm::dm::user
