// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "metadata/text.h"

// Texts that LVM2 2.03.16 wrote (tests/golden/metadata): NAME.raw from a metadata area, NAME.vg from
// /etc/lvm/backup, of the same VG.
namespace lvm::metadata {
namespace {

using syntax::Layout;

std::string load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> golden_names() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(LVM_GOLDEN)) names.insert(entry.path().filename());
  return {names.begin(), names.end()};
}

// Empty when equal, else the first line that differs.
std::string difference(std::string_view got, std::string_view wanted) {
  if (got == wanted) return {};
  auto at =
      static_cast<std::size_t>(std::mismatch(got.begin(), got.end(), wanted.begin(), wanted.end()).first - got.begin());
  auto line = [&](std::string_view text) {
    auto begin = text.rfind('\n', at == 0 ? 0 : at - 1);
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    return std::string(text.substr(begin, text.find('\n', at) - begin));
  };
  return "wrote \"" + line(got) + "\" instead of \"" + line(wanted) + "\" at byte " + std::to_string(at);
}

class UnitGolden : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);  // file layouts have local dates in comments
    ::tzset();
    path_ = std::string(LVM_GOLDEN) + "/" + GetParam();
    text_ = load(path_);
  }
  Layout layout() const { return path_.ends_with(".raw") ? Layout::raw : Layout::file; }

  std::string path_, text_;
};

TEST_P(UnitGolden, WritesBackByteForByte) {
  auto got = read(text_, GetParam());
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(difference(write(got->vg, got->origin, layout()), text_), "");
}

TEST_P(UnitGolden, OtherLayoutHoldsTheSameVg) {
  auto got = read(text_, GetParam());
  ASSERT_TRUE(got) << got.error().text();
  auto other = write(got->vg, got->origin, layout() == Layout::raw ? Layout::file : Layout::raw);
  auto again = read(other, "again");
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_TRUE(again->vg == got->vg);
  EXPECT_EQ(difference(write(again->vg, again->origin, layout()), text_), "");
}

TEST_P(UnitGolden, SummaryAgreesWithTheWholeText) {
  auto got = read(text_, GetParam());
  ASSERT_TRUE(got) << got.error().text();
  for (std::size_t length : {text_.size(), std::size_t{4096}, std::size_t{1200}}) {
    auto summary = read_summary(std::string_view(text_).substr(0, length), GetParam());
    ASSERT_TRUE(summary) << summary.error().text();
    EXPECT_EQ(summary->vg_name, got->vg.name);
    EXPECT_EQ(summary->vg_id, got->vg.id);
    EXPECT_EQ(summary->seqno, got->vg.seqno);
    EXPECT_EQ(summary->exported, got->vg.exported());
    EXPECT_EQ(summary->system_id, got->vg.system_id);
    EXPECT_EQ(summary->lock_type, got->vg.lock_type);
  }
}

// Cut anywhere, a text is refused or, where only its end is lost, still read; never a crash.
TEST_P(UnitGolden, TruncatedTextIsRefused) {
  auto whole = read(text_, GetParam());
  ASSERT_TRUE(whole);
  for (std::size_t length = 0; length < text_.size(); length += 7) {
    auto got = read(text_.substr(0, length), GetParam());
    if (got) {
      EXPECT_TRUE(got->vg == whole->vg) << length;
    } else {
      EXPECT_EQ(got.error().code(), Code::corrupt);
    }
    (void)read_summary(std::string_view(text_).substr(0, length), GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Texts, UnitGolden, ::testing::ValuesIn(golden_names()), [](const auto& golden) {
  std::string name = golden.param;
  for (char& c : name)
    if (c == '.') c = '_';
  return name;
});

}  // namespace
}  // namespace lvm::metadata
