// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/tcmu/scsi_disk.h"

#include <algorithm>
#include <utility>

#include "idm/table.h"

namespace lvm::idm::tcmu {
namespace {

// A command holds that much in memory at most; block limits (VPD B0h) say so.
constexpr std::uint64_t kMostBytes = 16u << 20;

std::uint64_t get_be(std::span<const std::uint8_t> bytes) {
  std::uint64_t out = 0;
  for (std::uint8_t byte : bytes) out = out << 8 | byte;
  return out;
}

std::uint64_t get_be(std::span<const std::byte> bytes) {
  return get_be(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

bool forced_unit_access(const Cdb& cdb) { return (cdb[1] & 0x08) != 0; }

}  // namespace

scsi::Answer check_condition(const scsi::Sense& sense) {
  return {.status = scsi::kCheckCondition, .sense = scsi::make_sense(sense), .data = {}};
}

ScsiDisk::ScsiDisk(front::DriveFacts facts, front::Backing backing, Drive& drive)
    : facts_(std::move(facts)), backing_(std::move(backing)), drive_(drive) {
  CHECK((facts_.block_size == 512 || facts_.block_size == 4096) && facts_.blocks > 0 &&
        facts_.size().n <= backing_.size().n);
}

namespace {

// Where a command's CDB has its range of blocks.
enum class Form : std::uint8_t { none, six, ten, twelve, sixteen };

std::pair<std::uint64_t, std::uint64_t> range_of(Form form, const Cdb& cdb) {
  const std::span bytes(cdb);
  switch (form) {
    case Form::none: return {0, 0};
    case Form::six: return {get_be(bytes.subspan(1, 3)) & 0x1FFFFF, cdb[4] == 0 ? 256 : cdb[4]};
    case Form::ten: return {get_be(bytes.subspan(2, 4)), get_be(bytes.subspan(7, 2))};
    case Form::twelve: return {get_be(bytes.subspan(2, 4)), get_be(bytes.subspan(6, 4))};
    case Form::sixteen: return {get_be(bytes.subspan(2, 8)), get_be(bytes.subspan(10, 4))};
  }
  return {0, 0};
}

}  // namespace

struct ScsiDisk::OpcodeRow {
  enum class Verb : std::uint8_t {
    test_unit_ready,
    request_sense,
    inquiry,
    mode_sense,
    start_stop,
    read_capacity,
    service_action_in,
    read,
    write,
    verify,
    synchronize,
    compare_and_write,
    write_same,
    unmap,
    mutex,
  };
  std::uint8_t opcode;
  Verb verb;
  Form form = Form::none;
};

const ScsiDisk::OpcodeRow ScsiDisk::kOpcodes[] = {
    {0x00, OpcodeRow::Verb::test_unit_ready},
    {0x03, OpcodeRow::Verb::request_sense},
    {0x08, OpcodeRow::Verb::read, Form::six},
    {0x0A, OpcodeRow::Verb::write, Form::six},
    {0x12, OpcodeRow::Verb::inquiry},
    {0x1A, OpcodeRow::Verb::mode_sense},
    {0x1B, OpcodeRow::Verb::start_stop},
    {0x25, OpcodeRow::Verb::read_capacity},
    {0x28, OpcodeRow::Verb::read, Form::ten},
    {0x2A, OpcodeRow::Verb::write, Form::ten},
    {0x2F, OpcodeRow::Verb::verify, Form::ten},
    {0x35, OpcodeRow::Verb::synchronize, Form::ten},
    {0x41, OpcodeRow::Verb::write_same, Form::ten},
    {0x42, OpcodeRow::Verb::unmap},
    {0x5A, OpcodeRow::Verb::mode_sense},
    {0x88, OpcodeRow::Verb::read, Form::sixteen},
    {0x89, OpcodeRow::Verb::compare_and_write},
    {0x8A, OpcodeRow::Verb::write, Form::sixteen},
    {0x8F, OpcodeRow::Verb::verify, Form::sixteen},
    {0x91, OpcodeRow::Verb::synchronize, Form::sixteen},
    {0x93, OpcodeRow::Verb::write_same, Form::sixteen},
    {0x9E, OpcodeRow::Verb::service_action_in},
    {0xA8, OpcodeRow::Verb::read, Form::twelve},
    {0xAA, OpcodeRow::Verb::write, Form::twelve},
    {scsi::kMutexOpcode, OpcodeRow::Verb::mutex},
};

scsi::Answer ScsiDisk::execute(const Cdb& cdb, std::span<const std::byte> out, std::size_t allowed, Time now) {
  const auto* row = std::ranges::find(kOpcodes, cdb[0], &OpcodeRow::opcode);
  if (row == std::end(kOpcodes)) return check_condition(scsi::kInvalidOpcode);
  const auto [first, count] = range_of(row->form, cdb);
  const Range range{first, count};
  if (!contains(range)) return check_condition(kLbaOutOfRange);
  switch (row->verb) {
    case OpcodeRow::Verb::test_unit_ready:
    case OpcodeRow::Verb::start_stop: return {};
    case OpcodeRow::Verb::request_sense: return request_sense(cdb);
    case OpcodeRow::Verb::inquiry: return inquiry(cdb);
    case OpcodeRow::Verb::mode_sense: return mode_sense(cdb);
    case OpcodeRow::Verb::read_capacity: return read_capacity_10();
    case OpcodeRow::Verb::service_action_in: return service_action_in(cdb);
    case OpcodeRow::Verb::read: return read(range);
    case OpcodeRow::Verb::write: return write(range, cdb, out);
    case OpcodeRow::Verb::verify: return verify(range, cdb, out);
    case OpcodeRow::Verb::synchronize: return synchronize_cache();
    case OpcodeRow::Verb::compare_and_write: return compare_and_write(cdb, out);
    case OpcodeRow::Verb::write_same: return write_same(range, cdb, out);
    case OpcodeRow::Verb::unmap: return unmap(cdb, out);
    case OpcodeRow::Verb::mutex: return mutex(cdb, out, allowed, now);
  }
  return check_condition(scsi::kInvalidOpcode);
}

scsi::Answer ScsiDisk::read(Range range) {
  if (byte_count(range) > kMostBytes) return check_condition(scsi::kInvalidField);
  scsi::Answer answer;
  answer.data.resize(byte_count(range));
  if (!backing_.read(answer.data, byte_offset(range))) return check_condition(kUnrecoveredRead);
  return answer;
}

scsi::Answer ScsiDisk::write(Range range, const Cdb& cdb, std::span<const std::byte> out) {
  if (backing_.read_only()) return check_condition(kWriteProtected);
  if (out.size() < byte_count(range)) return check_condition(scsi::kInvalidField);
  if (!backing_.write(out.first(byte_count(range)), byte_offset(range))) return check_condition(kWriteFault);
  // A six-byte write has no such bit: there it belongs to the address.
  if (cdb[0] != 0x0A && forced_unit_access(cdb)) return synchronize_cache();
  return {};
}

// BYTCHK 01b compares with what is sent, 00b only reads.
scsi::Answer ScsiDisk::verify(Range range, const Cdb& cdb, std::span<const std::byte> out) {
  const unsigned compare = cdb[1] >> 1 & 3;
  if (compare > 1) return check_condition(scsi::kInvalidField);
  scsi::Answer stored = read(range);
  if (stored.status != scsi::kGood) return stored;
  if (compare == 1 &&
      (out.size() < stored.data.size() || !std::ranges::equal(stored.data, out.first(stored.data.size()))))
    return check_condition(kMiscompare);
  return {};
}

scsi::Answer ScsiDisk::synchronize_cache() {
  if (!backing_.flush()) return check_condition(kWriteFault);
  return {};
}

// One command at a time is worked on, so this is atomic.
scsi::Answer ScsiDisk::compare_and_write(const Cdb& cdb, std::span<const std::byte> out) {
  const Range range{get_be(std::span(cdb).subspan(2, 8)), cdb[13]};
  if (!contains(range)) return check_condition(kLbaOutOfRange);
  const std::uint64_t half = byte_count(range);
  if (out.size() < 2 * half) return check_condition(scsi::kInvalidField);
  scsi::Answer stored = read(range);
  if (stored.status != scsi::kGood) return stored;
  if (!std::ranges::equal(stored.data, out.first(half))) return check_condition(kMiscompare);
  return write(range, cdb, out.subspan(half, half));
}

scsi::Answer ScsiDisk::write_same(Range range, const Cdb& cdb, std::span<const std::byte> out) {
  if (backing_.read_only()) return check_condition(kWriteProtected);
  // Without a count it would run to the end of the disk; block limits (WSNZ) say that this is not done.
  if (range.count == 0) return check_condition(scsi::kInvalidField);
  const bool discard = (cdb[1] & 0x08) != 0, no_data = (cdb[1] & 0x01) != 0;
  if (!no_data && out.size() < facts_.block_size) return check_condition(scsi::kInvalidField);
  const bool zeros =
      no_data || std::ranges::all_of(out.first(facts_.block_size), [](std::byte b) { return b == std::byte{0}; });
  if (discard && zeros && backing_.can_discard() && backing_.discard(byte_offset(range), byte_count(range))) return {};
  std::vector<std::byte> block(facts_.block_size);
  if (!no_data) std::ranges::copy(out.first(facts_.block_size), block.begin());
  for (std::uint64_t i = 0; i < range.count; ++i)
    if (!backing_.write(block, (range.first + i) * facts_.block_size)) return check_condition(kWriteFault);
  return {};
}

// Ranges are checked before any is freed: a bad list changes nothing.
scsi::Answer ScsiDisk::unmap(const Cdb& cdb, std::span<const std::byte> out) {
  if (backing_.read_only()) return check_condition(kWriteProtected);
  if ((cdb[1] & 0x01) != 0 || !backing_.can_discard()) return check_condition(scsi::kInvalidField);
  if (out.empty()) return {};
  if (out.size() < 8) return check_condition(kParameterLength);
  const std::uint64_t length = get_be(out.subspan(2, 2));
  if (length % 16 != 0 || length > out.size() - 8) return check_condition(kParameterLength);
  std::vector<Range> ranges;
  for (std::size_t at = 8; at < 8 + length; at += 16)
    ranges.push_back({get_be(out.subspan(at, 8)), get_be(out.subspan(at + 8, 4))});
  if (!std::ranges::all_of(ranges, [&](Range range) { return contains(range); }))
    return check_condition(kLbaOutOfRange);
  for (Range range : ranges)
    if (range.count != 0 && !backing_.discard(byte_offset(range), byte_count(range)))
      return check_condition(kWriteFault);
  return {};
}

namespace {

// The kernel's target knows no length for opcode F0h but that of its group, ten bytes: bytes 10 to 15, with the
// length and the group of mutexes, do not get here. A whole CDB has a group, so it is never taken for a cut one.
bool is_cut(const Cdb& cdb) {
  return std::ranges::all_of(std::span(cdb).subspan<10>(), [](std::uint8_t byte) { return byte == 0; });
}

// What the size of the transfer tells of the missing bytes. A read of one block may be of the counts or of one
// record: taken for the counts.
Cdb restored(Cdb cdb, std::size_t transfer) {
  const bool read = cdb[1] == 0x01;
  const std::size_t length = read ? transfer / kRecordSize : transfer;
  cdb[12] = static_cast<std::uint8_t>(length >> 8);
  cdb[11] = static_cast<std::uint8_t>(length >> 16);
  cdb[13] = static_cast<std::uint8_t>(length);
  cdb[14] = (read ? length == 1 : cdb[1] == 0) ? kGroupInquiry : kGroupMutexes;
  return cdb;
}

}  // namespace

scsi::Answer ScsiDisk::mutex(const Cdb& given, std::span<const std::byte> out, std::size_t allowed, Time now) {
  if (!drive_.behaviour().supported) return check_condition(scsi::kInvalidOpcode);
  const bool cut = is_cut(given);
  const auto command = scsi::parse_mutex_command(cut ? restored(given, allowed) : given, out);
  if (!command) return check_condition(command.error());
  // A buffer that is too small for the records asked for gets none.
  if (const auto* read = std::get_if<ReadRecords>(&*command); read && std::size_t{read->count} * kRecordSize > allowed)
    return check_condition(scsi::kInvalidField);
  // One block that serves for both readings: of the counts hosts use the total, its first two bytes; of a record's
  // state, where these stand, the low half counts.
  if (cut && std::holds_alternative<ReadCounts>(*command) && drive_.record_count() == 1) {
    scsi::Answer both = scsi::make_answer(ReadRecords{1}, drive_.execute(ReadRecords{1}, now));
    both.data[1] = std::byte{1};
    return both;
  }
  return scsi::make_answer(*command, drive_.execute(*command, now));
}

}  // namespace lvm::idm::tcmu
