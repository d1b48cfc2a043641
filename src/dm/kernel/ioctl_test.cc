// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/ioctl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "dm/kernel/kernel_engine.h"

namespace lvm::dm {
namespace {

using testing::HasSubstr;

// A driver scripted by a function of the header.
struct Script {
  std::vector<unsigned long> commands;
  std::function<int(unsigned long, dm_ioctl&, std::span<std::byte>)> answer;

  Driver::Call call() {
    return [this](unsigned long command, void* buffer) {
      dm_ioctl header;
      std::memcpy(&header, buffer, sizeof header);
      std::span<std::byte> bytes(static_cast<std::byte*>(buffer), header.data_size);
      header.version[0] = 4;
      header.version[1] = 47;
      int result = 0;
      commands.push_back(command);
      if (command != DM_VERSION) result = answer(command, header, bytes);
      std::memcpy(buffer, &header, sizeof header);
      return result;
    };
  }
};

TEST(UnitDmDriver, BufferGrowsUntilTheReplyFits) {
  Script script;
  script.answer = [](unsigned long, dm_ioctl& header, std::span<std::byte> bytes) {
    if (bytes.size() < 100000) {
      header.flags |= DM_BUFFER_FULL_FLAG;
    } else {
      std::uint32_t empty[4] = {0, 0, 0, 0};
      std::memcpy(bytes.data() + sizeof header, empty, sizeof empty);
    }
    return 0;
  };
  SystemClock clock;
  NoTrace trace;
  KernelEngine engine({}, clock, trace, script.call());
  ASSERT_TRUE(engine.list());
  EXPECT_EQ(script.commands.size(), 5u);  // version, 16, 32, 64, 128 KiB
  ASSERT_TRUE(engine.list());
  EXPECT_EQ(script.commands.size(), 6u);  // the size is remembered
}

TEST(UnitDmDriver, ABufferForOneDeviceIsSmallAfterALongList) {
  Script script;
  std::size_t size = 0;
  script.answer = [&](unsigned long command, dm_ioctl& header, std::span<std::byte> bytes) {
    size = bytes.size();
    if (command == DM_LIST_DEVICES && size < 1000000) header.flags |= DM_BUFFER_FULL_FLAG;
    return 0;
  };
  Driver driver("/nowhere", script.call());
  ASSERT_TRUE(driver.run({.command = DM_LIST_DEVICES, .operation = "list", .expects_data = true}));
  EXPECT_GE(size, 1000000u);
  ASSERT_TRUE(driver.run({.command = DM_TABLE_STATUS, .operation = "table", .expects_data = true}));
  EXPECT_LE(size, 4096u);
}

TEST(UnitDmDriver, ADeviceAndItsTableAreOneQuestion) {
  Script script;
  script.answer = [](unsigned long command, dm_ioctl& header, std::span<std::byte> bytes) {
    EXPECT_EQ(command, static_cast<unsigned long>(DM_TABLE_STATUS));
    EXPECT_EQ(header.flags, static_cast<std::uint32_t>(DM_STATUS_TABLE_FLAG | DM_NOFLUSH_FLAG));
    header.flags |= DM_ACTIVE_PRESENT_FLAG;
    header.dev = encode_device({253, 4});
    header.open_count = 2;
    header.target_count = 1;
    dm_target_spec target{};
    target.length = 8192;
    std::strcpy(target.target_type, "zero");
    target.next = sizeof target + 8;
    std::memcpy(bytes.data() + header.data_start, &target, sizeof target);
    header.data_size = static_cast<std::uint32_t>(header.data_start + sizeof target + 8);
    return 0;
  };
  SystemClock clock;
  NoTrace trace;
  KernelEngine engine({}, clock, trace, script.call());
  auto found = engine.live_table("LVM-x");
  ASSERT_TRUE(found && *found) << found.error().text();
  EXPECT_EQ((*found)->info.open_count, 2);
  EXPECT_TRUE((*found)->info.live_table);
  ASSERT_TRUE((*found)->table);
  EXPECT_EQ((*found)->table->at(0).length, Sectors(8192));
  EXPECT_EQ(script.commands.size(), 2u);  // the version comes first
  script.answer = [](unsigned long, dm_ioctl&, std::span<std::byte>) {
    errno = ENXIO;
    return -1;
  };
  EXPECT_FALSE(engine.live_table("LVM-x").value().has_value());
}

TEST(UnitDmDriver, EndlessGrowthIsAnError) {
  Script script;
  script.answer = [](unsigned long, dm_ioctl& header, std::span<std::byte>) {
    header.flags |= DM_BUFFER_FULL_FLAG;
    return 0;
  };
  Driver driver("/nowhere", script.call());
  Request request;
  request.command = DM_DEV_STATUS;  // a small buffer: the limit is on the number of attempts
  request.operation = "info";
  EXPECT_THAT(driver.run(request).error().text(), HasSubstr("larger than"));
}

TEST(UnitDmDriver, ErrorsNameTheDevice) {
  Script script;
  script.answer = [](unsigned long command, dm_ioctl& header, std::span<std::byte>) {
    if (command == DM_DEV_STATUS) {
      std::strcpy(header.name, "vg-lv");
      header.dev = encode_device({253, 4});
      return 0;
    }
    errno = EINVAL;
    return -1;
  };
  SystemClock clock;
  NoTrace trace;
  KernelEngine engine({}, clock, trace, script.call());
  EXPECT_EQ(engine.suspend("LVM-x", {}).error().text(),
            "device-mapper: suspend ioctl on vg-lv (253:4) failed: Invalid argument");
  EXPECT_EQ(engine.create({"vg-lv", "LVM-x", {}}).error().text(),
            "device-mapper: create ioctl on vg-lv LVM-x failed: Invalid argument");
}

TEST(UnitDmDriver, MissingDevicesAreNoErrorOfInfo) {
  Script script;
  script.answer = [](unsigned long, dm_ioctl&, std::span<std::byte>) {
    errno = ENXIO;
    return -1;
  };
  SystemClock clock;
  NoTrace trace;
  KernelEngine engine({}, clock, trace, script.call());
  EXPECT_EQ(engine.info("LVM-x").value(), std::nullopt);
  EXPECT_EQ(engine.table("LVM-x").error().code(), Code::not_found);
  EXPECT_EQ(engine.info("").error().code(), Code::usage);
  EXPECT_EQ(engine.info(std::string(200, 'u')).error().code(), Code::usage);
  EXPECT_EQ(engine.create({std::string(128, 'n'), "LVM-x", {}}).error().code(), Code::usage);
  EXPECT_EQ(engine.create({"a/b", "LVM-x", {}}).error().code(), Code::usage);
}

TEST(UnitDmDriver, BusyRemovalIsRetried) {
  class CountingClock final : public Clock {
   public:
    std::int64_t unix_seconds() override { return 0; }
    void random_bytes(std::span<std::uint8_t>) override {}
    void sleep_milliseconds(std::uint64_t duration) override { slept += duration; }
    std::uint64_t slept = 0;
  };
  Script script;
  int busy = 3;
  script.answer = [&](unsigned long command, dm_ioctl&, std::span<std::byte>) {
    if (command != DM_DEV_REMOVE || busy-- <= 0) return 0;
    errno = EBUSY;
    return -1;
  };
  CountingClock clock;
  NoTrace trace;
  KernelOptions options;
  options.udev.disabled = true;
  KernelEngine engine(options, clock, trace, script.call());
  EXPECT_TRUE(engine.remove("LVM-x", {}, {}, true));
  EXPECT_EQ(clock.slept, 600u);
  busy = 1000;
  EXPECT_EQ(engine.remove("LVM-x", {}, {}, true).error().code(), Code::busy);
  EXPECT_EQ(clock.slept, 600u + 24 * 200);
  EXPECT_EQ(engine.remove("LVM-x", {}, {}, false).error().code(), Code::busy);
  EXPECT_EQ(clock.slept, 600u + 24 * 200);
}

TEST(UnitDmDriver, TargetsAreLaidOutAtMultiplesOfEight) {
  std::vector<std::byte> data;
  append_target(data, Sectors(0), Sectors(8), "linear", "8:0 12");
  append_target(data, Sectors(8), Sectors(8), "error", "");
  ASSERT_EQ(data.size(), 48u + 48u);
  dm_target_spec spec;
  std::memcpy(&spec, data.data(), sizeof spec);
  EXPECT_EQ(spec.next, 48u);
  EXPECT_STREQ(reinterpret_cast<const char*>(data.data()) + sizeof spec, "8:0 12");
  std::memcpy(&spec, data.data() + 48, sizeof spec);
  EXPECT_EQ(spec.sector_start, 8u);
  EXPECT_STREQ(spec.target_type, "error");
}

TEST(UnitDmDriver, NoDriverHasItsOwnText) {
  Driver driver("/nonexistent/mapper");
  auto result = driver.open();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().text(), HasSubstr("/nonexistent/mapper/control: open failed"));
}

}  // namespace
}  // namespace lvm::dm
