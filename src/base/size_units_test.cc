// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/size_units.h"

#include <gtest/gtest.h>

namespace lvm {
namespace {

std::string shown(std::string_view units, std::uint64_t sectors, bool suffix = true) {
  auto parsed = SizeUnits::parse(units);
  EXPECT_TRUE(parsed) << units;
  if (!parsed) return {};
  parsed->set_suffix(suffix);
  return parsed->text(Sectors(sectors));
}

std::string shown_long(std::string_view units, std::uint64_t sectors) {
  return SizeUnits::parse(units)->long_text(Sectors(sectors));
}

constexpr std::uint64_t kKib = 2;
constexpr std::uint64_t kMib = 2048;
constexpr std::uint64_t kGib = 2048 * 1024;

// Every line was printed by the reference for a volume of that many KiB.
TEST(UnitSizeUnits, RoundedUpSizesAreMarked) {
  EXPECT_EQ(shown("r", 1029 * kKib), "1.00m");
  EXPECT_EQ(shown("r", 1030 * kKib), "<1.01m");
  EXPECT_EQ(shown("r", 1035 * kKib), "1.01m");
  EXPECT_EQ(shown("r", 10239 * kKib), "<10.00m");
  EXPECT_EQ(shown("r", 1000000 * kKib), "976.56m");
  EXPECT_EQ(shown("r", 1048571 * kKib), "<1024.00m");
  EXPECT_EQ(shown("r", 1073741823 * kKib), "<1024.00g");
  EXPECT_EQ(shown("r", 4294967294 * kKib), "<4.00t");
  EXPECT_EQ(shown("R", 10241 * kKib), "<10.49M");
  EXPECT_EQ(shown("R", 10245 * kKib), "10.49M");
}

TEST(UnitSizeUnits, HumanUnitsDoNotMark) {
  EXPECT_EQ(shown("h", 1030 * kKib), "1.01m");
  EXPECT_EQ(shown("H", 1030 * kKib), "1.05M");
  EXPECT_EQ(shown("h", 1), "512b");
  EXPECT_EQ(shown("H", 1), "512B");
  EXPECT_EQ(shown("h", 1000 * kKib), "1000.00k");
  EXPECT_EQ(shown("H", 1000 * kKib), "1.02M");
}

TEST(UnitSizeUnits, NothingIsABareZero) {
  EXPECT_EQ(shown("r", 0), "0 ");
  EXPECT_EQ(shown("h", 0, false), "0");
  EXPECT_EQ(shown("m", 0), "0m");
  EXPECT_EQ(shown("m", 0, false), "0");
  EXPECT_EQ(shown("b", 0), "0B");
  EXPECT_EQ(shown("4k", 0), "0U");
}

TEST(UnitSizeUnits, FixedUnits) {
  EXPECT_EQ(shown("b", 40 * kMib), "41943040B");
  EXPECT_EQ(shown("B", 40 * kMib, false), "41943040");
  EXPECT_EQ(shown("s", 40 * kMib), "81920S");
  EXPECT_EQ(shown("k", 40 * kMib), "40960.00k");
  EXPECT_EQ(shown("K", 40 * kMib), "41943.04K");
  EXPECT_EQ(shown("g", 40 * kMib), "0.04g");
  EXPECT_EQ(shown("t", 40 * kMib), "0.00t");
  EXPECT_EQ(shown("e", std::uint64_t{1} << 51), "1.00e");
  EXPECT_EQ(shown("m", 40 * kMib, false), "40.00");
}

TEST(UnitSizeUnits, UnitsOfManyAreU) {
  EXPECT_EQ(shown("4k", 40 * kMib), "10240.00U");
  EXPECT_EQ(shown("3m", 40 * kMib), "13.33U");
  EXPECT_EQ(shown("512b", 40 * kMib), "81920.00U");
  EXPECT_EQ(shown("0.5m", 40 * kMib), "80.00U");
  // One of a unit is that unit, and the reference looks at the whole part only.
  EXPECT_EQ(shown("1k", 40 * kMib), "40960.00k");
  EXPECT_EQ(shown("1.5m", 40 * kMib), "26.67m");
}

TEST(UnitSizeUnits, LargestSizeDoesNotOverflow) {
  EXPECT_EQ(shown("e", ~std::uint64_t{0}), "8192.00e");
  EXPECT_EQ(shown("h", ~std::uint64_t{0}), "8192.00e");
  EXPECT_EQ(shown("r", ~std::uint64_t{0}), "<8192.00e");
}

TEST(UnitSizeUnits, LongForms) {
  EXPECT_EQ(shown_long("r", 40 * kMib), "40.00 MiB");
  EXPECT_EQ(shown_long("r", 1030 * kKib), "<1.01 MiB");
  EXPECT_EQ(shown_long("H", 40 * kMib), "41.94 MB");
  EXPECT_EQ(shown_long("h", 0), "0   ");
  EXPECT_EQ(shown_long("b", 0), "0 B ");
  EXPECT_EQ(shown_long("s", 8192), "8192 Se");
  EXPECT_EQ(shown_long("K", kGib), "1073741.82 kB");
  EXPECT_EQ(shown_long("4k", kMib), "256.00 Un");
}

TEST(UnitSizeUnits, ANumberBeforeAUnitOfTheSizesOwnSaysNothing) {
  for (const char* text : {"10h", "0h", "1.9h"}) EXPECT_EQ(shown(text, 8 * kMib), "8.00m") << text;
  EXPECT_EQ(shown("3.5R", 8 * kMib), "<8.39M");
}

TEST(UnitSizeUnits, OtherTextsAreRefused) {
  for (const char* text : {"",        "x",     "7",    "hs", "mk", "4kk", "0k", "-2k", "2.5", "1000", "k4",
                           "0.0001b", "1e30e", "0.5h", "hh", "m,", "-1m", "u",  "bg",  ".5m", "1e3m", " m"})
    EXPECT_FALSE(SizeUnits::parse(text)) << text;
  EXPECT_EQ(SizeUnits::parse("x").error().message(), "Invalid units specification");
}

}  // namespace
}  // namespace lvm
