// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/signatures.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/fd.h"
#include "device/io/system_io.h"

namespace lvm::device {
namespace {

class UnitSignatures : public ::testing::Test {
 protected:
  void SetUp() override {
#ifndef LVM_HAVE_BLKID
    GTEST_SKIP() << "built without libblkid";
#endif
    path_ = ::testing::TempDir() + "lvm_signatures_XXXXXX";
    fd_ = Fd(::mkstemp(path_.data()));
    ASSERT_EQ(::ftruncate(fd_.get(), 8 << 20), 0);
    device_ = {.path = path_, .image = ImagePart{.file = path_, .start = {}}, .size = Bytes(8 << 20)};
  }
  void TearDown() override { ::unlink(path_.c_str()); }
  void put(off_t offset, std::string_view bytes) {
    ASSERT_EQ(::pwrite(fd_.get(), bytes.data(), bytes.size(), offset), static_cast<ssize_t>(bytes.size()));
  }
  void put_swap() { put(4086, "SWAPSPACE2"), put(1024, {"\x01\0\0\0\xff\x03\0\0", 8}); }
  void put_dos() {
    put(510, "\x55\xaa");
    put(446, {"\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x08\0\0", 16});
  }
  std::string path_;
  Fd fd_;
  Device device_;
};

TEST_F(UnitSignatures, NothingOnAnEmptyDevice) {
  auto found = find_signatures(device_);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_TRUE(found->empty());
}

TEST_F(UnitSignatures, FindsAllAndWipesOneByOne) {
  put_swap();
  put_dos();
  auto found = find_signatures(device_);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2u);
  std::sort(found->begin(), found->end(), [](auto& a, auto& b) { return a.type < b.type; });
  EXPECT_EQ((*found)[0], (Signature{"dos", Bytes(510), Bytes(2), true}));
  EXPECT_EQ((*found)[1], (Signature{"swap", Bytes(4086), Bytes(10), false}));

  auto io = make_system_io({}, {});
  auto handle = io->open(device_, Access::write);
  ASSERT_TRUE(handle);
  ASSERT_TRUE(wipe_signature(**handle, (*found)[1]));
  auto left = find_signatures(device_);
  ASSERT_TRUE(left);
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ((*left)[0].type, "dos");
  ASSERT_TRUE(wipe_signature(**handle, (*found)[0]));
  EXPECT_TRUE(find_signatures(device_)->empty());
}

TEST_F(UnitSignatures, AMissingDeviceIsAnError) {
  auto found = find_signatures({.path = path_ + "_missing"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), Code::not_found);
}

}  // namespace
}  // namespace lvm::device
