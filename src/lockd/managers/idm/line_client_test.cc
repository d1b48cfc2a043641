// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/idm/line_client.h"

#include <gtest/gtest.h>

namespace lvm::lockd::idm {
namespace {

TEST(UnitIdmLineClient, RepliesAreRead) {
  const LineReply held = parse_reply(
      "error contended held by beta (exclusive) since 5\nholder host=00 name=beta mode=exclusive since=5\n\n");
  EXPECT_FALSE(held.ok);
  EXPECT_EQ(held.code, "contended");
  EXPECT_EQ(held.text, "held by beta (exclusive) since 5");
  ASSERT_EQ(held.lines.size(), 1u);
  EXPECT_EQ(held.lines[0].kind, "holder");
  EXPECT_EQ(held.lines[0].words.at("name"), "beta");
  EXPECT_EQ(parse_reply("ok value=0100000000004c00\n\n").head.at("value"), "0100000000004c00");
  EXPECT_TRUE(parse_reply("ok\n\n").ok);
  EXPECT_FALSE(parse_reply("").ok);
  EXPECT_FALSE(parse_reply("error\n\n").ok);
}

TEST(UnitIdmLineClient, LockIdsAreTheCharactersOfUuids) {
  const std::string id = lock_id("abcdef-0000-0000-0000-0000-0000-zzzzzz", "");
  EXPECT_EQ(id.size(), 128u);
  EXPECT_EQ(id.substr(0, 12), "616263646566");
  EXPECT_EQ(id.substr(64), std::string(64, '0'));
  EXPECT_EQ(lock_id("", ""), std::string(128, '0'));
}

TEST(UnitIdmLineClient, ValuesAreNumbersThatGrow) {
  for (const Value& value : {Value{0, false}, Value{1, false}, Value{0x01020304, true}, Value{0xFFFFFFFF, false}})
    EXPECT_EQ(parse_value(value_text(value)), value);
  EXPECT_EQ(value_text({0x0102, false}), "0201000000004c00");
  // Unknown, never written, a time that Seagate's lvmlockd stored, and no value at all.
  for (std::string_view other :
       {"ffffffffffffffff", "0000000000000000", "a1b2c3d4e5f60600", "0201000000004c", "zz01000000004c00"})
    EXPECT_FALSE(parse_value(other)) << other;
}

}  // namespace
}  // namespace lvm::lockd::idm
