// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/tcmu/scsi_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "idm/system/paths.h"
#include "idm/testing/drive_text.h"

namespace lvm::idm::tcmu {
namespace {

constexpr std::size_t kBlocks = 256;
const DriveId kId = *DriveId::parse("naa.5000c500a1b2c3d4");

class UnitIdmScsiDisk : public ::testing::Test {
 protected:
  UnitIdmScsiDisk() {
    char pattern[] = "/tmp/idm-disk-XXXXXX";
    Fd file(::mkstemp(pattern));
    path_ = pattern;
    EXPECT_EQ(::ftruncate(file.get(), kBlocks * 512), 0);
    open(false);
  }
  ~UnitIdmScsiDisk() override { ::unlink(path_.c_str()); }

  void open(bool read_only) {
    disk_.emplace(front::DriveFacts{kId, "serial-1", kBlocks, 512}, front::Backing::open(path_, read_only).value(),
                  drive_);
  }
  scsi::Answer run(std::initializer_list<int> cdb, const std::vector<std::byte>& out = {},
                   std::size_t allowed = 1 << 20) {
    Cdb bytes{};
    std::ranges::transform(cdb, bytes.begin(), [](int byte) { return static_cast<std::uint8_t>(byte); });
    return disk_->execute(bytes, out, allowed, Time{0});
  }
  static std::vector<std::byte> filled(std::size_t blocks, int value) {
    return std::vector<std::byte>(blocks * 512, static_cast<std::byte>(value));
  }
  static void expect_sense(const scsi::Answer& answer, const scsi::Sense& sense) {
    EXPECT_EQ(answer.status, scsi::kCheckCondition);
    EXPECT_EQ(scsi::parse_sense(answer.sense), sense);
  }

