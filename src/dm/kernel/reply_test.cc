// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/reply.h"

#include <gtest/gtest.h>
#include <linux/dm-ioctl.h>

#include <cstring>

#include "dm/kernel/ioctl.h"

namespace lvm::dm {
namespace {

// A reply: header, then raw bytes.
class ReplyBytes {
 public:
  ReplyBytes() : bytes_(sizeof(dm_ioctl)) {
    header_.data_start = sizeof(dm_ioctl);
    header_.version[0] = 4;
  }
  dm_ioctl& header() { return header_; }
  template <class T>
  ReplyBytes& add(T value) {
    auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
    return *this;
  }
  ReplyBytes& text(std::string_view text) {
    append_text(bytes_, text);
    return *this;
  }
  ReplyBytes& align() {
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    return *this;
  }
  std::vector<std::byte>& bytes() {
    std::memcpy(bytes_.data(), &header_, sizeof header_);
    return bytes_;
  }

 private:
  dm_ioctl header_{};
  std::vector<std::byte> bytes_;
};

ReplyBytes two_targets() {
  ReplyBytes reply;
  reply.header().target_count = 2;
  dm_target_spec spec{};
  spec.length = 8192;
  spec.next = 56;  // 40 + "8:0 2048" with its NUL, rounded up
  std::strcpy(spec.target_type, "linear");
  reply.add(spec).text("8:0 2048").align();
  spec.sector_start = 8192;
  spec.next = 112;
  std::memset(spec.target_type, 'x', sizeof spec.target_type);  // not terminated
  reply.add(spec).text("").align();
  return reply;
}

TEST(UnitDmReply, DeviceNumbersOfAllSizes) {
  for (DeviceNumber number : {DeviceNumber{8, 0}, {253, 255}, {253, 256}, {4095, 1048575}, {259, 70000}})
    EXPECT_EQ(decode_device(encode_device(number)), number);
  EXPECT_EQ(encode_device({253, 1}), 0xfd01u);
  EXPECT_EQ(encode_device({253, 256}), 0x10fd00u);
}

TEST(UnitDmReply, HeaderFields) {
  ReplyBytes reply;
  auto& header = reply.header();
  std::strcpy(header.name, "vg-lv");
  std::memset(header.uuid, 'u', sizeof header.uuid);  // not terminated
  header.dev = 0xfd03;
  header.open_count = 2;
  header.event_nr = 7;
  header.flags = DM_SUSPEND_FLAG | DM_ACTIVE_PRESENT_FLAG;
  auto parsed = parse_header(reply.bytes());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->info.name, "vg-lv");
  EXPECT_EQ(parsed->info.uuid, std::string(sizeof header.uuid, 'u'));
  EXPECT_EQ(parsed->info.device, (DeviceNumber{253, 3}));
  EXPECT_EQ(parsed->info.open_count, 2);
  EXPECT_EQ(parsed->info.event_number, 7u);
  EXPECT_TRUE(parsed->info.suspended && parsed->info.live_table);
  EXPECT_FALSE(parsed->info.inactive_table || parsed->info.read_only);
  EXPECT_FALSE(parse_header(std::span(reply.bytes()).first(sizeof(dm_ioctl) - 1)));
}

TEST(UnitDmReply, Targets) {
  auto reply = two_targets();
  auto lines = parse_targets(reply.bytes());
  ASSERT_TRUE(lines) << lines.error().text();
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ((*lines)[0], (StatusLine{Sectors(0), Sectors(8192), "linear", "8:0 2048"}));
  EXPECT_EQ((*lines)[1], (StatusLine{Sectors(8192), Sectors(8192), std::string(16, 'x'), ""}));
}

TEST(UnitDmReply, EveryCutOfAListIsAnError) {
  auto reply = two_targets();
  auto& bytes = reply.bytes();
  // The last text is one NUL, then padding: all shorter replies lose something.
  auto needed = sizeof(dm_ioctl) + 56 + sizeof(dm_target_spec) + 1;
  for (std::size_t size = 0; size < needed; ++size) EXPECT_FALSE(parse_targets(std::span(bytes).first(size))) << size;
  EXPECT_TRUE(parse_targets(std::span(bytes).first(needed)));
}

TEST(UnitDmReply, TargetsThatLoopOrFlyAway) {
  auto reply = two_targets();
  auto set_next = [&](std::uint32_t next) {
    std::memcpy(reply.bytes().data() + sizeof(dm_ioctl) + offsetof(dm_target_spec, next), &next, sizeof next);
  };
  for (std::uint32_t next : {0u, 8u, 39u, 0xffffffffu, 0x7ffffff0u, 4000u}) {
    set_next(next);
    EXPECT_FALSE(parse_targets(reply.bytes())) << next;
  }
  reply.header().target_count = 0xffffffff;
  set_next(56);
  EXPECT_FALSE(parse_targets(reply.bytes()));
  reply.header().data_start = 0xfffffff0;
  EXPECT_FALSE(parse_targets(reply.bytes()));
}

TEST(UnitDmReply, Names) {
  ReplyBytes reply;
  reply.add(std::uint64_t{0xfd00}).add(std::uint32_t{40}).text("a").align();  // event number follows at 16
  reply.add(std::uint32_t{1}).add(std::uint32_t{DM_NAME_LIST_FLAG_HAS_UUID}).text("LVM-a").align();
  reply.bytes().resize(sizeof(dm_ioctl) + 40);
  reply.add(std::uint64_t{0xfd01}).add(std::uint32_t{0}).text("long-name").align();
  reply.add(std::uint32_t{0}).add(std::uint32_t{DM_NAME_LIST_FLAG_DOESNT_HAVE_UUID});
  auto entries = parse_names(reply.bytes(), true);
  ASSERT_TRUE(entries) << entries.error().text();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].uuid, "LVM-a");
  EXPECT_EQ((*entries)[1].name, "long-name");
  EXPECT_EQ((*entries)[1].uuid, "");
  EXPECT_TRUE((*entries)[1].have_uuid);
  EXPECT_EQ((*entries)[1].device, (DeviceNumber{253, 1}));
  // Without flags the same bytes give names alone.
  EXPECT_FALSE(parse_names(reply.bytes(), false)->front().have_uuid);
  for (std::size_t size = 0; size < reply.bytes().size(); ++size)
    EXPECT_FALSE(parse_names(std::span(reply.bytes()).first(size), true)) << size;
}

