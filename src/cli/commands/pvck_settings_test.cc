// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/pvck_settings.h"

#include <gtest/gtest.h>

namespace lvm::cli {
namespace {

TEST(UnitPvckSettings, AreKeysWithNumbers) {
  plan::PvSettings settings;
  ASSERT_TRUE(add_pvck_settings("mda_num=2 metadata_offset=4608", settings));
  ASSERT_TRUE(add_pvck_settings("device_size=67108864, pv_uuid=1LW1CN-Xq4p-JnkK-mCYy-Dn90-OqmN-vkG84w", settings));
  EXPECT_EQ(settings.mda_num, 2U);
  EXPECT_EQ(settings.metadata_offset, Bytes(4608));
  EXPECT_EQ(settings.device_size, Bytes(67108864));
  ASSERT_TRUE(settings.pv_id);
  EXPECT_EQ(settings.pv_id->plain(), "1LW1CNXq4pJnkKmCYyDn90OqmNvkG84w");
  EXPECT_FALSE(settings.mda_size);
}

TEST(UnitPvckSettings, RefuseWhatTheyDoNotKnow) {
  auto refusal = [](std::string_view text) {
    plan::PvSettings settings;
    auto done = add_pvck_settings(text, settings);
    return done ? std::string() : done.error().message();
  };
  EXPECT_EQ(refusal(""), "");
  EXPECT_EQ(refusal("nosuch=1"), "Invalid setting: nosuch");
  EXPECT_EQ(refusal("mda_num"), "Invalid setting at: mda_num");
  EXPECT_EQ(refusal("metadata_offset=x"), "Invalid setting: metadata_offset");
  EXPECT_EQ(refusal("mda_size=-1"), "Invalid setting: mda_size");
  EXPECT_EQ(refusal("mda_size="), "Invalid setting: mda_size");
  EXPECT_EQ(refusal("pv_uuid=short"), "Invalid setting: pv_uuid");
  EXPECT_NE(refusal("mda_num=3"), "");
}

}  // namespace
}  // namespace lvm::cli
