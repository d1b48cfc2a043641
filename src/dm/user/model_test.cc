// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <random>

#include "base/testing/temporary_folder.h"
#include "dm/text.h"
#include "dm/user/local_engine.h"
#include "dm/user/machine.h"
#include "dm/user/testing/file_disk.h"
#include "dm/user/testing/memory_block.h"

// Random operations on a stack of devices, beside a model that is nothing but arrays of bytes: a RAID1 volume of
// three images below an origin with snapshots, a striped volume and a mirror with a log. Images fail and come back,
// tables are swapped, snapshots fill and merge, the engine is killed, the power fails.
namespace lvm::dm::user {
namespace {

using Random = std::mt19937_64;
using Sector = std::array<std::byte, kSectorSize>;

constexpr std::uint64_t kSectors = 512;  // of each volume
constexpr std::uint64_t kMetadata = 64;  // sectors of an rmeta device
constexpr int kLegs = 3, kSnapshots = 3;
constexpr std::uint64_t kCowSlot = 1024;

// What a volume holds. A sector that was not flushed may have any of its former values after the power failed.
struct Content {
  std::vector<std::byte> now = std::vector<std::byte>(kSectors * kSectorSize);
  std::map<std::uint64_t, std::vector<Sector>> before;
  std::vector<bool> unknown = std::vector<bool>(kSectors);  // discarded
  std::vector<bool> wild = std::vector<bool>(kSectors);     // written since, but what was there before may come back

  Sector at(std::uint64_t sector) const {
    Sector value;
    std::memcpy(value.data(), now.data() + sector * kSectorSize, kSectorSize);
    return value;
  }
};

class World {
 public:
  using MakeDisk = std::function<std::shared_ptr<testing::Disk>(std::string_view name, Sectors size)>;
  World(std::uint64_t seed, const MakeDisk& make_disk) : random_(seed) {
    for (int i = 0; i < kLegs; ++i) legs_.push_back(make_disk(fmt::format("leg{}", i), Sectors(kMetadata + kSectors)));
    cows_ = make_disk("cows", Sectors(kCowSlot * kSnapshots));
    for (int i = 0; i < 2; ++i) stripes_.push_back(make_disk(fmt::format("stripe{}", i), Sectors(kSectors)));
    for (int i = 0; i < 2; ++i) mirrored_.push_back(make_disk(fmt::format("mirror{}", i), Sectors(kSectors)));
    log_ = make_disk("log", Sectors(64));
    start();
  }
  ~World() {
    if (machine_) machine_->remove_all();
  }

  void step();
  const std::vector<std::string>& history() const { return history_; }
  void finish();

 private:
  struct Snapshot {
    bool exists = false, merging = false;
    std::uint64_t cow_sectors = 0;
    Content content;
  };

  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  void note(std::string text) {
    history_.push_back(std::move(text));
    if (history_.size() > 60) history_.erase(history_.begin());
  }
  static std::string uuid(std::string_view name) { return fmt::format("LVM-{}", name); }

  template <class T>
  void need(const Result<T>& result, std::string_view what) {
    ASSERT_TRUE(result) << what << ": " << result.error().text();
  }
  void load(const std::string& name, const std::string& table) {
    auto values = parse_table(table);
    ASSERT_TRUE(values) << table;
    need(engine_->load(uuid(name), *values, false), name);
  }
  void make(const std::string& name, const std::string& table) {
    need(engine_->create({name, uuid(name), std::nullopt}), name);
    load(name, table);
    need(engine_->resume(uuid(name), {}, std::nullopt), name);
  }
  std::string number(const std::string& name) {
    auto info = engine_->info(uuid(name));
    return info && *info ? to_text((*info)->device) : "0:0";
  }
  std::string status(const std::string& name) {
    auto lines = engine_->status(uuid(name));
    return lines && !lines->empty() ? lines->front().params : "";
  }
  std::unique_ptr<Block> open(const std::string& name) {
    auto info = engine_->info(uuid(name));
    return *engine_->open((*info)->device, true);
  }

