// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/names.h"

#include <gtest/gtest.h>

#include "model/testing.h"

namespace lvm::model {
namespace {

TEST(UnitNames, CharactersAndLengthAreThoseOfLvm) {
  for (auto good : {"a", "A.b_c+d-e", "0", "_x", "+x", "...", ".a"}) EXPECT_TRUE(is_valid_name(good)) << good;
  EXPECT_TRUE(is_valid_name(std::string(127, 'a')));
  EXPECT_EQ(find_name_problem(""), NameProblem::empty);
  EXPECT_EQ(find_name_problem("-a"), NameProblem::hyphen);
  EXPECT_EQ(find_name_problem("."), NameProblem::dots);
  EXPECT_EQ(find_name_problem(".."), NameProblem::dots);
  EXPECT_EQ(find_name_problem("a b"), NameProblem::character);
  EXPECT_EQ(find_name_problem("a/b"), NameProblem::character);
  EXPECT_EQ(find_name_problem("\xc3\xa4"), NameProblem::character);
  EXPECT_EQ(find_name_problem(std::string_view("a\0b", 3)), NameProblem::character);
  EXPECT_EQ(find_name_problem(std::string(128, 'a')), NameProblem::too_long);
}

TEST(UnitNames, MessagesAreThoseOfLvm) {
  auto vg = check_new_vg_name("a b");
  ASSERT_FALSE(vg);
  EXPECT_EQ(vg.error().message(), "New volume group name \"a b\" is invalid.");
  EXPECT_EQ(vg.error().context().at(0), "Name contains invalid character, valid set includes: [a-zA-Z0-9.-_+].");
  EXPECT_EQ(check_new_lv_name("..").error().message(), "Logical volume name \"..\" is invalid.");
  EXPECT_EQ(check_new_lv_name("pvmovex").error().message(),
            "Names starting \"pvmove\" are reserved. Please choose a different LV name.");
  EXPECT_EQ(check_new_lv_name("b_tmeta0").error().message(),
            "Names including \"_tmeta\" are reserved. Please choose a different LV name.");
}

TEST(UnitNames, OnlyInternalNamesAreReserved) {
  for (auto good : {"xsnapshot", "x_extracted", "x_vpool", "lvol3", "data_1", "tdata", "mlog"})
    EXPECT_TRUE(check_new_lv_name(good)) << good;
  for (auto bad :
       {"snapshot", "snapshots1", "pvmove0", "_rimage_0", "c_cdatax", "x_mimagetmp", "x_wcorig", "x_vorigin"})
    EXPECT_FALSE(check_new_lv_name(bad)) << bad;
}

TEST(UnitNames, BothNamesMustFitADeviceName) {
  EXPECT_EQ(max_lv_name_length("v"), 123u);
  EXPECT_EQ(max_lv_name_length("v-v"), 121u);
  EXPECT_EQ(max_lv_name_length(std::string(127, 'v')), 0u);
  EXPECT_TRUE(check_name_lengths("v", std::string(123, 'b')));
  EXPECT_FALSE(check_name_lengths("v", std::string(124, 'b')));
  std::string hyphens;
  for (int i = 0; i < 50; ++i) hyphens += "a-";
  EXPECT_FALSE(check_name_lengths("v", hyphens)) << "every hyphen counts twice in a device name";
}

TEST(UnitNames, TagsHaveMoreCharacters) {
  for (auto good : {"x/=!:&#", "-x", "site=a/b"}) {
    EXPECT_TRUE(is_valid_tag(good)) << good;
  }
  for (auto bad : {"", "a b", "a@b", "\xc3\xa4", "a\"b"}) EXPECT_FALSE(is_valid_tag(bad)) << bad;
}

TEST(UnitNames, SystemIdsLoseWhatTheyMayNotHave) {
  EXPECT_EQ(clean_system_id("box.1"), "box.1");
  EXPECT_EQ(clean_system_id("..-box 1/ä"), "box1");
  EXPECT_EQ(clean_system_id("/ "), "");
  EXPECT_EQ(clean_system_id(std::string(200, 'a')).size(), 128u);
}

TEST(UnitNames, NextLvNameIsBehindTheHighestNumber) {
  Vg vg = testing::vg(1);
  EXPECT_EQ(next_lv_name(vg), "lvol0");
  vg.lvs.push_back(testing::lv(1, "lvol3", {}));
  vg.lvs.push_back(testing::lv(2, "lvol09", {}));
  vg.lvs.push_back(testing::lv(3, "lvol", {}));
  vg.lvs.push_back(testing::lv(4, "other77", {}));
  EXPECT_EQ(next_lv_name(vg), "lvol10");
  vg.lvs.push_back(testing::lv(5, "lvol50x", {}));
  EXPECT_EQ(next_lv_name(vg), "lvol51");
  EXPECT_EQ(next_lv_name(vg, "snapshot"), "snapshot0");
  vg.lvs.push_back(testing::lv(6, "lvol4294967295", {}));
  vg.lvs.push_back(testing::lv(7, "lvol0", {}));
  EXPECT_EQ(next_lv_name(vg), "lvol1") << "numbers have 32 bits: the first free one follows";
}

TEST(UnitNames, SubLvNamesSplitAtTheOutermostSuffix) {
  auto image = split_sub_lv_name("root_rimage_12");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->parent, "root");
  EXPECT_EQ(image->kind->suffix, "_rimage_");
  EXPECT_EQ(image->number, 12u);
  auto nested = split_sub_lv_name("p_tdata_rimage_0");
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->parent, "p_tdata");
  auto origin = split_sub_lv_name("x_rimage_0_iorig");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->parent, "x_rimage_0");
  EXPECT_FALSE(split_sub_lv_name("root"));
  EXPECT_FALSE(split_sub_lv_name("_tdata")) << "there is no owner";
  EXPECT_FALSE(split_sub_lv_name("root_rimage_x"));
  EXPECT_FALSE(split_sub_lv_name("root_tdata2"));
}

TEST(UnitNames, SubLvsFollowTheirOwnersName) {
  EXPECT_EQ(rename_sub_lv("p_tdata", "p", "q"), "q_tdata");
  EXPECT_EQ(rename_sub_lv("p_tdata_rimage_0", "p", "longer"), "longer_tdata_rimage_0");
  EXPECT_EQ(rename_sub_lv("p2_tdata", "p", "q"), std::nullopt);
  EXPECT_EQ(rename_sub_lv("p", "p", "q"), std::nullopt);
}

}  // namespace
}  // namespace lvm::model
