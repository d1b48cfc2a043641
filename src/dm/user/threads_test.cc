// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>

#include "dm/text.h"
#include "dm/user/local_engine.h"
#include "dm/user/machine.h"
#include "dm/user/testing/memory_block.h"

// Readers and writers in threads of their own, above the threads of the engine, while tables change below them.
namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kSectors = 2048;
constexpr int kWriters = 4;

class UserEngineThreads : public ::testing::Test {
 protected:
  void SetUp() override {
    for (std::uint32_t i = 0; i < 4; ++i) {
      disks_.push_back(std::make_shared<testing::MemoryBlock>(Sectors(8192)));
      machine_->attach({kImageMajor, i}, disks_.back());
    }
    make("real", raid_table());
    make("cow", "0 8192 linear 4096:3 0");
    make("lv", "0 2048 snapshot-origin " + number("real"));
    make("snap", fmt::format("0 2048 snapshot {} {} P 8", number("real"), number("cow")));
  }
  void TearDown() override { machine_->remove_all(); }

  // Two images that also hold their own metadata: at the end of each disk.
  std::string raid_table() {
    if (number("rmeta0") == "0:0")
      for (int i = 0; i < 2; ++i) {
        make(fmt::format("rmeta{}", i), fmt::format("0 64 linear 4096:{} 8000", i));
        make(fmt::format("rimage{}", i), fmt::format("0 2048 linear 4096:{} 0", i));
      }
    return fmt::format("0 2048 raid raid1 3 0 region_size 64 2 {} {} {} {}", number("rmeta0"), number("rimage0"),
                       number("rmeta1"), number("rimage1"));
  }
  static std::string uuid(const std::string& name) { return "LVM-" + name; }
  void load(const std::string& name, const std::string& table) {
    auto loaded = engine_.load(uuid(name), *parse_table(table), false);
    ASSERT_TRUE(loaded) << loaded.error().text();
  }
  void make(const std::string& name, const std::string& table) {
    ASSERT_TRUE(engine_.create({name, uuid(name), std::nullopt}));
    load(name, table);
    auto resumed = engine_.resume(uuid(name), {}, std::nullopt);
    ASSERT_TRUE(resumed) << resumed.error().text();
  }
  std::string number(const std::string& name) {
    auto info = engine_.info(uuid(name));
    return info && *info ? to_text((*info)->device) : "0:0";
  }
  std::unique_ptr<Block> open(const std::string& name) {
    return *engine_.open((*engine_.info(uuid(name)))->device, true);
  }

  // Every kWriters-th sector is one writer's: what it wrote is what it reads.
  void write_and_read(const std::string& name, unsigned mine, int rounds) {
    std::mt19937_64 random(mine);
    auto block = open(name);
    std::vector<std::vector<std::byte>> known(kSectors);
    std::vector<std::byte> sector(kSectorSize);
    for (int i = 0; i < rounds; ++i) {
      const auto index = random() % (kSectors / kWriters) * kWriters + mine;
      const Bytes at(index * kSectorSize);
      if (known[index].empty() || random() % 2 == 0) {
        for (auto& byte : sector) byte = static_cast<std::byte>(random());
        auto written = block->write(at, sector, random() % 16 == 0);
        if (!written) return fail_with(written.error());
        known[index] = sector;
      } else {
        auto read = block->read(at, sector);
        if (!read) return fail_with(read.error());
        if (sector != known[index]) return fail_with(Error(Code::corrupt, fmt::format("{} sector {}", name, index)));
      }
      if (random() % 64 == 0) static_cast<void>(block->flush());
    }
  }
  void fail_with(const Error& error) { ADD_FAILURE() << error.text(); }

  std::shared_ptr<Machine> machine_ = std::make_shared<Machine>();
  LocalEngine engine_{machine_};
  std::vector<std::shared_ptr<testing::MemoryBlock>> disks_;
};

TEST_F(UserEngineThreads, TablesChangeBelowReadersAndWriters) {
  std::atomic<int> running{2 * kWriters};
  std::vector<std::thread> threads;
  for (const char* name : {"lv", "snap"})
    for (unsigned i = 0; i < kWriters; ++i)
      threads.emplace_back([this, name, i, &running] {
        write_and_read(name, i, 1500);
        --running;
      });
  for (int round = 0; running != 0; ++round) {
    switch (round % 4) {
      case 0:
        load("real", raid_table());
        EXPECT_TRUE(engine_.resume(uuid("real"), {}, std::nullopt));
        break;
      case 1:
        EXPECT_TRUE(engine_.suspend(uuid("snap"), {}));
        EXPECT_FALSE(engine_.status(uuid("snap"))->empty());
        EXPECT_TRUE(engine_.resume(uuid("snap"), {}, std::nullopt));
        break;
      case 2:
        // An image fails writes for a moment; it comes back with the next table of the set.
        disks_[0]->fail_changes(true);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        disks_[0]->fail_changes(false);
        break;
      case 3:
        EXPECT_TRUE(engine_.suspend(uuid("lv"), {}));
        load("lv", "0 2048 snapshot-origin " + number("real"));
        EXPECT_TRUE(engine_.resume(uuid("lv"), {}, std::nullopt));
        break;
      default: break;
    }
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(engine_.status(uuid("snap"))->front().params.find("Invalid"), std::string::npos);
}

}  // namespace
}  // namespace lvm::dm::user
