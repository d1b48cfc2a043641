// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/kernel_engine.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/fd.h"
#include "dm/fake/fake_engine.h"
#include "dm/text.h"
#include "dm/user/local_engine.h"

// The same behaviour is asked of the kernel (suites Guest*, in `./dev guest`) of the embedded one, and
// of the one in memory.
namespace lvm::dm {
namespace {

using testing::HasSubstr;

constexpr Sectors kDiskSize{16384};

// A loop device over a temporary file.
class LoopDisk {
 public:
  LoopDisk() {
    char path[] = "/tmp/lvm-disk-XXXXXX";
    Fd file(::mkstemp(path));
    ::unlink(path);
    Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    if (!file || !control || ::ftruncate(file.get(), static_cast<off_t>(kDiskSize.n * kSectorSize)) != 0) return;
    int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return;
    loop_ = Fd(::open(("/dev/loop" + std::to_string(number)).c_str(), O_RDWR | O_CLOEXEC));
    struct stat status{};
    if (!loop_ || ::ioctl(loop_.get(), LOOP_SET_FD, file.get()) != 0 || ::fstat(loop_.get(), &status) != 0) return;
    number_ = {major(status.st_rdev), minor(status.st_rdev)};
  }
  ~LoopDisk() {
    if (number_) ::ioctl(loop_.get(), LOOP_CLR_FD, 0);
  }
  DeviceNumber number() const { return number_; }

 private:
  Fd loop_;
  DeviceNumber number_;
};

// An image file of the same size.
class ImageFile {
 public:
  ImageFile() {
    Fd file(::mkstemp(path_.data()));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(kDiskSize.n * kSectorSize)) != 0) path_.clear();
  }
  ~ImageFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/lvm-image-XXXXXX";
};

class Warnings final : public Trace {
 public:
  bool wants(int) const override { return false; }
  void note(int, std::string_view) override {}
  void warn(std::string_view text) override { texts.emplace_back(text); }
  std::vector<std::string> texts;
};

// Why no kernel test can run here; empty when it can.
std::string no_kernel() {
  SystemClock clock;
  NoTrace trace;
  if (::geteuid() != 0) return "needs root";
  auto available = KernelEngine({}, clock, trace).available();
  return available ? "" : "needs a kernel device-mapper: " + available.error().text();
}

enum class Kind { fake, local, kernel };

class EngineBehaviour : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::fake) {
      auto fake = std::make_unique<FakeEngine>();
      disk_ = {8, 0};
      fake->add_disk(disk_, kDiskSize);
      engine_ = std::move(fake);
      return;
    }
    if (GetParam() == Kind::local) {
      disk_ = {user::kImageMajor, 0};
      auto local = std::make_unique<user::LocalEngine>();
      ASSERT_TRUE(local->attach(disk_, {image_.path(), Bytes(), to_bytes(kDiskSize)}));
      engine_ = std::move(local);
      return;
    }
    if (auto why = no_kernel(); !why.empty()) GTEST_SKIP() << why;
    loop_ = std::make_unique<LoopDisk>();
    disk_ = loop_->number();
    ASSERT_TRUE(disk_) << "no loop device";
    KernelOptions options;
    options.udev.disabled = true;
    engine_ = std::make_unique<KernelEngine>(options, clock_, trace_);
  }
  void TearDown() override {
    if (!engine_) return;
    for (const char* name : {"c", "b", "a"}) static_cast<void>(engine_->remove(uuid(name), {}, std::nullopt, false));
    static_cast<void>(engine_->settle());
  }

  static std::string uuid(const std::string& name) { return "LVM-behaviour-" + name; }
  static std::string full(const std::string& name) { return "behaviour-" + name; }
  Table linear(std::uint64_t length, std::uint64_t offset = 0) {
    return {{Sectors(), Sectors(length), LinearTarget{disk_, Sectors(offset)}}};
  }
  Table over(const std::string& name, std::uint64_t length) {
    return {{Sectors(), Sectors(length), LinearTarget{ByUuid{uuid(name)}, Sectors()}}};
  }
  Result<> create(const std::string& name) { return engine_->create({full(name), uuid(name), std::nullopt}); }
  Result<> make(const std::string& name, const Table& table) {
    TRY(create(name));
    TRY(engine_->load(uuid(name), table, false));
    TRY(engine_->resume(uuid(name), {}, std::nullopt));
    return {};
  }
  Info info(const std::string& name) {
    auto result = engine_->info(uuid(name));
    EXPECT_TRUE(result && *result) << name;
    return result && *result ? **result : Info();
  }

  SystemClock clock_;
  Warnings trace_;
  std::unique_ptr<LoopDisk> loop_;
  ImageFile image_;
  std::unique_ptr<Engine> engine_;
  DeviceNumber disk_;
};

