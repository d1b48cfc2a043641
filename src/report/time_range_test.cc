// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/time_range.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace lvm::report {
namespace {

// Mon Nov 23 13:03:19 UTC 2026
constexpr std::int64_t kNow = 1795438999;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kToday = kNow - kNow % kDay;

class UnitReportTime : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  TimeRange read(std::string_view text) {
    auto range = parse_time(text, kNow);
    EXPECT_TRUE(range) << text << ": " << (range ? "" : range.error().message());
    return range.value_or(TimeRange{-1, -1});
  }
};

TEST_F(UnitReportTime, PartsLeftOutMakeARange) {
  EXPECT_EQ(read("2015-07-07 9:51:02"), (TimeRange{1436262662, 1436262662}));
  EXPECT_EQ(read("2015-07-07 9:51"), (TimeRange{1436262660, 1436262719}));
  EXPECT_EQ(read("2015-07-07 9"), (TimeRange{1436259600, 1436263199}));
  EXPECT_EQ(read("2015-07-07"), (TimeRange{1436227200, 1436313599}));
  EXPECT_EQ(read("20150707"), read("2015-07-07"));
  EXPECT_EQ(read("2015-07"), (TimeRange{1435708800, 1438387199}));
  EXPECT_EQ(read("2015"), (TimeRange{1420070400, 1451606399}));
  EXPECT_EQ(read("2016-02").end - read("2016-02").begin + 1, 29 * kDay);
}

TEST_F(UnitReportTime, ZonesShift) {
  const auto utc = read("2026-11-23 12:58:38 +0000");
  EXPECT_EQ(read("2026-11-23 13:58:38 +01:00"), utc);
  EXPECT_EQ(read("2026-11-23 13:58:38+01"), utc);
  EXPECT_EQ(read("2026-11-23 07:28:38 -0530"), utc);
}

TEST_F(UnitReportTime, SecondsSinceTheEpoch) {
  EXPECT_EQ(read("@1473433008"), (TimeRange{1473433008, 1473433008}));
  EXPECT_EQ(read("@0"), (TimeRange{0, 0}));
}

TEST_F(UnitReportTime, DaysByName) {
  EXPECT_EQ(read("today"), (TimeRange{kToday, kToday + kDay - 1}));
  EXPECT_EQ(read("Yesterday"), (TimeRange{kToday - kDay, kToday - 1}));
  EXPECT_EQ(read("sunday"), (TimeRange{kToday - kDay, kToday - 1}));
  EXPECT_EQ(read("mon"), read("today"));
  EXPECT_EQ(read("noon"), (TimeRange{kToday + kDay / 2, kToday + kDay / 2}));
  EXPECT_EQ(read("yesterday noon").begin, kToday - kDay / 2);
  EXPECT_EQ(read("5pm"), (TimeRange{kToday + 17 * 3600, kToday + 18 * 3600 - 1}));
  EXPECT_EQ(read("12 am").begin, kToday);
  EXPECT_EQ(read("23 nov 2015"), (TimeRange{1448236800, 1448323199}));
  EXPECT_EQ(read("November 23 2015"), read("23 nov 2015"));
}

TEST_F(UnitReportTime, Ago) {
  EXPECT_EQ(read("1 hour ago").begin, kNow - 3600);
  EXPECT_EQ(read("1h ago").begin, kNow - 3600);
  EXPECT_EQ(read("2 weeks 3 days ago").begin, kNow - 17 * kDay);
  EXPECT_EQ(read("1 year 3 months ago").begin, kNow - (31 + 30 + 31 + 365) * kDay);
}

TEST_F(UnitReportTime, OtherTextsAreRefused) {
  EXPECT_EQ(parse_time("2026-13", kNow).error().message(), "Specified month out of range.");
  EXPECT_EQ(parse_time("2015-02-29", kNow).error().message(), "Specified day out of range.");
  EXPECT_EQ(parse_time("abc", kNow).error().message(), "Unrecognized string in date/time specification at \"abc\".");
  EXPECT_EQ(parse_time("12:58", kNow).error().message(), "Incorrect date format.");
  for (const char* text : {"", " ", "@", "@x", "2026-", "2026-11-23 25", "2026-11-23 12:60", "2026 12:00", "ago",
                           "2 ago", "2 foo ago", "99", "2026-11-23 12:00 +99", "13pm", "2026/11/23"})
    EXPECT_FALSE(parse_time(text, kNow)) << text;
}

TEST_F(UnitReportTime, Formats) {
  TimeFormat format("%Y-%m-%d %T %z");
  EXPECT_EQ(format.text(1473433064), "2016-09-09 14:57:44 +0000");
  EXPECT_EQ(format.text(1473433065), "2016-09-09 14:57:45 +0000");
  EXPECT_EQ(TimeFormat("%s").text(1473433064), "1473433064");
  EXPECT_EQ(TimeFormat("").text(0), "");
}

}  // namespace
}  // namespace lvm::report