  std::string path_;
  Drive drive_;
  std::optional<ScsiDisk> disk_;
};

TEST_F(UnitIdmScsiDisk, ReadsWhatWasWritten) {
  EXPECT_EQ(run({0x2A, 0, 0, 0, 0, 3, 0, 0, 2}, filled(2, 0x11)).status, scsi::kGood);
  EXPECT_EQ(run({0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1}, filled(1, 0x22)).status, scsi::kGood);
  EXPECT_EQ(run({0xAA, 0, 0, 0, 0, 6, 0, 0, 0, 1}, filled(1, 0x33)).status, scsi::kGood);
  EXPECT_EQ(run({0x0A, 0, 0, 7, 1}, filled(1, 0x44)).status, scsi::kGood);
  EXPECT_EQ(run({0x28, 0, 0, 0, 0, 3, 0, 0, 2}).data, filled(2, 0x11));
  EXPECT_EQ(run({0x88, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1}).data, filled(1, 0x22));
  EXPECT_EQ(run({0xA8, 0, 0, 0, 0, 6, 0, 0, 0, 1}).data, filled(1, 0x33));
  EXPECT_EQ(run({0x08, 0, 0, 7, 1}).data, filled(1, 0x44));
  EXPECT_EQ(run({0x08, 0, 0, 0, 0}).data.size(), 256u * 512);
  EXPECT_EQ(run({0x28, 0, 0, 0, 0, 3, 0, 0, 0}).data.size(), 0u);
  EXPECT_EQ(run({0x35}).status, scsi::kGood);
}

TEST_F(UnitIdmScsiDisk, StaysInside) {
  expect_sense(run({0x28, 0, 0, 0, 0, 255, 0, 0, 2}), kLbaOutOfRange);
  expect_sense(run({0x2A, 0, 0, 0, 1, 0, 0, 0, 1}, filled(1, 1)), kLbaOutOfRange);
  expect_sense(run({0x88, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}), kLbaOutOfRange);
  expect_sense(run({0x89, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, filled(2, 1)), kLbaOutOfRange);
  // Less data than the command says.
  expect_sense(run({0x2A, 0, 0, 0, 0, 3, 0, 0, 2}, filled(1, 1)), scsi::kInvalidField);
}

TEST_F(UnitIdmScsiDisk, CompareAndWrite) {
  const auto command = [&](int expected, int next) {
    auto out = filled(1, expected);
    const auto second = filled(1, next);
    out.insert(out.end(), second.begin(), second.end());
    return run({0x89, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1}, out);
  };
  EXPECT_EQ(command(0, 5).status, scsi::kGood);
  expect_sense(command(0, 6), kMiscompare);
  EXPECT_EQ(run({0x28, 0, 0, 0, 0, 9, 0, 0, 1}).data, filled(1, 5));
}

TEST_F(UnitIdmScsiDisk, VerifyComparesWhenAskedTo) {
  EXPECT_EQ(run({0x2F, 0, 0, 0, 0, 0, 0, 0, 4}).status, scsi::kGood);
  EXPECT_EQ(run({0x2F, 2, 0, 0, 0, 0, 0, 0, 1}, filled(1, 0)).status, scsi::kGood);
  expect_sense(run({0x2F, 2, 0, 0, 0, 0, 0, 0, 1}, filled(1, 1)), kMiscompare);
}

TEST_F(UnitIdmScsiDisk, WriteSameAndUnmap) {
  EXPECT_EQ(run({0x41, 0, 0, 0, 0, 8, 0, 0, 4}, filled(1, 7)).status, scsi::kGood);
  EXPECT_EQ(run({0x28, 0, 0, 0, 0, 8, 0, 0, 4}).data, filled(4, 7));
  // Frees block 9 and 10.
  std::vector<std::byte> list(24);
  list[1] = std::byte{22}, list[3] = std::byte{16}, list[15] = std::byte{9}, list[19] = std::byte{2};
  EXPECT_EQ(run({0x42}, list).status, scsi::kGood);
  EXPECT_EQ(run({0x28, 0, 0, 0, 0, 9, 0, 0, 2}).data, filled(2, 0));
  EXPECT_EQ(run({0x28, 0, 0, 0, 0, 11, 0, 0, 1}).data, filled(1, 7));
  list[13] = std::byte{1};
  expect_sense(run({0x42}, list), kLbaOutOfRange);
  list.resize(20);
  expect_sense(run({0x42}, list), kParameterLength);
}

TEST_F(UnitIdmScsiDisk, ReadOnlyData) {
  open(true);
  expect_sense(run({0x2A, 0, 0, 0, 0, 3, 0, 0, 1}, filled(1, 1)), kWriteProtected);
  expect_sense(run({0x42}), kWriteProtected);
  EXPECT_EQ(run({0x1A, 0, 0x3F, 0, 255}).data[2], std::byte{0x90});
}

TEST_F(UnitIdmScsiDisk, SaysWhoItIs) {
  const auto identity = run({0x12, 1, 0x83, 0, 255}).data;
  EXPECT_EQ(drive_id_of_page({reinterpret_cast<const std::uint8_t*>(identity.data()), identity.size()}), kId);
  EXPECT_EQ(run({0x12, 0, 0, 0, 96}).data.size(), 36u);
  EXPECT_EQ(run({0x12, 0, 0, 0, 5}).data.size(), 5u);
  EXPECT_EQ(run({0x12, 1, 0x80, 0, 255}).data.size(), 4u + 8);
  expect_sense(run({0x12, 1, 0x99, 0, 255}), scsi::kInvalidField);
  const auto capacity = run({0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32}).data;
  ASSERT_EQ(capacity.size(), 32u);
  EXPECT_EQ(capacity[7], std::byte{kBlocks - 1});
  EXPECT_EQ(capacity[10], std::byte{2});
  EXPECT_EQ(run({0x25}).data[3], std::byte{kBlocks - 1});
  EXPECT_EQ(run({0x5A, 0, 0x08, 0, 0, 0, 0, 0, 255}).data.size(), 28u);
  expect_sense(run({0x5A, 0, 0x1C, 0, 0, 0, 0, 0, 255}), scsi::kInvalidField);
  expect_sense(run({0xC0}), scsi::kInvalidOpcode);
}

TEST_F(UnitIdmScsiDisk, EveryPageItListsIsThere) {
  for (bool supported : {true, false}) {
    Drive other({}, {.supported = supported});
    ScsiDisk disk({kId, "x", kBlocks / 8, 4096}, front::Backing::open(path_, false).value(), other);
    const auto page = [&](std::uint8_t code) { return disk.execute({0x12, 1, code, 0, 255}, {}, 255, Time{0}); };
    const auto list = page(0).data;
    ASSERT_EQ(list.size(), supported ? 11u : 10u);
    for (std::size_t i = 4; i < list.size(); ++i) {
      const auto code = std::to_integer<std::uint8_t>(list[i]);
      EXPECT_EQ(page(code).data.at(1), list[i]);
      EXPECT_EQ(page(code).data.size(), 4u + std::to_integer<std::size_t>(page(code).data[3])) << int{code};
    }
    EXPECT_EQ(page(scsi::kVersionPage).status, supported ? scsi::kGood : scsi::kCheckCondition);
  }
}

TEST_F(UnitIdmScsiDisk, MutexCommands) {
  const Command lock = testing::command("try ex", 'A');
  const scsi::Request request = scsi::encode(lock);
  EXPECT_EQ(disk_->execute(request.cdb, request.out, 512, Time{0}).status, scsi::kGood);
  EXPECT_EQ(disk_->execute(request.cdb, request.out, 512, Time{0}).status, scsi::kTerminated);
  const scsi::Request read = scsi::encode(ReadRecords{3});
  EXPECT_EQ(disk_->execute(read.cdb, {}, 1536, Time{0}).data.size(), 1536u);
  // A buffer smaller than the records that are asked for.
  expect_sense(disk_->execute(read.cdb, {}, 1535, Time{0}), scsi::kInvalidField);
  Drive ordinary({}, {.supported = false});
  ScsiDisk disk({kId, "x", kBlocks, 512}, front::Backing::open(path_, false).value(), ordinary);
  expect_sense(disk.execute(request.cdb, request.out, 512, Time{0}), scsi::kInvalidOpcode);
}

// Through the kernel's target only ten bytes of the CDB arrive.
TEST_F(UnitIdmScsiDisk, MutexCommandsOfWhichTheKernelCutTheEnd) {
  const auto ask = [&](const Command& command) {
    const scsi::Request request = scsi::encode(command);
    Cdb cdb = request.cdb;
    std::ranges::fill(std::span(cdb).subspan<10>(), std::uint8_t{0});
    // The data buffer of a read holds whatever was there.
    const std::vector<std::byte> data = request.out.empty() ? std::vector<std::byte>(request.in_size) : request.out;
    const scsi::Decoded decoded = scsi::decode(command, disk_->execute(cdb, data, data.size(), Time{0}));
    EXPECT_TRUE(decoded.outcome);
    return decoded.outcome.value_or(Reply{.status = Status::failed});
  };
  EXPECT_EQ(ask(ReadCounts{}).counts.total, 0);
  for (char digit : {'1', '2', '3'}) {
    EXPECT_EQ(ask(testing::command("try ex", 'A', digit)).status, Status::good);
    const auto count = ask(ReadCounts{}).counts.total;
    EXPECT_EQ(count, digit - '0');
    const auto records = ask(ReadRecords{count}).records;
    EXPECT_EQ(records, drive_.records(Time{0}));
  }
  EXPECT_EQ(ask(ReadRecords{8}).records.size(), 3u);
  EXPECT_EQ(ask(testing::command("refresh sh", 'A')).status, Status::good);
  EXPECT_EQ(ask(testing::command("unlock ex", 'A')).status, Status::terminated);
  EXPECT_EQ(ask(ResetTable{}).status, Status::good);
  EXPECT_EQ(drive_.record_count(), 0u);
}

}  // namespace
}  // namespace lvm::idm::tcmu