INSTANTIATE_TEST_SUITE_P(UnitFakeEngine, EngineBehaviour, testing::Values(Kind::fake));
INSTANTIATE_TEST_SUITE_P(UserLocalEngine, EngineBehaviour, testing::Values(Kind::local));
INSTANTIATE_TEST_SUITE_P(GuestKernelEngine, EngineBehaviour, testing::Values(Kind::kernel));

TEST_P(EngineBehaviour, LifeOfADevice) {
  ASSERT_TRUE(create("a"));
  auto fresh = info("a");
  EXPECT_EQ(fresh.name, full("a"));
  EXPECT_EQ(fresh.uuid, uuid("a"));
  EXPECT_FALSE(fresh.suspended || fresh.live_table || fresh.inactive_table);
  EXPECT_TRUE(engine_->table(uuid("a"))->empty());

  ASSERT_TRUE(engine_->load(uuid("a"), linear(8192, 8), false));
  EXPECT_TRUE(info("a").inactive_table);
  EXPECT_FALSE(info("a").live_table);
  EXPECT_TRUE(engine_->table(uuid("a"))->empty());
  EXPECT_EQ(engine_->table(uuid("a"), true).value(), linear(8192, 8));

  ASSERT_TRUE(engine_->resume(uuid("a"), {}, std::nullopt));
  EXPECT_TRUE(info("a").live_table);
  EXPECT_FALSE(info("a").inactive_table);
  EXPECT_EQ(info("a").target_count, 1u);
  EXPECT_EQ(engine_->table(uuid("a")).value(), linear(8192, 8));
  EXPECT_TRUE(engine_->table(uuid("a"), true)->empty());
  EXPECT_EQ(engine_->dependencies(uuid("a")).value(), std::vector{disk_});
  EXPECT_EQ(engine_->status(uuid("a")).value(), (std::vector<StatusLine>{{Sectors(), Sectors(8192), "linear", ""}}));
  EXPECT_EQ(engine_->info(info("a").device).value()->uuid, uuid("a"));

  ASSERT_TRUE(engine_->remove(uuid("a"), {}, std::nullopt, false));
  EXPECT_EQ(engine_->info(uuid("a")).value(), std::nullopt);
}

TEST_P(EngineBehaviour, ListHasNamesAndUuids) {
  ASSERT_TRUE(make("a", linear(8)));
  ASSERT_TRUE(create("b"));
  auto entries = engine_->list();
  ASSERT_TRUE(entries) << entries.error().text();
  int found = 0;
  for (const auto& entry : *entries)
    for (const char* name : {"a", "b"})
      if (entry.name == full(name)) {
        EXPECT_TRUE(entry.have_uuid);
        EXPECT_EQ(entry.uuid, uuid(name));
        EXPECT_EQ(entry.device, info(name).device);
        ++found;
      }
  EXPECT_EQ(found, 2);
}

TEST_P(EngineBehaviour, NamesAndUuidsAreUnique) {
  ASSERT_TRUE(create("a"));
  EXPECT_EQ(create("a").error().code(), Code::exists);
  EXPECT_EQ(engine_->create({full("a"), uuid("b"), {}}).error().code(), Code::exists);
  EXPECT_EQ(engine_->create({full("b"), uuid("a"), {}}).error().code(), Code::exists);
  ASSERT_TRUE(create("b"));
  EXPECT_EQ(engine_->rename(uuid("a"), full("b"), {}, {}, {}).error().code(), Code::exists);
  EXPECT_EQ(engine_->rename(uuid("a"), full("a"), {}, {}, {}).error().code(), Code::exists);
}

