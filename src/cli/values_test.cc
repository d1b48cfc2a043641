// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/values.h"

#include <gtest/gtest.h>

#include "cli/option_table.h"

namespace lvm::cli {
namespace {

constexpr std::uint64_t kMega = 1 << 20;

std::expected<Typed, BadValue> read(Opt opt, std::string_view text, Signs signs = Signs::none) {
  return parse_value(row_of(opt), signs, text);
}

std::string complaint(Opt opt, std::string_view text, Signs signs = Signs::none) {
  const auto value = read(opt, text, signs);
  return value ? "accepted" : value.error().why;
}

Amount amount(Opt opt, std::string_view text, Signs signs = Signs::none) {
  const auto value = read(opt, text, signs);
  EXPECT_TRUE(value) << text;
  return value ? std::get<Amount>(*value) : Amount();
}

TEST(UnitValues, SizesInEveryUnit) {
  const std::pair<std::string_view, std::uint64_t> cases[] = {{"10", 10 * kMega},
                                                              {"10m", 10 * kMega},
                                                              {"10M", 10 * kMega},
                                                              {"1.5m", kMega + kMega / 2},
                                                              {".5m", kMega / 2},
                                                              {"5.", 5 * kMega},
                                                              {"512b", 512},
                                                              {"8s", 4096},
                                                              {"8S", 4096},
                                                              {"4k", 4096},
                                                              {"4kib", 4096},
                                                              {"4KB", 4096},
                                                              {"1g", 1 << 30},
                                                              {"1.1k", 1024},
                                                              {"0", 0},
                                                              {"1t", 1ULL << 40},
                                                              {"1p", 1ULL << 50},
                                                              {"1e", 1ULL << 60},
                                                              {"15.5e", 31ULL << 59}};
  for (const auto& [text, bytes] : cases) EXPECT_EQ(amount(Opt::size, text).bytes.n, bytes) << text;
  EXPECT_EQ(amount(Opt::stripesize, "64").bytes.n, 64U << 10);
}

TEST(UnitValues, MalformedSizes) {
  EXPECT_EQ(complaint(Opt::size, "1x"), "Can't parse size argument.");
  EXPECT_EQ(complaint(Opt::size, "1,5m"), "Can't parse size argument.");
  EXPECT_EQ(complaint(Opt::size, "1.5.5m"), "Can't parse size argument.");
  EXPECT_EQ(complaint(Opt::size, "10%FREE"), "Can't parse size argument.");
  EXPECT_EQ(complaint(Opt::size, "vg"), "Size requires number argument.");
  EXPECT_EQ(complaint(Opt::size, ""), "Size requires number argument.");
  EXPECT_EQ(complaint(Opt::size, " 4m"), "Size requires number argument.");
  EXPECT_EQ(complaint(Opt::size, "."), "Size requires number argument.");
  EXPECT_EQ(complaint(Opt::size, "4b"), "Size is not a multiple of 512. Try using 0 or 512.");
  EXPECT_EQ(complaint(Opt::size, "1000b"), "Size is not a multiple of 512. Try using 512 or 1024.");
  EXPECT_EQ(complaint(Opt::size, "16e"), "Size is too big (>=16EiB).");
  EXPECT_EQ(complaint(Opt::size, "99999999999999999999"), "Size is too big (>=16EiB).");
}

TEST(UnitValues, SignsOfSizes) {
  EXPECT_EQ(amount(Opt::size, "+10", Signs::plus).sign, Sign::plus);
  EXPECT_EQ(amount(Opt::size, "-10", Signs::both).sign, Sign::minus);
  EXPECT_EQ(amount(Opt::size, "+10").sign, Sign::none);
  EXPECT_EQ(complaint(Opt::size, "-10"), "Size may not be negative.");
  EXPECT_EQ(complaint(Opt::size, "-10", Signs::plus), "Size may not be negative.");
  EXPECT_EQ(complaint(Opt::size, "+10", Signs::minus), "Size may not be positive.");
  EXPECT_EQ(complaint(Opt::size, "+-10", Signs::plus), "Multiple sign symbols detected.");
  EXPECT_EQ(complaint(Opt::physicalextentsize, "+4m"), "Size may not be relative/signed.");
}

TEST(UnitValues, ExtentsAndPercentages) {
  EXPECT_EQ(amount(Opt::extents, "10").extents, Extents(10));
  const Amount half = amount(Opt::extents, "+50%FREE", Signs::plus);
  EXPECT_EQ(half.kind, Amount::Kind::percent);
  EXPECT_EQ(half.percent, 50U);
  EXPECT_EQ(half.of, PercentOf::free);
  EXPECT_EQ(half.sign, Sign::plus);
  EXPECT_EQ(amount(Opt::extents, "10%v").of, PercentOf::vg);
  EXPECT_EQ(amount(Opt::extents, "10%pvs").of, PercentOf::pvs);
  EXPECT_EQ(amount(Opt::extents, "10%LV").of, PercentOf::lv);
  EXPECT_EQ(amount(Opt::extents, "10%Or").of, PercentOf::origin);
  EXPECT_EQ(complaint(Opt::extents, "10%FOO"), "Specified %FOO is unknown.");
  EXPECT_EQ(complaint(Opt::extents, "10%"), "Specified % is unknown.");
  EXPECT_EQ(complaint(Opt::extents, "-1"), "Extents may not be negative.");
  for (const char* text : {"10.5", "10k", "", "++1", "99999999999999999999", "5000000000%VG"})
    EXPECT_EQ(complaint(Opt::extents, text), "") << text;
}

TEST(UnitValues, Numbers) {
  EXPECT_EQ(std::get<std::int64_t>(*read(Opt::stripes, "+2")), 2);
  for (const char* text : {"2.5", "0x10", "1k", "", " 1", "9223372036854775808"})
    EXPECT_EQ(complaint(Opt::stripes, text), "") << text;
  EXPECT_EQ(complaint(Opt::stripes, "-1"), "Number may not be negative.");
}

TEST(UnitValues, Activation) {
  const std::pair<std::string_view, Activation> cases[] = {
      {"y", Activation::on},        {"n", Activation::off},        {"ay", Activation::automatic},
      {"a", Activation::automatic}, {"ey", Activation::exclusive}, {"en", Activation::off},
      {"sy", Activation::shared},   {"ly", Activation::on},        {"ln", Activation::off}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(std::get<Activation>(*read(Opt::activate, text)), expected) << text;
  for (const char* text : {"", "Y", "1", "sn", "l", "aly", "yes"}) EXPECT_FALSE(read(Opt::activate, text)) << text;
}

TEST(UnitValues, Tags) {
  EXPECT_TRUE(read(Opt::addtag, "@a/b=c!d:e&f#g+h.i-j_k"));
  for (const char* text : {"", "@", "a b", "a,b", "a%b"}) EXPECT_FALSE(read(Opt::addtag, text)) << text;
  EXPECT_FALSE(read(Opt::addtag, std::string(1025, 'a')));
}

TEST(UnitValues, ReadAhead) {
  EXPECT_EQ(std::get<ReadAhead>(*read(Opt::readahead, "AUTO")).kind, ReadAhead::Kind::automatic);
  EXPECT_EQ(std::get<ReadAhead>(*read(Opt::readahead, "none")).kind, ReadAhead::Kind::none);
  EXPECT_EQ(std::get<ReadAhead>(*read(Opt::readahead, "8")).sectors, Sectors(8));
  EXPECT_EQ(std::get<ReadAhead>(*read(Opt::readahead, "8k")).sectors, Sectors(16));
  EXPECT_FALSE(read(Opt::readahead, "-1"));
}

TEST(UnitValues, WordsAreExactWhereLvm2IsExact) {
  EXPECT_TRUE(read(Opt::cachemode, "Writeback"));
  EXPECT_TRUE(read(Opt::vgmetadatacopies, "ALL"));
  EXPECT_FALSE(read(Opt::alloc, "NORMAL"));
  EXPECT_FALSE(read(Opt::reportformat, "JSON"));
  EXPECT_FALSE(read(Opt::type, "raid"));
  EXPECT_TRUE(read(Opt::type, "raid6_zr"));
  EXPECT_EQ(std::get<model::Allocation>(*read(Opt::alloc, "cling_by_tags")), model::Allocation::cling);
}

TEST(UnitPvOperand, DeviceAndRanges) {
  EXPECT_EQ(parse_pv_operand("/dev/a")->ranges.size(), 0U);
  const auto two = parse_pv_operand("/dev/a:0-99:200-");
  ASSERT_TRUE(two);
  EXPECT_EQ(two->device, "/dev/a");
  ASSERT_EQ(two->ranges.size(), 2U);
  EXPECT_EQ(two->ranges[0], (ExtentRange{Extents(0), Extents(99)}));
  EXPECT_EQ(two->ranges[1], (ExtentRange{Extents(200), std::nullopt}));
  EXPECT_EQ(parse_pv_operand("/dev/a:10+5")->ranges[0], (ExtentRange{Extents(10), Extents(14)}));
  EXPECT_EQ(parse_pv_operand("/dev/a:-5")->ranges[0], (ExtentRange{Extents(0), Extents(5)}));
  EXPECT_EQ(parse_pv_operand("/dev/a:7")->ranges[0], (ExtentRange{Extents(7), Extents(7)}));
  EXPECT_EQ(parse_pv_operand("/dev/disk/by-path/pci-0000:00:1f.2")->ranges.size(), 0U);
  EXPECT_EQ(parse_pv_operand("@tag:1")->device, "@tag:1");
  for (const char* text : {"", ":1", "/dev/a:5-2", "/dev/a:1+0", "/dev/a:1-2-3", "/dev/a:99999999999999999999",
                           "/dev/a:1+18446744073709551615"})
    EXPECT_FALSE(parse_pv_operand(text)) << text;
}

}  // namespace
}  // namespace lvm::cli