  std::string raid_table() {
    auto table = fmt::format("0 {} raid raid1 3 0 region_size 16 {}", kSectors, kLegs);
    for (int i = 0; i < kLegs; ++i)
      table += fmt::format(" {} {}", number(fmt::format("rmeta{}", i)), number(fmt::format("rimage{}", i)));
    return table;
  }
  std::string origin_table() {
    for (int i = 0; i < kSnapshots; ++i)
      if (snapshots_[i].exists && snapshots_[i].merging)
        return fmt::format("0 {} snapshot-merge {} {} P 8", kSectors, number("real"), number(fmt::format("cow{}", i)));
    return fmt::format("0 {} snapshot-origin {}", kSectors, number("real"));
  }
  std::string snapshot_table(int i) {
    if (snapshots_[i].merging) return fmt::format("0 {} error", kSectors);
    return fmt::format("0 {} snapshot {} {} P 8", kSectors, number("real"), number(fmt::format("cow{}", i)));
  }
  std::string mirror_table() { return fmt::format("0 {} mirror disk 2 4096:22 16 2 4096:20 0 4096:21 0", kSectors); }
  std::string stripes_table() { return fmt::format("0 {} striped 2 8 4096:10 0 4096:11 0", kSectors); }

  void start();
  void stop_at_once();
  void kill();
  void power_fails();
  void settle_content(Content& content, const std::string& name);
  void compare_all();
  void read_and_compare(Content& content, const std::string& name, std::uint64_t first, std::uint64_t count);
  void change(Content& content, const std::string& name);
  void flush(Content& content, const std::string& name);
  void take_snapshot();
  void drop_snapshot(int i);
  void merge();
  void end_merge();
  void reload(const std::string& name, const std::string& table);
  void fail_leg();
  void heal();
  void tick(int count);
  void drop_invalid();