TEST_P(EngineBehaviour, NothingIsDoneToMissingDevices) {
  EXPECT_EQ(engine_->load(uuid("a"), linear(8), false).error().code(), Code::not_found);
  EXPECT_EQ(engine_->suspend(uuid("a"), {}).error().code(), Code::not_found);
  EXPECT_EQ(engine_->resume(uuid("a"), {}, {}).error().code(), Code::not_found);
  EXPECT_EQ(engine_->clear(uuid("a")).error().code(), Code::not_found);
  EXPECT_EQ(engine_->remove(uuid("a"), {}, {}, true).error().code(), Code::not_found);
  EXPECT_EQ(engine_->rename(uuid("a"), full("b"), {}, {}, {}).error().code(), Code::not_found);
  EXPECT_EQ(engine_->message(uuid("a"), Sectors(), "x").error().code(), Code::not_found);
  EXPECT_EQ(engine_->table(uuid("a")).error().code(), Code::not_found);
  EXPECT_EQ(engine_->status(uuid("a")).error().code(), Code::not_found);
}

TEST_P(EngineBehaviour, ResumeWithoutATable) {
  ASSERT_TRUE(create("a"));
  EXPECT_TRUE(engine_->resume(uuid("a"), {}, {}));
  ASSERT_TRUE(engine_->suspend(uuid("a"), {}));
  EXPECT_TRUE(info("a").suspended);
  EXPECT_FALSE(engine_->resume(uuid("a"), {}, {}));
  ASSERT_TRUE(engine_->load(uuid("a"), linear(8), false));
  EXPECT_TRUE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_FALSE(info("a").suspended);
}

// What would have to be read from a suspended disk is in memory while it is suspended.
TEST_P(EngineBehaviour, MemoryIsLockedWhileADeviceIsSuspended) {
  auto locked_kib = [] {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == "VmLck:") return status >> word ? std::stoi(word) : -1;
    return -1;
  };
  ASSERT_TRUE(make("a", linear(8192)));
  EXPECT_EQ(locked_kib(), 0);
  ASSERT_TRUE(engine_->suspend(uuid("a"), {}));
  EXPECT_EQ(locked_kib() > 1000, GetParam() == Kind::kernel) << locked_kib();
  ASSERT_TRUE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_EQ(locked_kib(), 0);
}

TEST_P(EngineBehaviour, ReloadSuspendResume) {
  ASSERT_TRUE(make("a", linear(8192)));
  ASSERT_TRUE(engine_->load(uuid("a"), linear(16384), false));
  EXPECT_TRUE(info("a").live_table && info("a").inactive_table);
  ASSERT_TRUE(engine_->suspend(uuid("a"), {true, false}));
  ASSERT_TRUE(engine_->suspend(uuid("a"), {true, false}));  // twice is no error
  EXPECT_TRUE(info("a").suspended);
  EXPECT_EQ(engine_->table(uuid("a")).value(), linear(8192));
  ASSERT_TRUE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_EQ(engine_->table(uuid("a")).value(), linear(16384));
  EXPECT_FALSE(info("a").suspended);
}

TEST_P(EngineBehaviour, ClearDropsTheInactiveTable) {
  ASSERT_TRUE(make("a", linear(8192)));
  ASSERT_TRUE(engine_->load(uuid("a"), linear(8), false));
  ASSERT_TRUE(engine_->clear(uuid("a")));
  EXPECT_FALSE(info("a").inactive_table);
  ASSERT_TRUE(engine_->clear(uuid("a")));
  ASSERT_TRUE(engine_->suspend(uuid("a"), {}));
  ASSERT_TRUE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_EQ(engine_->table(uuid("a")).value(), linear(8192));
}

