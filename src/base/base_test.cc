// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <bit>

#include "base/clock.h"
#include "base/crc.h"
#include "base/endian.h"
#include "base/files.h"
#include "base/id.h"
#include "base/programs.h"
#include "base/result.h"
#include "base/testing/temporary_folder.h"
#include "base/units.h"

namespace lvm {
namespace {

std::uint32_t crc_bytewise(std::string_view text, std::uint32_t crc) {
  for (char ch : text) {
    crc ^= static_cast<std::uint8_t>(ch);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0u);
  }
  return crc;
}

TEST(UnitCrc, AgreesWithTheDefinitionForEveryLengthAndChains) {
  std::string text;
  for (int i = 0; i < 400; ++i) {  // tables, folding, and both
    auto bytes = std::as_bytes(std::span(text));
    EXPECT_EQ(crc32(bytes), crc_bytewise(text, kCrcInitial));
    auto half = bytes.size() / 2;
    EXPECT_EQ(crc32(bytes.subspan(half), crc32(bytes.first(half))), crc32(bytes));
    text += static_cast<char>(i * 37);
  }
}

TEST(UnitId, DashesAreSkippedOnReadingAndPutOnWriting) {
  auto id = PvId::parse("0WoZ7F-zDlX-kfkM-AhzY-AUU6-RtzV-VBTbkO");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->plain(), "0WoZ7FzDlXkfkMAhzYAUU6RtzVVBTbkO");
  EXPECT_EQ(id->dashed(), "0WoZ7F-zDlX-kfkM-AhzY-AUU6-RtzV-VBTbkO");
  EXPECT_EQ(PvId::parse(id->plain()), id);
}

TEST(UnitId, RefusesWrongLengthAndCharacters) {
  EXPECT_FALSE(PvId::parse(""));
  EXPECT_FALSE(PvId::parse("0WoZ7FzDlXkfkMAhzYAUU6RtzVVBTbk"));
  EXPECT_FALSE(PvId::parse("0WoZ7FzDlXkfkMAhzYAUU6RtzVVBTbkOO"));
  EXPECT_FALSE(PvId::parse("0WoZ7FzDlXkfkMAhzYAUU6RtzVVBTbk/"));
}

TEST(UnitUnits, RoundingIsExactNearTheLimits) {
  EXPECT_EQ(to_sectors_ceil(Bytes(1)).n, 1u);
  EXPECT_EQ(to_sectors_ceil(Bytes(512)).n, 1u);
  EXPECT_EQ(to_extents_ceil(Sectors(~0ull), Sectors(8192)).n, (~0ull) / 8192 + 1);
  EXPECT_EQ(round_up(1025, 512), 1536u);
  EXPECT_EQ(round_down(1025, 512), 1024u);
}

TEST(UnitEndian, BytesAreLittleEndian) {
  le32 value(0x11223344);
  auto bytes = std::bit_cast<std::array<std::uint8_t, 4>>(value);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{0x44, 0x33, 0x22, 0x11}));
  EXPECT_EQ(value.get(), 0x11223344u);
}

Result<int> twice(Result<int> in) {
  int value = TRY(std::move(in));
  return 2 * value;
}

TEST(UnitResult, TryPassesErrorsUpWithTheirContext) {
  EXPECT_EQ(twice(21), 42);
  Error error(Code::io, "disk gone");
  error.add_context("reading label");
  EXPECT_EQ(twice(std::unexpected(error)).error().text(), "disk gone (reading label)");
}

TEST(UnitFiles, ReplaceAndCreateNewKeepTheirPromises) {
  const TemporaryFolder folder;
  std::string directory = folder.path() + "/a/b";
  SystemFiles files;
  const mode_t mask = ::umask(022);
  ASSERT_TRUE(files.make_directories(directory, 0700));
  ::umask(mask);
  struct stat status;
  ASSERT_EQ(::stat((folder.path() + "/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u) << "only what was asked for is private";
  ASSERT_EQ(::stat(directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  std::string path = directory + "/file";
  (void)files.remove(path);
  ASSERT_TRUE(files.create_new(path, "one", 0600));
  auto again = files.create_new(path, "two", 0600);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), Code::exists);
  EXPECT_EQ(files.read(path), "one");
  ASSERT_TRUE(files.replace(path, "three", 0600));
  EXPECT_EQ(files.read(path), "three");
  auto entries = files.list(directory);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 1u) << "no temporary file may stay";
  ASSERT_TRUE(files.remove(path));
  EXPECT_EQ(files.read(path).error().code(), Code::not_found);
}

TEST(UnitPrograms, GiveTheirStatusAndSayWhenTheyAreNotThere) {
  SystemPrograms programs;
  EXPECT_EQ(programs.run({"true"}), 0);
  EXPECT_EQ(programs.run({"/bin/sh", "-c", "exit 7"}), 7);
  auto killed = programs.run({"/bin/sh", "-c", "kill -TERM $$"});
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().code(), Code::io);
  auto absent = programs.run({"no-such-program-anywhere", "x"});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code(), Code::not_found);
  EXPECT_EQ(command_text({"mount", "-o", "a=b", "/mnt/my disk", "it's", ""}),
            "mount -o a=b '/mnt/my disk' 'it'\\''s' ''");
}

}  // namespace
}  // namespace lvm
