// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/scsi/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "idm/table.h"

namespace lvm::idm::scsi {
namespace {

constexpr std::uint8_t kReadAction = 0x01;

void put_be32(std::span<std::uint8_t, 4> at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Sense data that says something about a mutex. Two families of firmware; the first row of a status is the one
// the emulated drive sends.
struct SenseRow {
  Sense sense;
  bool any_unit;  // the field replaceable unit does not matter
  Status status;
};
constexpr SenseRow kSenses[] = {
    {kNoMutex, true, Status::not_found},
    {{0x05, 0x20, 0x00}, true, Status::invalid_operation},
    {{0x07, 0x31, 0x00}, true, Status::invalid_operation},
    {{0x07, 0x30, 0x00}, true, Status::invalid_operation},
    {{0x07, 0x40, 0x00}, true, Status::table_full},
    {{0x07, 0x41, 0x00}, true, Status::hosts_full},
    {{0x07, 0x42, 0x00}, true, Status::sharers_full},
    {{0x0B, 0x55, 0x03, 0}, false, Status::table_full},
    {{0x0B, 0x55, 0x03, 1}, false, Status::hosts_full},
    {{0x0B, 0x55, 0x03, 2}, false, Status::sharers_full},
    {{0x04, 0x04, 0x22, 0}, false, Status::failed},
    {{0x04, 0x04, 0x22, 1}, false, Status::failed_reverse_owner},
    {{0x04, 0x04, 0x22, 2}, false, Status::failed_state},
    {{0x04, 0x04, 0x22, 3}, false, Status::failed_class},
    {{0x04, 0x04, 0x22, 4}, false, Status::failed_owner},
};

Outcome error(TransportError::Kind kind, bool may_have_run, std::string text) {
  return std::unexpected(TransportError{kind, may_have_run, std::move(text)});
}

Outcome malformed(std::string text) { return error(TransportError::Kind::malformed, true, std::move(text)); }

Decoded decode_sense(const Command& command, const Answer& answer) {
  const auto sense = parse_sense(answer.sense);
  if (!sense) return {malformed("the drive reports an error without readable sense data")};
  const std::string text = fmt::format("sense key {:02x}h, code {:02x}h/{:02x}h", sense->key, sense->asc, sense->ascq);
  constexpr std::uint8_t kNotReady = 0x02, kIllegalRequest = 0x05, kUnitAttention = 0x06, kAborted = 0x0B;
  constexpr std::uint8_t kNoSuchUnit = 0x25;
  if (std::holds_alternative<Probe>(command) && sense->key == kIllegalRequest && sense->asc != kNoSuchUnit)
    return {error(TransportError::Kind::unsupported, false, "it has no version page of in-drive mutexes")};
  for (const SenseRow& row : kSenses) {
    if (sense->key == row.sense.key && sense->asc == row.sense.asc && sense->ascq == row.sense.ascq &&
        (row.any_unit || sense->unit == row.sense.unit))
      return {Reply{.status = row.status}};
  }
  if (sense->key == kUnitAttention) return {error(TransportError::Kind::no_path, false, text), true};
  if (sense->key == kNotReady || (sense->key == kIllegalRequest && sense->asc == kNoSuchUnit))
    return {error(TransportError::Kind::no_path, false, "the drive is not ready: " + text)};
  if (sense->key == kAborted) return {error(TransportError::Kind::lost, true, "the command was aborted: " + text)};
  return {malformed("the drive reports an error that is none of a mutex: " + text)};
}

Outcome decode_version(std::span<const std::byte> data) {
  // Vendors use this page for other things too: its own header must fit.
  if (data.size() <= kVersionOffset || data[1] != std::byte{kVersionPage} || data[kVersionOffset] == std::byte{0})
    return error(TransportError::Kind::unsupported, false, "its vendor page C3h names no version of in-drive mutexes");
  return Reply{.version = {std::to_integer<std::uint8_t>(data[kVersionOffset]), 0}};
}

Outcome decode_good(const Command& command, std::span<const std::byte> data) {
  if (std::holds_alternative<Probe>(command)) return decode_version(data);
  if (const auto* read = std::get_if<ReadRecords>(&command)) {
    auto records = unpack_table(data, read->count);
    if (!records) return malformed(records.error().text());
    return Reply{.records = *std::move(records)};
  }
  if (std::holds_alternative<ReadCounts>(command)) {
    auto counts = unpack_counts(data);
    if (!counts) return malformed(counts.error().text());
    return Reply{.counts = *counts};
  }
  return Reply{};
}

Sense sense_of(Status status) {
  for (const SenseRow& row : kSenses)
    if (row.status == status) return row.sense;
  return {0x04, 0x04, 0x22, 0};
}

}  // namespace

std::optional<Sense> parse_sense(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const std::uint8_t format = bytes[0] & 0x7F;
  if (format == 0x72) {
    Sense sense{static_cast<std::uint8_t>(bytes[1] & 0x0F), bytes[2], bytes[3]};
    const std::size_t end = bytes.size() < 8 ? 0 : std::min<std::size_t>(bytes.size(), 8u + bytes[7]);
    for (std::size_t at = 8; at + 2 <= end; at += 2u + bytes[at + 1])
      if (bytes[at] == 0x03 && at + 4 <= end) sense.unit = bytes[at + 3];
    return sense;
  }
  if (format == 0x70 && bytes.size() >= 14) {
    Sense sense{static_cast<std::uint8_t>(bytes[2] & 0x0F), bytes[12], bytes[13]};
    if (bytes.size() > 14) sense.unit = bytes[14];
    return sense;
  }
  return std::nullopt;
}

std::vector<std::uint8_t> make_sense(const Sense& sense) {
  std::vector<std::uint8_t> out = {0x72, sense.key, sense.asc, sense.ascq, 0, 0, 0, 0};
  if (sense.unit != 0) {
    out[7] = 4;
    out.insert(out.end(), {0x03, 0x02, 0x00, sense.unit});
  }
  return out;
}

Request encode(const Command& command) {
  Request request;
  if (std::holds_alternative<Probe>(command)) {
    request.cdb = {kInquiryOpcode, 0x01, kVersionPage, 0x00, kVersionPageSize, 0x00};
    request.cdb_length = 6;
    request.in_size = kVersionPageSize;
    return request;
  }
  auto& cdb = request.cdb;
  cdb[0] = kMutexOpcode;
  const auto length = std::span(cdb).subspan<10, 4>();
  cdb[14] = kGroupMutexes;
  if (const auto* mutex = std::get_if<MutexCommand>(&command)) {
    cdb[1] = static_cast<std::uint8_t>(static_cast<unsigned>(mutex->operation) << 4);
    put_be32(length, kRecordSize);
    request.out.resize(kRecordSize);
    pack_record(mutex->record, std::span(request.out).first<kRecordSize>());
  } else if (std::holds_alternative<ResetTable>(command)) {
    put_be32(length, kRecordSize);
    cdb[14] = kGroupInquiry;
    request.out.resize(kRecordSize);
  } else if (const auto* read = std::get_if<ReadRecords>(&command)) {
    cdb[1] = kReadAction;
    put_be32(length, read->count);
    request.in_size = std::size_t{read->count} * kRecordSize;
  } else {
    cdb[1] = kReadAction;
    put_be32(length, 1);
    cdb[14] = kGroupInquiry;
    request.in_size = kRecordSize;
  }
  return request;
}

Decoded decode(const Command& command, const Answer& answer) {
  switch (answer.status) {
    case kGood: return {decode_good(command, answer.data)};
    case kConflict: return {Reply{.status = Status::conflict}};
    case kTerminated: return {Reply{.status = Status::terminated}};
    case kBusy: return {Reply{.status = Status::busy}};
    case kCheckCondition: return decode_sense(command, answer);
    default:
      return {error(TransportError::Kind::lost, true, fmt::format("the drive answers status {:02x}h", answer.status))};
  }
}

std::expected<Command, Sense> parse_mutex_command(std::span<const std::uint8_t, 16> cdb,
                                                  std::span<const std::byte> data_out) {
  const std::uint32_t length = static_cast<std::uint32_t>(cdb[10]) << 24 | static_cast<std::uint32_t>(cdb[11]) << 16 |
                               static_cast<std::uint32_t>(cdb[12]) << 8 | cdb[13];
  const bool reserved = std::ranges::any_of(cdb.subspan(2, 8), [](std::uint8_t byte) { return byte != 0; });
  if (cdb[0] != kMutexOpcode) return std::unexpected(kInvalidOpcode);
  if (reserved || cdb[15] != 0) return std::unexpected(kInvalidField);
  const std::uint8_t group = cdb[14];
  if (cdb[1] == kReadAction) {
    if (group == kGroupMutexes) return ReadRecords{length};
    if (group == kGroupInquiry && length == 1) return ReadCounts{};
    return std::unexpected(kInvalidField);
  }
  // A write's length is in bytes, a read's above in records.
  if ((cdb[1] & 0x0F) != 0 || length != kRecordSize || data_out.size() != kRecordSize)
    return std::unexpected(kInvalidField);
  const std::uint8_t operation = cdb[1] >> 4;
  if (group == kGroupInquiry && operation == 0) return ResetTable{};
  if (group != kGroupMutexes) return std::unexpected(kInvalidField);
  if (operation > static_cast<std::uint8_t>(Operation::destroy)) return std::unexpected(kInvalidOpcode);
  auto record = unpack_request(data_out.first<kRecordSize>());
  if (!record) return std::unexpected(Sense{0x05, 0x26, 0x00});  // invalid field in parameter list
  return MutexCommand{static_cast<Operation>(operation), *record};
}

Answer make_answer(const Command& command, const Reply& reply) {
  Answer answer;
  switch (reply.status) {
    case Status::good: break;
    case Status::conflict: answer.status = kConflict; return answer;
    case Status::terminated: answer.status = kTerminated; return answer;
    case Status::busy: answer.status = kBusy; return answer;
    default:
      answer.status = kCheckCondition;
      answer.sense = make_sense(sense_of(reply.status));
      return answer;
  }
  if (const auto* read = std::get_if<ReadRecords>(&command)) answer.data = pack_table(reply.records, read->count);
  if (std::holds_alternative<ReadCounts>(command)) answer.data = pack_counts(reply.counts);
  if (std::holds_alternative<Probe>(command)) {
    answer.data.resize(kVersionPageSize);
    answer.data[1] = std::byte{kVersionPage};
    answer.data[3] = std::byte{kVersionPageSize - 4};
    answer.data[kVersionOffset] = std::byte{reply.version.major};
  }
  return answer;
}

}  // namespace lvm::idm::scsi