TEST_P(EngineBehaviour, ReadOnlyComesWithTheTable) {
  ASSERT_TRUE(make("a", linear(8192)));
  EXPECT_FALSE(info("a").read_only);
  ASSERT_TRUE(engine_->load(uuid("a"), linear(8192), true));
  EXPECT_FALSE(info("a").read_only);
  ASSERT_TRUE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_TRUE(info("a").read_only);
  ASSERT_TRUE(engine_->load(uuid("a"), linear(8192), false));
  ASSERT_TRUE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_FALSE(info("a").read_only);
}

TEST_P(EngineBehaviour, TablesHoldTheirDevices) {
  ASSERT_TRUE(make("a", linear(8192)));
  ASSERT_TRUE(create("b"));
  ASSERT_TRUE(engine_->load(uuid("b"), over("a", 8192), false));
  EXPECT_EQ(info("a").open_count, 1);
  EXPECT_EQ(engine_->remove(uuid("a"), {}, {}, false).error().code(), Code::busy);
  ASSERT_TRUE(engine_->clear(uuid("b")));
  EXPECT_EQ(info("a").open_count, 0);
  ASSERT_TRUE(engine_->load(uuid("b"), over("a", 8192), false));
  ASSERT_TRUE(engine_->resume(uuid("b"), {}, {}));
  EXPECT_EQ(engine_->dependencies(uuid("b")).value(), std::vector{info("a").device});
  EXPECT_EQ(engine_->remove(uuid("a"), {}, {}, false).error().code(), Code::busy);
  ASSERT_TRUE(engine_->remove(uuid("b"), {}, {}, false));
  EXPECT_TRUE(engine_->remove(uuid("a"), {}, {}, false));
}

TEST_P(EngineBehaviour, BadTables) {
  ASSERT_TRUE(create("a"));
  auto table = [&](std::string_view text) { return parse_table(text).value(); };
  EXPECT_FALSE(engine_->load(uuid("a"), {}, false));
  EXPECT_FALSE(engine_->load(uuid("a"), table("0 8 no-such-target x"), false));
  EXPECT_FALSE(engine_->load(uuid("a"), {{Sectors(8), Sectors(8), ErrorTarget{}}}, false));
  EXPECT_FALSE(engine_->load(uuid("a"), table("0 8 linear 200:77 0"), false));
  EXPECT_EQ(engine_->load(uuid("a"), over("b", 8), false).error().code(), Code::not_found);
  EXPECT_FALSE(engine_->load(uuid("a"), linear(kDiskSize.n + 1), false));
  EXPECT_FALSE(info("a").inactive_table);
}

// A table that does not fit is found out when it goes live, once the device has had one.
TEST_P(EngineBehaviour, TooLargeForItsDevices) {
  ASSERT_TRUE(make("a", linear(8192)));
  auto loaded = engine_->load(uuid("a"), linear(8192, kDiskSize.n - 8), false);
  if (GetParam() == Kind::local) {
    // An image has its size: no need to wait.
    EXPECT_FALSE(loaded);
    EXPECT_FALSE(info("a").suspended || info("a").inactive_table);
    return;
  }
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_TRUE(info("a").suspended);
  EXPECT_FALSE(info("a").inactive_table);
  ASSERT_TRUE(engine_->resume(uuid("a"), {}, {}));
  EXPECT_EQ(engine_->table(uuid("a")).value(), linear(8192));
}

TEST_P(EngineBehaviour, RenameKeepsTheUuid) {
  ASSERT_TRUE(make("a", linear(8192)));
  auto before = info("a");
  ASSERT_TRUE(engine_->rename(uuid("a"), full("renamed"), {}, {}, {}));
  auto after = info("a");
  EXPECT_EQ(after.name, full("renamed"));
  EXPECT_EQ(after.device, before.device);
  EXPECT_EQ(after.event_number, before.event_number + 1);
}

TEST_P(EngineBehaviour, StripesErrorAndZero) {
  Table table = {{Sectors(), Sectors(4096), StripedTarget{Sectors(128), {{disk_, Sectors(0)}, {disk_, Sectors(8192)}}}},
                 {Sectors(4096), Sectors(8), ErrorTarget{}},
                 {Sectors(4104), Sectors(8), ZeroTarget{}}};
  ASSERT_TRUE(engine_->require_target("zero"));
  ASSERT_TRUE(make("a", table));
  EXPECT_EQ(engine_->table(uuid("a")).value(), table);
  EXPECT_EQ(info("a").target_count, 3u);
}

