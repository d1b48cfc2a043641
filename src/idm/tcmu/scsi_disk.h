// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "idm/drive.h"
#include "idm/front/backing.h"
#include "idm/front/front_end.h"
#include "idm/scsi/codec.h"

namespace lvm::idm::tcmu {

using Cdb = std::array<std::uint8_t, 16>;

// A SCSI disk (SBC-3, SPC-4) with in-drive mutexes: what each command does and answers. Data is in `backing`,
// mutexes are in `drive`. No kernel interface in here.
class ScsiDisk {
 public:
  // The backing holds the blocks of `facts`.
  ScsiDisk(front::DriveFacts facts, front::Backing backing, Drive& drive);

  // `out` is what the initiator sends, if anything. `allowed` bytes may come back at most.
  scsi::Answer execute(const Cdb& cdb, std::span<const std::byte> out, std::size_t allowed, Time now);

  static bool is_mutex(const Cdb& cdb) { return cdb[0] == scsi::kMutexOpcode; }
  // INQUIRY says what a drive is rather than what it holds: answered even by a drive that is gone.
  static bool tells_identity(const Cdb& cdb) { return cdb[0] == scsi::kInquiryOpcode; }

 private:
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };
  struct OpcodeRow;
  static const OpcodeRow kOpcodes[];

  scsi::Answer inquiry(const Cdb& cdb) const;
  std::vector<std::byte> vital_product_data(std::uint8_t page) const;
  std::vector<std::byte> device_identification() const;
  std::vector<std::byte> block_limits() const;
  scsi::Answer mode_sense(const Cdb& cdb) const;
  scsi::Answer read_capacity_10() const;
  scsi::Answer service_action_in(const Cdb& cdb) const;
  scsi::Answer request_sense(const Cdb& cdb) const;
  scsi::Answer read(Range range);
  scsi::Answer write(Range range, const Cdb& cdb, std::span<const std::byte> out);
  scsi::Answer verify(Range range, const Cdb& cdb, std::span<const std::byte> out);
  scsi::Answer compare_and_write(const Cdb& cdb, std::span<const std::byte> out);
  scsi::Answer write_same(Range range, const Cdb& cdb, std::span<const std::byte> out);
  scsi::Answer unmap(const Cdb& cdb, std::span<const std::byte> out);
  scsi::Answer synchronize_cache();
  scsi::Answer mutex(const Cdb& cdb, std::span<const std::byte> out, std::size_t allowed, Time now);

  bool contains(Range range) const {
    return range.first <= facts_.blocks && range.count <= facts_.blocks - range.first;
  }
  std::uint64_t byte_offset(Range range) const { return range.first * facts_.block_size; }
  std::uint64_t byte_count(Range range) const { return range.count * facts_.block_size; }

  front::DriveFacts facts_;
  front::Backing backing_;
  Drive& drive_;
};

inline constexpr scsi::Sense kLbaOutOfRange{0x05, 0x21, 0x00}, kWriteProtected{0x07, 0x27, 0x00},
    kUnrecoveredRead{0x03, 0x11, 0x00}, kWriteFault{0x03, 0x0C, 0x00}, kNotReady{0x02, 0x04, 0x03},
    kMiscompare{0x0E, 0x1D, 0x00}, kParameterLength{0x05, 0x1A, 0x00};
scsi::Answer check_condition(const scsi::Sense& sense);

}  // namespace lvm::idm::tcmu