  Random random_;
  std::uint64_t now_ = 1000;
  std::vector<std::shared_ptr<testing::Disk>> legs_, stripes_, mirrored_;
  std::shared_ptr<testing::Disk> cows_, log_;
  std::shared_ptr<Machine> machine_;
  std::unique_ptr<LocalEngine> engine_;
  Content origin_, striped_, mirror_;
  std::array<Snapshot, kSnapshots> snapshots_;
  std::array<bool, kLegs> failing_{};
  std::vector<std::string> history_;
};

void World::start() {
  MachineOptions options;
  options.threads = false;
  options.now = [this] { return now_; };
  machine_ = std::make_shared<Machine>(options);
  engine_ = std::make_unique<LocalEngine>(machine_);
  for (int i = 0; i < kLegs; ++i) machine_->attach({kImageMajor, static_cast<std::uint32_t>(i)}, legs_[i]);
  machine_->attach({kImageMajor, 5}, cows_);
  for (std::uint32_t i = 0; i < 2; ++i) {
    machine_->attach({kImageMajor, 10 + i}, stripes_[i]);
    machine_->attach({kImageMajor, 20 + i}, mirrored_[i]);
  }
  machine_->attach({kImageMajor, 22}, log_);
  for (int i = 0; i < kLegs; ++i) {
    make(fmt::format("rmeta{}", i), fmt::format("0 {} linear 4096:{} 0", kMetadata, i));
    make(fmt::format("rimage{}", i), fmt::format("0 {} linear 4096:{} {}", kSectors, i, kMetadata));
  }
  make("real", raid_table());
  for (int i = 0; i < kSnapshots; ++i)
    if (snapshots_[i].exists)
      make(fmt::format("cow{}", i), fmt::format("0 {} linear 4096:5 {}", snapshots_[i].cow_sectors, kCowSlot * i));
  make("lv", origin_table());
  for (int i = 0; i < kSnapshots; ++i)
    if (snapshots_[i].exists) make(fmt::format("snap{}", i), snapshot_table(i));
  make("striped", stripes_table());
  make("mirror", mirror_table());
}

void World::stop_at_once() {
  engine_.reset();
  machine_->abandon();
  machine_.reset();
}

// The engine's process dies; what it wrote is in the files.
void World::kill() {
  note("kill");
  stop_at_once();
  start();
  compare_all();
}

void World::power_fails() {
  note("power fails");
  stop_at_once();
  for (auto& disk : legs_) disk->lose_power(random_);
  for (auto* disks : {&stripes_, &mirrored_})
    for (auto& disk : *disks) disk->lose_power(random_);
  cows_->lose_power(random_);
  log_->lose_power(random_);
  start();
  settle_content(origin_, "lv");
  settle_content(striped_, "striped");
  settle_content(mirror_, "mirror");
  for (int i = 0; i < kSnapshots; ++i)
    if (snapshots_[i].exists && !snapshots_[i].merging) settle_content(snapshots_[i].content, fmt::format("snap{}", i));
}

// Each sector is one of those it may be, and stays that from now on.
void World::settle_content(Content& content, const std::string& name) {
  if (status(name) == "Invalid") return;
  auto block = open(name);
  Sector sector;
  for (const auto& [index, values] : content.before) {
    need(block->read(Bytes(index * kSectorSize), sector), name);
    if (content.unknown[index]) continue;
    ASSERT_TRUE(content.wild[index] || sector == content.at(index) || std::ranges::find(values, sector) != values.end())
        << name << " sector " << index << " has a value that it never had";
    std::memcpy(content.now.data() + index * kSectorSize, sector.data(), kSectorSize);
  }
  content.before.clear();
  content.wild.assign(kSectors, false);
  // What was read may still be cached only: a second failure could take it.
  need(block->flush(), name);
  read_and_compare(content, name, 0, kSectors);
}

void World::read_and_compare(Content& content, const std::string& name, std::uint64_t first, std::uint64_t count) {
  std::vector<std::byte> data(count * kSectorSize);
  auto block = open(name);
  auto result = block->read(Bytes(first * kSectorSize), data);
  if (!result && status(name) == "Invalid") return;
  need(result, name);
  if (::testing::Test::HasFatalFailure()) return;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (content.unknown[first + i]) continue;
    ASSERT_EQ(std::memcmp(data.data() + i * kSectorSize, content.now.data() + (first + i) * kSectorSize, kSectorSize),
              0)
        << name << " sector " << first + i << " differs; " << status(name) << "; raid " << status("real");
  }
}

void World::compare_all() {
  read_and_compare(origin_, "lv", 0, kSectors);
  read_and_compare(striped_, "striped", 0, kSectors);
  read_and_compare(mirror_, "mirror", 0, kSectors);
  for (int i = 0; i < kSnapshots; ++i)
    if (snapshots_[i].exists && !snapshots_[i].merging)
      read_and_compare(snapshots_[i].content, fmt::format("snap{}", i), 0, kSectors);
}

void World::change(Content& content, const std::string& name) {
  const auto first = pick(kSectors), count = 1 + pick(std::min<std::uint64_t>(kSectors - first, 24));
  const auto kind = pick(10);
  const bool durable = pick(8) == 0;
  // Not always whole sectors.
  const auto skip = pick(4) == 0 ? pick(kSectorSize) : 0, cut = pick(4) == 0 ? pick(kSectorSize - skip) : 0;
  const Bytes offset(first * kSectorSize + skip), length(count * kSectorSize - skip - cut);
  std::vector<std::byte> data(length.n);
  const auto value = random_();
  if (kind > 1)
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(value >> (i % 8 * 8) ^ i >> 9);
  const auto change_kind = kind == 0 ? Change::Kind::discard : kind == 1 ? Change::Kind::zeros : Change::Kind::data;
  note(fmt::format("{} kind {} at {}+{} durable {}", name, kind, offset.n, length.n, durable));
  auto result = open(name)->change({change_kind, offset, length, data.data(), durable});
  if (!result && status(name) == "Invalid") return;
  need(result, name);
  for (auto sector = first; sector < first + count; ++sector) {
    if (change_kind == Change::Kind::discard) {
      content.unknown[sector] = true;
      continue;
    }
    const bool whole = (sector != first || skip == 0) && (sector + 1 != first + count || cut == 0);
    content.before[sector].push_back(content.at(sector));
    if (whole && content.unknown[sector]) {
      content.unknown[sector] = false;
      content.wild[sector] = true;
    }
  }
  if (change_kind != Change::Kind::discard) std::memcpy(content.now.data() + offset.n, data.data(), data.size());
  if (durable)
    for (auto sector = first; sector < first + count; ++sector) {
      content.before.erase(sector);
      content.wild[sector] = false;
    }
}

void World::flush(Content& content, const std::string& name) {
  note("flush " + name);
  auto result = open(name)->flush();
  if (!result && status(name) == "Invalid") return;
  need(result, name);
  content.before.clear();
  content.wild.assign(kSectors, false);
}

void World::reload(const std::string& name, const std::string& table) {
  note("reload " + name);
  load(name, table);
  need(engine_->suspend(uuid(name), {pick(2) == 0, pick(2) == 0}), name);
  need(engine_->resume(uuid(name), {}, std::nullopt), name);
}

void World::take_snapshot() {
  const auto i = static_cast<int>(pick(kSnapshots));
  auto& snapshot = snapshots_[i];
  if (snapshot.exists) return;
  // What an origin holds while it is merged into is not on the device below: nobody takes snapshots of that.
  for (const auto& other : snapshots_)
    if (other.merging) return;
  note(fmt::format("snapshot {}", i));
  flush(origin_, "lv");
  need(engine_->suspend(uuid("lv"), {}), "lv");
  snapshot.exists = true;
  snapshot.cow_sectors = pick(4) == 0 ? 200 : kCowSlot;
  snapshot.content = origin_;
  make(fmt::format("cow{}", i), fmt::format("0 {} linear 4096:5 {}", snapshot.cow_sectors, kCowSlot * i));
  auto cow = open(fmt::format("cow{}", i));
  need(cow->zero(Bytes(), Bytes(4096), true), "cow");
  make(fmt::format("snap{}", i), snapshot_table(i));
  note(fmt::format("snap{}: {} on {}", i, status(fmt::format("snap{}", i)), number(fmt::format("cow{}", i))));
  need(engine_->resume(uuid("lv"), {}, std::nullopt), "lv");
}

void World::drop_snapshot(int i) {
  note(fmt::format("drop {} {}", i, number(fmt::format("cow{}", i))));
  need(engine_->suspend(uuid("lv"), {}), "lv");
  need(engine_->remove(uuid(fmt::format("snap{}", i)), {}, {}, false), "snap");
  snapshots_[i] = {};
  reload("lv", origin_table());
  need(engine_->remove(uuid(fmt::format("cow{}", i)), {}, {}, false), "cow");
}

void World::drop_invalid() {
  for (int i = 0; i < kSnapshots; ++i)
    if (snapshots_[i].exists && status(snapshots_[i].merging ? "lv" : fmt::format("snap{}", i)) == "Invalid")
      drop_snapshot(i);
}

void World::merge() {
  const auto i = static_cast<int>(pick(kSnapshots));
  auto& snapshot = snapshots_[i];
  for (const auto& other : snapshots_)
    if (other.merging) return;
  if (!snapshot.exists || status(fmt::format("snap{}", i)) == "Invalid") return;
  note(fmt::format("merge {}", i));
  const auto name = fmt::format("snap{}", i);
  need(engine_->suspend(uuid("lv"), {}), "lv");
  need(engine_->suspend(uuid(name), {}), name);
  snapshot.merging = true;
  origin_ = snapshot.content;
  load("lv", origin_table());
  load(name, snapshot_table(i));
  need(engine_->resume(uuid(name), {}, std::nullopt), name);
  need(engine_->resume(uuid("lv"), {}, std::nullopt), "lv");
}

void World::end_merge() {
  for (int i = 0; i < kSnapshots; ++i) {
    if (!snapshots_[i].merging) continue;
    const auto text = status("lv");
    ASSERT_NE(text, "Merge failed");
    const auto used = text.substr(0, text.find('/')), metadata = text.substr(text.find(' ') + 1);
    if (used == metadata) drop_snapshot(i);
  }
}

void World::fail_leg() {
  const auto leg = pick(kLegs);
  // Never the last one that is in sync.
  const auto health = status("real").substr(8, kLegs);
  int others = 0;
  for (std::uint64_t i = 0; i < kLegs; ++i) others += i != leg && health[i] == 'A' && !failing_[i] ? 1 : 0;
  if (others == 0) return;
  note(fmt::format("leg {} fails", leg));
  failing_[leg] = true;
  if (pick(2) == 0)
    legs_[leg]->fail_changes(true);
  else
    legs_[leg]->fail_all(true);
}

void World::heal() {
  note("heal");
  for (int i = 0; i < kLegs; ++i) legs_[i]->fail_all(false);
  failing_ = {};
  reload("real", raid_table());
}

void World::tick(int count) {
  for (int i = 0; i < count; ++i) {
    now_ += pick(2000);
    machine_->work();
  }
}

void World::step() {
  const auto what = pick(2000);
  const auto volume = pick(6);
  std::string name = volume == 0 ? "striped" : volume == 1 ? "mirror" : "lv";
  Content* content = volume == 0 ? &striped_ : volume == 1 ? &mirror_ : &origin_;
  if (volume >= 4) {
    const auto i = pick(kSnapshots);
    if (snapshots_[i].exists && !snapshots_[i].merging) {
      name = fmt::format("snap{}", i);
      content = &snapshots_[i].content;
    }
  }
  if (what < 900) {
    const auto first = pick(kSectors);
    read_and_compare(*content, name, first, 1 + pick(std::min<std::uint64_t>(kSectors - first, 24)));
  } else if (what < 1800) {
    change(*content, name);
  } else if (what < 1850) {
    flush(*content, name);
  } else if (what < 1950) {
    tick(1 + static_cast<int>(pick(8)));
  } else if (what < 1956) {
    take_snapshot();
  } else if (what < 1958) {
    merge();
  } else if (what < 1960) {
    const auto i = static_cast<int>(pick(kSnapshots));
    if (snapshots_[i].exists && !snapshots_[i].merging) drop_snapshot(i);
  } else if (what < 1965) {
    fail_leg();
  } else if (what < 1970) {
    heal();
  } else if (what < 1974) {
    reload("real", raid_table());
  } else if (what < 1978) {
    reload("lv", origin_table());
  } else if (what < 1980) {
    reload("striped", stripes_table());
  } else if (what < 1982) {
    reload("mirror", mirror_table());
  } else if (what < 1985) {
    kill();
  } else if (what < 1988) {
    power_fails();
  }
  drop_invalid();
  end_merge();
}

void World::finish() {
  heal();
  for (int i = 0; i < 100000 && status("real").find("idle") == std::string::npos; ++i) tick(1);
  EXPECT_NE(status("real").find("AAA 512/512 idle"), std::string::npos) << status("real");
  for (int i = 0; i < 1000 && status("mirror").find(" 32/32 ") == std::string::npos; ++i) tick(1);
  EXPECT_NE(status("mirror").find(" 32/32 1 AA "), std::string::npos) << status("mirror");
  compare_all();
  EXPECT_TRUE(mirrored_[0]->content() == mirrored_[1]->content()) << "the legs of the mirror differ";
  std::vector<std::vector<std::byte>> images;
  for (auto& leg : legs_) images.push_back(leg->content());
  for (int i = 1; i < kLegs; ++i)
    EXPECT_TRUE(std::equal(images[0].begin() + kMetadata * kSectorSize, images[0].end(),
                           images[static_cast<std::size_t>(i)].begin() + kMetadata * kSectorSize))
        << "images 0 and " << i << " differ";
}

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// LVMPP_MODEL_STEPS and LVMPP_MODEL_SEED choose another run; a failure prints its seed and its last steps.
void check_model(std::uint64_t steps, const World::MakeDisk& make_disk) {
  using ::testing::Test;
  constexpr std::uint64_t kEach = 20'000;
  const auto first = setting("LVMPP_MODEL_SEED", 1);
  for (std::uint64_t done = 0, seed = first; done < steps; done += kEach, ++seed) {
    World world(seed, make_disk);
    for (std::uint64_t i = 0; i < std::min(kEach, steps - done) && !Test::HasFailure(); ++i) world.step();
    if (!Test::HasFailure()) world.finish();
    if (Test::HasFailure()) {
      std::string history;
      for (const auto& line : world.history()) history += "\n  " + line;
      FAIL() << "seed " << seed << history;
    }
  }
  GTEST_LOG_(INFO) << fmt::format("{} operations, seeds {} to {}", steps, first, first + (steps - 1) / kEach);
}

std::uint64_t model_steps() { return setting("LVMPP_MODEL_STEPS", 1'000'000); }

TEST(UserEngineModel, RandomOperations) {
  check_model(model_steps(), [](auto, Sectors size) { return std::make_shared<testing::MemoryBlock>(size); });
}

// On image files, where requests to several go to the kernel at once, or one after the other.
class UserEngineModelOnFiles : public ::testing::TestWithParam<bool> {};

TEST_P(UserEngineModelOnFiles, RandomOperations) {
  auto rings = std::make_shared<Rings>(GetParam());
  const auto used = rings->describe();
  if (GetParam() && used != "io_uring") GTEST_SKIP() << used;
  // Where flushing costs nothing, if there is such a place.
  const TemporaryFolder folder(std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp");
  check_model(model_steps() / 50, [&](std::string_view name, Sectors size) {
    return std::make_shared<testing::FileDisk>(fmt::format("{}/{}", folder.path(), name), size, rings);
  });
}

INSTANTIATE_TEST_SUITE_P(Ring, UserEngineModelOnFiles, ::testing::Bool());

}  // namespace
}  // namespace lvm::dm::user