TEST_P(EngineBehaviour, FixedNumbers) {
  ASSERT_TRUE(make("a", linear(8)));
  auto number = info("a").device;
  number.minor = 77;
  ASSERT_TRUE(engine_->create({full("b"), uuid("b"), number}));
  EXPECT_EQ(info("b").device, number);
  EXPECT_EQ(engine_->create({full("c"), uuid("c"), number}).error().code(), Code::exists);
}

TEST_P(EngineBehaviour, ReadAhead) {
  ASSERT_TRUE(make("a", linear(8)));
  ASSERT_TRUE(engine_->set_read_ahead(uuid("a"), Sectors(511), false));
  EXPECT_EQ(engine_->read_ahead(info("a").device).value(), Sectors(512));
  ASSERT_TRUE(engine_->set_read_ahead(uuid("a"), Sectors(64), true));
  EXPECT_EQ(engine_->read_ahead(info("a").device).value(), Sectors(512));
  ASSERT_TRUE(engine_->set_read_ahead(uuid("a"), Sectors(2048), true));
  EXPECT_EQ(engine_->read_ahead(info("a").device).value(), Sectors(2048));
  ASSERT_TRUE(engine_->set_read_ahead(uuid("a"), Sectors(0), false));
  EXPECT_EQ(engine_->read_ahead(info("a").device).value(), Sectors(0));
}

TEST_P(EngineBehaviour, Targets) {
  EXPECT_TRUE(engine_->require_target("linear"));
  EXPECT_EQ(engine_->require_target("no-such-target").error().code(), Code::unsupported);
  auto version = engine_->driver_version();
  ASSERT_TRUE(version);
  EXPECT_TRUE(version->starts_with("4."));
}

// --- the kernel alone: paths and udev -------------------------------------------------------------------

class GuestKernelEnginePaths : public testing::Test {
 protected:
  void SetUp() override {
    if (auto why = no_kernel(); !why.empty()) GTEST_SKIP() << why;
    loop_ = std::make_unique<LoopDisk>();
    ASSERT_TRUE(loop_->number());
  }
  void TearDown() override {
    if (!loop_) return;
    KernelOptions options;
    options.udev.disabled = true;
    KernelEngine engine(options, clock_, trace_);
    for (const char* lv : {"one", "two"}) {
      static_cast<void>(engine.remove(uuid(lv), {}, NodeLink{"paths", lv}, true));
      static_cast<void>(engine.remove(uuid(lv), {}, NodeLink{"paths", "renamed"}, true));
    }
    static_cast<void>(engine.settle());
  }
  static std::string uuid(const std::string& lv) { return "LVM-paths-" + lv; }
  Result<> make(Engine& engine, const std::string& lv) {
    TRY(engine.create({"paths-" + lv, uuid(lv), std::nullopt}));
    TRY(engine.load(uuid(lv), {{Sectors(), Sectors(64), LinearTarget{loop_->number(), Sectors()}}}, false));
    TRY(engine.resume(uuid(lv), {}, NodeLink{"paths", lv}));
    return {};
  }
  static bool leads_to(Engine& engine, const std::string& lv, const std::string& path) {
    struct stat status{};
    auto info = engine.info(uuid(lv));
    if (!info || !*info || ::stat(path.c_str(), &status) != 0) return false;
    return status.st_rdev == makedev((*info)->device.major, (*info)->device.minor);
  }
  // Semaphores left behind: keys 0x0D4Dxxxx.
  static int cookies() {
    std::ifstream list("/proc/sysvipc/sem");
    std::string line;
    int count = 0;
    for (std::getline(list, line); std::getline(list, line);)
      if (std::strtoul(line.c_str(), nullptr, 10) >> 16 == 0x0D4D) ++count;
    return count;
  }
  // The story both sides must tell.
  void check_paths(Engine& engine) {
    ASSERT_TRUE(make(engine, "one"));
    ASSERT_TRUE(make(engine, "two"));
    auto settled = engine.settle();
    ASSERT_TRUE(settled) << settled.error().text();
    EXPECT_TRUE(leads_to(engine, "one", "/dev/mapper/paths-one"));
    EXPECT_TRUE(leads_to(engine, "one", "/dev/paths/one"));
    EXPECT_TRUE(leads_to(engine, "two", "/dev/paths/two"));
    ASSERT_TRUE(
        engine.rename(uuid("one"), "paths-renamed", {}, NodeLink{"paths", "one"}, NodeLink{"paths", "renamed"}));
    ASSERT_TRUE(engine.settle());
    EXPECT_TRUE(leads_to(engine, "one", "/dev/paths/renamed"));
    EXPECT_TRUE(leads_to(engine, "one", "/dev/mapper/paths-renamed"));
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status("/dev/paths/one")));
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status("/dev/mapper/paths-one")));
    ASSERT_TRUE(engine.remove(uuid("one"), {}, NodeLink{"paths", "renamed"}, true));
    ASSERT_TRUE(engine.remove(uuid("two"), {}, NodeLink{"paths", "two"}, true));
    ASSERT_TRUE(engine.settle());
    EXPECT_FALSE(std::filesystem::exists("/dev/paths"));
    EXPECT_FALSE(std::filesystem::exists("/dev/mapper/paths-renamed"));
    EXPECT_TRUE(warnings_.texts.empty()) << warnings_.texts.front();
    EXPECT_EQ(cookies(), 0);
  }

  SystemClock clock_;
  NoTrace trace_;
  Warnings warnings_;
  std::unique_ptr<LoopDisk> loop_;
};