TEST(UnitDmReply, NoDevices) {
  ReplyBytes reply;
  reply.add(std::uint64_t{0}).add(std::uint32_t{0}).add(std::uint32_t{0});
  EXPECT_TRUE(parse_names(reply.bytes(), true)->empty());
}

TEST(UnitDmReply, NamesThatLoop) {
  ReplyBytes reply;
  reply.add(std::uint64_t{0xfd00}).add(std::uint32_t{4}).text("abc").align();
  EXPECT_FALSE(parse_names(reply.bytes(), false));
}

TEST(UnitDmReply, Versions) {
  ReplyBytes reply;
  for (auto [next, name] : {std::pair(24u, "linear"), std::pair(0u, "error")})
    reply.add(std::uint32_t{next}).add(std::uint32_t{1}).add(std::uint32_t{4}).add(std::uint32_t{2}).text(name).align();
  auto versions = parse_versions(reply.bytes());
  ASSERT_TRUE(versions) << versions.error().text();
  ASSERT_EQ(versions->size(), 2u);
  EXPECT_EQ((*versions)[1].name, "error");
  EXPECT_EQ((*versions)[1].minor, 4u);
  std::uint32_t loop = 8;
  std::memcpy(reply.bytes().data() + sizeof(dm_ioctl), &loop, sizeof loop);
  EXPECT_FALSE(parse_versions(reply.bytes()));
}

TEST(UnitDmReply, DependenciesBeyondTheEnd) {
  ReplyBytes reply;
  reply.add(std::uint32_t{2}).add(std::uint32_t{0}).add(std::uint64_t{0x800}).add(std::uint64_t{0x810});
  EXPECT_EQ(parse_dependencies(reply.bytes()).value(), (std::vector<DeviceNumber>{{8, 0}, {8, 16}}));
  std::uint32_t huge = 0xffffffff;
  std::memcpy(reply.bytes().data() + sizeof(dm_ioctl), &huge, sizeof huge);
  EXPECT_FALSE(parse_dependencies(reply.bytes()));
}

TEST(UnitDmReply, Messages) {
  ReplyBytes reply;
  reply.text("answer");
  EXPECT_EQ(parse_message(reply.bytes()).value(), "");
  reply.header().flags = DM_DATA_OUT_FLAG;
  EXPECT_EQ(parse_message(reply.bytes()).value(), "answer");
  EXPECT_FALSE(parse_message(std::span(reply.bytes()).first(sizeof(dm_ioctl) + 6)));
}

}  // namespace
}  // namespace lvm::dm
