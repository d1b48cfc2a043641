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

}  // namespace
}  // namespace lvm::lockd::idm