TEST_F(GuestKernelEnginePaths, ByHand) {
  KernelOptions options;
  options.udev.disabled = true;
  KernelEngine engine(options, clock_, warnings_);
  check_paths(engine);
}

TEST_F(GuestKernelEnginePaths, ByUdev) {
  KernelEngine engine({}, clock_, warnings_);
  if (!UdevCookie({}, clock_, warnings_).running()) GTEST_SKIP() << "needs udevd with the device-mapper rules";
  check_paths(engine);
}

TEST_F(GuestKernelEnginePaths, ByUdevChecked) {
  KernelOptions options;
  options.udev.verify = true;
  if (!UdevCookie({}, clock_, warnings_).running()) GTEST_SKIP() << "needs udevd with the device-mapper rules";
  KernelEngine engine(options, clock_, warnings_);
  check_paths(engine);
}

TEST_F(GuestKernelEnginePaths, SyncNodesRepairs) {
  KernelOptions options;
  options.udev.disabled = true;
  KernelEngine engine(options, clock_, warnings_);
  ASSERT_TRUE(make(engine, "one"));
  ASSERT_TRUE(engine.settle());
  ::unlink("/dev/mapper/paths-one");
  ::unlink("/dev/paths/one");
  ASSERT_EQ(::symlink("nowhere", "/dev/paths/two"), 0);
  ASSERT_TRUE(engine.sync_nodes({{uuid("one"), {"paths", "one"}}, {uuid("two"), {"paths", "two"}}}));
  EXPECT_TRUE(leads_to(engine, "one", "/dev/paths/one"));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status("/dev/paths/two")));
}

TEST_F(GuestKernelEnginePaths, ThousandDevicesAreListed) {
  KernelOptions options;
  options.udev.disabled = true;
  KernelEngine engine(options, clock_, warnings_);
  constexpr int kCount = 1000;
  for (int i = 0; i < kCount; ++i) {
    auto name = "many-" + std::to_string(i);
    ASSERT_TRUE(engine.create({name, "LVM-" + name, std::nullopt}));
  }
  auto entries = engine.list();
  ASSERT_TRUE(entries) << entries.error().text();
  EXPECT_EQ(std::ranges::count_if(*entries, [](const auto& e) { return e.uuid.starts_with("LVM-many-"); }), kCount);
  for (int i = 0; i < kCount; ++i) EXPECT_TRUE(engine.remove("LVM-many-" + std::to_string(i), {}, std::nullopt, false));
}

}  // namespace
}  // namespace lvm::dm
