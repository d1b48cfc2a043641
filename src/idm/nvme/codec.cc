// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/nvme/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "idm/table.h"

namespace lvm::idm::nvme {
namespace {

constexpr std::uint16_t kCommandSpecific = 0x100, kPathRelated = 0x300;
constexpr std::uint16_t kInvalidOpcode = 0x001, kInvalidField = 0x002, kNamespaceNotReady = 0x082;

struct StatusRow {
  std::uint8_t code;
  Status status;
};
constexpr StatusRow kStatuses[] = {
    {0xC0, Status::failed},       {0xC1, Status::failed_reverse_owner},
    {0xC2, Status::failed_state}, {0xC3, Status::failed_class},
    {0xC4, Status::failed_owner}, {0xC5, Status::invalid_operation},
    {0xC6, Status::table_full},   {0xC7, Status::hosts_full},
    {0xC8, Status::sharers_full}, {0xC9, Status::not_found},
    {0xCA, Status::conflict},     {0xCB, Status::terminated},
    {0xCC, Status::busy},
};

Outcome error(TransportError::Kind kind, bool may_have_run, std::string text) {
  return std::unexpected(TransportError{kind, may_have_run, std::move(text)});
}

Outcome decode_error(std::uint16_t status) {
  const std::uint16_t type = status & 0x700, code = status & 0xFF;
  const std::string text = fmt::format("NVMe status {:03x}h", status & 0x7FF);
  // Types 0, 1 (command specific) and 7 (vendor): only the code counts.
  if (type == 0 || type == kCommandSpecific || type == 0x700)
    for (const StatusRow& row : kStatuses)
      if (row.code == code) return Reply{.status = row.status};
  const std::uint16_t whole = status & 0x7FF;
  if (whole == kInvalidOpcode)
    return error(TransportError::Kind::unsupported, false, "it does not know the commands of in-drive mutexes");
  if (whole == kNamespaceNotReady)
    return error(TransportError::Kind::no_path, false, "the drive is not ready: " + text);
  // Asymmetric access: this path does not pass commands on now. Codes from 60h are errors under way.
  if (type == kPathRelated)
    return code < 0x60 ? error(TransportError::Kind::no_path, false, "the path is not usable now: " + text)
                       : error(TransportError::Kind::lost, true, "the path failed: " + text);
  if (whole == 0x004 || whole == 0x006 || whole == 0x007 || whole == 0x008)
    return error(TransportError::Kind::lost, true, "the command was aborted: " + text);
  return error(TransportError::Kind::malformed, true, "the drive reports an error that is none of a mutex: " + text);
}

Outcome decode_version(std::span<const std::byte> data, std::span<const std::uint16_t> vendors) {
  if (data.size() != kIdentifySize)
    return error(TransportError::Kind::malformed, true, "the controller's identification is cut short");
  const auto vendor =
      static_cast<std::uint16_t>(std::to_integer<unsigned>(data[0]) | std::to_integer<unsigned>(data[1]) << 8);
  const auto version = std::to_integer<std::uint8_t>(data[kVersionOffset]);
  if (std::ranges::find(vendors, vendor) == vendors.end())
    return error(TransportError::Kind::unsupported, false,
                 fmt::format("vendor {:04x}h is not known to make drives with mutexes", vendor));
  if (version < 0x10) return error(TransportError::Kind::unsupported, false, "it names no version of in-drive mutexes");
  return Reply{.version = {static_cast<std::uint8_t>(version >> 4), static_cast<std::uint8_t>(version & 15)}};
}

}  // namespace

Request encode(const Command& command) {
  Request request;
  std::uint32_t operation = static_cast<std::uint32_t>(Operation::init), group = kGroupMutexes;
  request.opcode = kReadOpcode;
  if (std::holds_alternative<Probe>(command)) {
    request.opcode = kIdentifyOpcode;
    request.cdw10 = 1;  // the controller, not a namespace
    request.in_size = kIdentifySize;
    return request;
  }
  if (const auto* mutex = std::get_if<MutexCommand>(&command)) {
    request.opcode = kWriteOpcode;
    operation = static_cast<std::uint32_t>(mutex->operation);
    request.out.resize(kRecordSize);
    pack_record(mutex->record, std::span(request.out).first<kRecordSize>());
  } else if (std::holds_alternative<ResetTable>(command)) {
    request.opcode = kWriteOpcode;
    operation = 0, group = kGroupInquiry;
    request.out.resize(kRecordSize);
  } else if (const auto* read = std::get_if<ReadRecords>(&command)) {
    request.in_size = std::size_t{read->count} * kRecordSize;
  } else {
    group = kGroupInquiry;
    request.in_size = kRecordSize;
  }
  request.cdw10 = static_cast<std::uint32_t>((request.out.size() + request.in_size) / 4);
  request.cdw12 = operation << 4 | group << 8;
  return request;
}

Outcome decode(const Command& command, const Answer& answer, std::span<const std::uint16_t> vendors) {
  if ((answer.status & 0x7FF) != 0) return decode_error(answer.status);
  if (std::holds_alternative<Probe>(command)) return decode_version(answer.data, vendors);
  if (const auto* read = std::get_if<ReadRecords>(&command)) {
    auto records = unpack_table(answer.data, read->count);
    if (!records) return error(TransportError::Kind::malformed, true, records.error().text());
    return Reply{.records = *std::move(records)};
  }
  if (std::holds_alternative<ReadCounts>(command)) {
    auto counts = unpack_counts(answer.data);
    if (!counts) return error(TransportError::Kind::malformed, true, counts.error().text());
    return Reply{.counts = *counts};
  }
  return Reply{};
}

std::expected<Command, std::uint16_t> parse_command(std::uint8_t opcode, std::uint32_t cdw10, std::uint32_t cdw12,
                                                    std::span<const std::byte> data_out) {
  if (opcode == kIdentifyOpcode && (cdw10 & 0xFF) == 1) return Probe{};
  if (opcode != kWriteOpcode && opcode != kReadOpcode) return std::unexpected(kInvalidOpcode);
  const std::uint32_t group = cdw12 >> 8 & 0xFF, operation = cdw12 >> 4 & 0xF;
  if ((cdw12 & 0xFFFF000F) != 0) return std::unexpected(kInvalidField);
  constexpr std::uint32_t kRecordWords = kRecordSize / 4;
  if (opcode == kReadOpcode) {
    if (cdw10 == 0 || cdw10 % kRecordWords != 0) return std::unexpected(kInvalidField);
    if (group == kGroupMutexes) return ReadRecords{cdw10 / kRecordWords};
    if (group == kGroupInquiry && cdw10 == kRecordWords) return ReadCounts{};
    return std::unexpected(static_cast<std::uint16_t>(kCommandSpecific | 0xC9));
  }
  if (cdw10 != kRecordWords || data_out.size() != kRecordSize) return std::unexpected(kInvalidField);
  if (group == kGroupInquiry && operation == 0) return ResetTable{};
  if (group != kGroupMutexes) return std::unexpected(static_cast<std::uint16_t>(kCommandSpecific | 0xC9));
  if (operation > static_cast<std::uint32_t>(Operation::destroy))
    return std::unexpected(static_cast<std::uint16_t>(kCommandSpecific | 0xC5));
  auto record = unpack_request(data_out.first<kRecordSize>());
  if (!record) return std::unexpected(kInvalidField);
  return MutexCommand{static_cast<Operation>(operation), *record};
}

Answer make_answer(const Command& command, const Reply& reply) {
  Answer answer;
  for (const StatusRow& row : kStatuses)
    if (row.status == reply.status) answer.status = kCommandSpecific | row.code;
  if (answer.status != 0) return answer;
  if (const auto* read = std::get_if<ReadRecords>(&command)) answer.data = pack_table(reply.records, read->count);
  if (std::holds_alternative<ReadCounts>(command)) answer.data = pack_counts(reply.counts);
  if (std::holds_alternative<Probe>(command)) {
    answer.data.resize(kIdentifySize);
    answer.data[0] = std::byte{kVendorSeagate & 0xFF};
    answer.data[1] = std::byte{kVendorSeagate >> 8};
    answer.data[kVersionOffset] = static_cast<std::byte>(reply.version.major << 4 | (reply.version.minor & 15));
  }
  return answer;
}

}  // namespace lvm::idm::nvme
