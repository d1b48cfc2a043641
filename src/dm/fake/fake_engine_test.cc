// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/fake/fake_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dm/text.h"

namespace lvm::dm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr DeviceNumber kDisk{8, 0};

class UnitFakeEngine : public testing::Test {
 protected:
  UnitFakeEngine() { engine_.add_disk(kDisk, Sectors(10000)); }

  Result<> make(const std::string& name, std::string_view table) {
    TRY(engine_.create({name, "LVM-" + name, std::nullopt}));
    auto parsed = TRY(parse_table(table));
    TRY(engine_.load("LVM-" + name, parsed, false));
    TRY(engine_.resume("LVM-" + name, {}, NodeLink{"vg", name}));
    return {};
  }
  Info info(const std::string& name) { return engine_.info("LVM-" + name).value().value(); }

  FakeEngine engine_;
};

TEST_F(UnitFakeEngine, LogsWhatItDoes) {
  ASSERT_TRUE(make("a", "0 8192 linear 8:0 8"));
  ASSERT_TRUE(engine_.suspend("LVM-a", {false, false}));
  ASSERT_TRUE(engine_.rename("LVM-a", "b", UdevFlags{0x28}, NodeLink{"vg", "a"}, NodeLink{"vg", "b"}));
  ASSERT_TRUE(engine_.remove("LVM-a", {}, std::nullopt, true));
  ASSERT_TRUE(engine_.settle());
  EXPECT_THAT(engine_.take_log(), ElementsAre("create a LVM-a", "load a 0 8192 linear 8:0 8",
                                              "resume a udev=0x0 link=vg/a", "suspend a noflush nofreeze",
                                              "rename a b udev=0x28 old=vg/a new=vg/b", "remove b udev=0x0", "settle"));
  EXPECT_TRUE(engine_.log().empty());
}

TEST_F(UnitFakeEngine, PathsAppearWhenSettled) {
  ASSERT_TRUE(make("a", "0 8 error"));
  EXPECT_TRUE(engine_.paths().empty());
  ASSERT_TRUE(engine_.settle());
  EXPECT_THAT(engine_.paths(), ElementsAre(std::pair("/dev/mapper/a", "LVM-a"), std::pair("/dev/vg/a", "LVM-a")));
  ASSERT_TRUE(engine_.rename("LVM-a", "b", {}, NodeLink{"vg", "a"}, NodeLink{"vg", "b"}));
  ASSERT_TRUE(engine_.settle());
  EXPECT_THAT(engine_.paths(), ElementsAre(std::pair("/dev/mapper/b", "LVM-a"), std::pair("/dev/vg/b", "LVM-a")));
}

TEST_F(UnitFakeEngine, DisksLimitTables) {
  EXPECT_THAT(make("a", "0 8 linear 8:16 0").error().text(), HasSubstr("No such device or address"));
  EXPECT_THAT(make("b", "0 10001 linear 8:0 0").error().text(), HasSubstr("reload ioctl on b failed: Invalid"));
  EXPECT_TRUE(make("c", "0 10000 linear 8:0 0"));
  // Sizes of a later table are checked when it goes live.
  ASSERT_TRUE(engine_.load("LVM-c", parse_table("0 8 linear 8:0 9999").value(), false));
  EXPECT_FALSE(engine_.resume("LVM-c", {}, {}));
  EXPECT_TRUE(info("c").suspended);
}

TEST_F(UnitFakeEngine, FaultsStrikeTheChosenChange) {
  engine_.fail_change(1, Error(Code::io, "injected"));
  EXPECT_EQ(make("a", "0 8 error").error().text(), "injected");
  EXPECT_FALSE(info("a").inactive_table);
  EXPECT_EQ(engine_.log().back(), "! load a 0 8 error");
  EXPECT_TRUE(engine_.load("LVM-a", parse_table("0 8 error").value(), false));
}

TEST_F(UnitFakeEngine, NothingWorksOnceStopped) {
  engine_.stop_after(2);
  EXPECT_EQ(make("a", "0 8 error").error().code(), Code::interrupted);
  EXPECT_FALSE(engine_.list());
  EXPECT_FALSE(engine_.settle());
  FakeEngine next = engine_;
  next.restart();
  EXPECT_EQ(next.dump(), "a:\na: * 0 8 error\n");
  EXPECT_TRUE(next.resume("LVM-a", {}, {}));
}

TEST_F(UnitFakeEngine, MissingDriver) {
  engine_.set_unavailable(Error(Code::unsupported, "none"));
  EXPECT_EQ(engine_.available().error().text(), "none");
  EXPECT_FALSE(engine_.create({"a", "LVM-a", {}}));
}

TEST_F(UnitFakeEngine, MessagesGoToTheHandler) {
  ASSERT_TRUE(make("a", "0 8 error"));
  EXPECT_FALSE(engine_.message("LVM-a", Sectors(0), "x"));
  engine_.set_message_handler([](const Info& info, Sectors sector, std::string_view text) -> Result<std::string> {
    return info.name + " " + std::to_string(sector.n) + " " + std::string(text);
  });
  EXPECT_EQ(engine_.message("LVM-a", Sectors(3), "hello").value(), "a 3 hello");
  EXPECT_FALSE(engine_.message("LVM-a", Sectors(8), "beyond"));
}

TEST_F(UnitFakeEngine, DumpShowsStates) {
  ASSERT_TRUE(make("b", "0 8 error\n8 8 linear 8:0 0"));
  ASSERT_TRUE(make("a", "0 16 linear 253:0 0"));
  ASSERT_TRUE(engine_.load("LVM-b", parse_table("0 16 zero").value(), true));
  ASSERT_TRUE(engine_.suspend("LVM-b", {}));
  EXPECT_EQ(engine_.dump(),
            "a: 0 16 linear 253:0 0\n"
            "b (suspended): 0 8 error\nb (suspended): 8 8 linear 8:0 0\nb (suspended): * 0 16 zero\n");
}

TEST_F(UnitFakeEngine, RequiredTargets) {
  EXPECT_TRUE(engine_.require_target("zero"));
  EXPECT_EQ(engine_.require_target("vdo").error().code(), Code::unsupported);
}

}  // namespace
}  // namespace lvm::dm
