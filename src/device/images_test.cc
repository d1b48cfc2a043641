// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/testing/temporary_folder.h"

namespace lvm::device {
namespace {

namespace fs = std::filesystem;

class UnitImages : public ::testing::Test {
 protected:
  std::string empty(const std::string& name, std::uintmax_t size) {
    std::ofstream(root_ + "/" + name).close();
    fs::resize_file(root_ + "/" + name, size);
    return root_ + "/" + name;
  }
  // A PC table: partition 1 of 1 MiB at 1 MiB, partition 2 behind it up to `size`.
  std::string partitioned(const std::string& name, std::uint32_t size) {
    std::string path = empty(name, size);
    auto le = [](std::uint32_t value) {
      return std::string{static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
                         static_cast<char>(value >> 24)};
    };
    std::string entries = std::string(4, '\0') + '\x83' + std::string(3, '\0') + le(2048) + le(2048);
    entries += std::string(4, '\0') + '\x8e' + std::string(3, '\0') + le(4096) + le(size / 512 - 4096);
    std::fstream file(path);
    file.seekp(446) << entries;
    file.seekp(510) << "\x55\xaa";
    return path;
  }
  TemporaryFolder folder_;
  const std::string& root_ = folder_.path();
};

TEST_F(UnitImages, APartitionedImageIsTheWholeAndItsPartitions) {
  std::string path = partitioned("disk", 8u << 20);
  auto listed = list_images({path}, true);
  ASSERT_TRUE(listed) << listed.error().text();
  ASSERT_EQ(listed->images.size(), 3u);
  const auto& [whole, first, second] = std::tie(listed->images[0], listed->images[1], listed->images[2]);
  EXPECT_EQ(whole.path, path);
  EXPECT_TRUE(whole.partitioned);
  EXPECT_EQ(first.path, path + "@1");
  EXPECT_EQ(second.path, path + "@2");
  EXPECT_EQ(second.image->file, fs::canonical(path).string());
  EXPECT_EQ(second.image->start, Bytes(2u << 20));
  EXPECT_EQ(second.size, Bytes(6u << 20));
  EXPECT_FALSE(second.partitioned);
  EXPECT_GE(second.number.major, 4096u);
  EXPECT_NE(second.number, first.number);
  EXPECT_NE(second.number, whole.number);

  auto one = list_images({path + "@2"}, true);
  ASSERT_TRUE(one);
  ASSERT_EQ(one->images.size(), 1u);
  EXPECT_EQ(one->images[0], second) << "under the same number in every command";
  EXPECT_FALSE(list_images({path + "@2"}, false)->images[0].number);
}

TEST_F(UnitImages, WrongPartitionsAreNamed) {
  std::string path = partitioned("disk", 8u << 20);
  EXPECT_NE(list_images({path + "@3"}, true).error().text().find("no such partition; there are: 1, 2"),
            std::string::npos);
  EXPECT_NE(list_images({empty("plain", 4096) + "@1"}, true).error().text().find("no partition table"),
            std::string::npos);
  fs::resize_file(path, 4u << 20);
  auto cut = list_images({path}, true);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code(), Code::corrupt);
  EXPECT_NE(cut.error().text().find("cut short"), std::string::npos);
  EXPECT_TRUE(list_images({path + "@1"}, true)) << "of the first all is there";
  // In a directory, neighbours go on.
  empty("other", 4096);
  auto all = list_images({root_}, true);
  ASSERT_TRUE(all);
  EXPECT_TRUE(std::ranges::any_of(all->images, [&](auto& d) { return d.path == root_ + "/other"; }));
}

TEST_F(UnitImages, AServerThatIsNotThereIsAnError) {
  auto listed = list_images({"nbd+unix:///?socket=" + root_ + "/none"}, true);
  ASSERT_FALSE(listed);
  EXPECT_THAT(listed.error().text(), ::testing::HasSubstr("nbd+unix:///?socket=" + root_ + "/none"));
}

TEST_F(UnitImages, UrisHaveNumbersOfTheirOwn) {
  EXPECT_EQ(uri_number("nbd://a", 0), uri_number("nbd://a", 0));
  EXPECT_NE(uri_number("nbd://a", 0), uri_number("nbd://a", 1));
  EXPECT_NE(uri_number("nbd://a", 0), uri_number("nbd://b", 0));
  EXPECT_GE(uri_number("nbd://a", 0).major, 4096U);
  EXPECT_EQ(split_image_name("nbd+unix:///?socket=/s@3"), (ImageName{"nbd+unix:///?socket=/s", 3}));
}

TEST_F(UnitImages, NamesThatLookLikePartitions) {
  std::string path = empty("disk@2", 4096);
  EXPECT_EQ(split_image_name(path), (ImageName{path, std::nullopt}));
  EXPECT_EQ(split_image_name("a@b"), (ImageName{"a@b", std::nullopt}));
  EXPECT_EQ(split_image_name("a@0"), (ImageName{"a@0", std::nullopt}));
  EXPECT_EQ(split_image_name("a@12"), (ImageName{"a", 12}));
}

TEST_F(UnitImages, DirectoriesAreSortedAndHiddenFilesLeftOut) {
  empty("b", 4096), empty("a", 4096), empty(".hidden", 4096);
  fs::create_hard_link(root_ + "/a", root_ + "/c");
  fs::create_directory(root_ + "/below");
  auto listed = list_images({root_, root_ + "/b", root_ + "/missing"}, true);
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->images.size(), 2u) << "each file once";
  EXPECT_EQ(listed->images[0].path, root_ + "/a");
  EXPECT_EQ(listed->images[1].path, root_ + "/b");
}

}  // namespace
}  // namespace lvm::device
