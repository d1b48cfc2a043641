// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/batch.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/testing/temporary_folder.h"
#include "dm/user/testing/file_disk.h"

namespace lvm::dm::user {
namespace {

// With io_uring and without.
class UserEngineBatch : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && rings_->describe() != "io_uring") GTEST_SKIP() << rings_->describe();
    for (int i = 0; i < 3; ++i)
      disks_.push_back(
          std::make_unique<testing::FileDisk>(folder_.path() + "/" + std::to_string(i), Sectors(2048), rings_));
  }
  std::shared_ptr<Rings> rings_ = std::make_shared<Rings>(GetParam());
  TemporaryFolder folder_;
  std::vector<std::unique_ptr<testing::FileDisk>> disks_;
};

TEST_P(UserEngineBatch, MoreReadsThanARingHolds) {
  constexpr std::size_t kPieces = 100, kSize = 5000;
  std::vector<std::vector<std::byte>> written, read(kPieces, std::vector<std::byte>(kSize));
  std::vector<Result<>> results(kPieces);
  for (std::size_t i = 0; i < kPieces; ++i) {
    written.emplace_back(kSize, static_cast<std::byte>(i));
    ASSERT_TRUE(disks_[i % 3]->write(Bytes(i * kSize), written[i]));
  }
  Batch batch;
  for (std::size_t i = 0; i < kPieces; ++i) disks_[i % 3]->start_read(Bytes(i * kSize), read[i], results[i], batch);
  batch.wait();
  for (const auto& result : results) EXPECT_TRUE(result);
  EXPECT_EQ(read, written);
}

TEST_P(UserEngineBatch, EachErrorGoesToItsRead) {
  std::filesystem::resize_file(folder_.path() + "/1", 512);
  std::vector<std::byte> data(3 * 4096, std::byte{7});
  std::vector<Result<>> results(4);
  Batch batch;
  for (std::size_t i = 0; i < 3; ++i)
    disks_[i]->start_read(Bytes(), std::span(data).subspan(i * 4096, 4096), results[i], batch);
  disks_[2]->start_read(to_bytes(Sectors(2047)), std::span(data).first(4096), results[3], batch);
  batch.wait();
  EXPECT_TRUE(results[0] && results[2]);
  ASSERT_FALSE(results[1]);
  EXPECT_NE(results[1].error().text().find("cut short while in use"), std::string::npos) << results[1].error().text();
  ASSERT_FALSE(results[3]);
  EXPECT_NE(results[3].error().text().find("beyond the end"), std::string::npos) << results[3].error().text();
}

TEST_P(UserEngineBatch, GatesAreLeftWhenAllIsDone) {
  IoGate gate;
  std::vector<std::byte> data(4096, std::byte{7});
  Result<> result;
  {
    Batch batch;
    ASSERT_TRUE(gate.try_enter());
    disks_[0]->start_read(Bytes(), data, result, batch);
    batch.leave_later(gate);
  }
  EXPECT_TRUE(result);
  EXPECT_EQ(data, std::vector<std::byte>(4096));
  gate.close();  // would wait for ever
  EXPECT_FALSE(gate.try_enter());
}

INSTANTIATE_TEST_SUITE_P(Ring, UserEngineBatch, ::testing::Bool());

}  // namespace
}  // namespace lvm::dm::user
