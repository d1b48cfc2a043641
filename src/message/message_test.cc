// SPDX-License-Identifier: LGPL-2.1-or-later
#include "message/message.h"

#include <gtest/gtest.h>

namespace lvm::message {
namespace {

TEST(UnitMessage, BothWaysOfWritingAreRead) {
  auto spaced = Message::parse("request = \"lock_vg\"\nmode = \"ex\"\npid = 12\n");
  auto tight = Message::parse("request=\"lock_vg\"\nmode=\"ex\"\npid=12\n");
  ASSERT_TRUE(spaced && tight);
  for (const Message* each : {&*spaced, &*tight}) {
    EXPECT_EQ(each->text_of("request"), "lock_vg");
    EXPECT_EQ(each->text_of("mode"), "ex");
    EXPECT_EQ(each->number_of("pid"), 12);
    EXPECT_EQ(each->number_of("mode", 5), 5);  // another type
    EXPECT_EQ(each->text_of("pid", "none"), "none");
    EXPECT_FALSE(each->has("vg_name"));
  }
}

TEST(UnitMessage, KeysWithAnIndexAndSections) {
  auto got =
      Message::parse("request=\"start_vg\"\npath_num=2\npath[0]=\"/dev/sda\"\npath[1]=\"/dev/sdb\"\ns { a=1 }\n");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->text_of("path[1]"), "/dev/sdb");
  EXPECT_FALSE(got->has("a"));
}

TEST(UnitMessage, RoundTripOfQuotes) {
  Message message = Message::request("x\"y\\z").number("n", -5);
  std::string wire = message.encode();
  EXPECT_EQ(wire, "request = \"x\\\"y\\\\z\"\nn = -5\n\n##\n");
  Framer framer;
  ASSERT_TRUE(framer.add(wire));
  auto got = Message::parse(*framer.take());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->text_of("request"), "x\"y\\z");
  EXPECT_EQ(got->number_of("n"), -5);
}

TEST(UnitMessage, FramesArriveInPieces) {
  Framer framer(64);
  for (std::string_view piece : {"a = 1", "\n\n", "##"}) {
    ASSERT_TRUE(framer.add(piece));
    EXPECT_FALSE(framer.take());
  }
  ASSERT_TRUE(framer.add("\n"));
  EXPECT_EQ(framer.take(), "a = 1\n");
  EXPECT_TRUE(framer.empty());
  EXPECT_FALSE(framer.add(std::string(65, 'x')));
}

TEST(UnitMessage, Nonsense) {
  EXPECT_FALSE(Message::parse("request = {"));
  EXPECT_FALSE(Message::parse(std::string("a\0b", 3)));
  EXPECT_TRUE(Message::parse(""));
}

}  // namespace
}  // namespace lvm::message
