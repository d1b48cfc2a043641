// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/held.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/testing/temporary_folder.h"

namespace lvm::dm::user {
namespace {

using ::testing::ElementsAre;

// A run directory. A daemon that is killed is notes that nobody ended.
class UnitHeld : public ::testing::Test {
 protected:
  std::unique_ptr<HeldNotes> begin() {
    auto notes = HeldNotes::begin(directory_);
    EXPECT_TRUE(notes) << notes.error().text();
    return std::move(*notes);
  }
  void killed_with(std::string_view uuid) {
    auto notes = begin();
    notes->attached("/images/of " + std::string(uuid));
    notes->resumed(uuid);
  }
  std::optional<Held> found() { return lost(directory_).value(); }
  std::string notes_path() const { return directory_ + "/engine.held"; }

  TemporaryFolder folder_;
  const std::string& directory_ = folder_.path();
};

TEST_F(UnitHeld, NothingWasEverHeld) {
  EXPECT_FALSE(found());
  begin();
  EXPECT_FALSE(found()) << "a daemon without devices";
}

TEST_F(UnitHeld, WhatWasResumedAndNotRemoved) {
  auto notes = begin();
  notes->attached("/a.img");
  for (std::string_view uuid : {"LVM-a", "LVM-b", "LVM-c", "LVM-b"}) notes->resumed(uuid);
  notes->removed("LVM-b");
  notes->removed("LVM-never");
  notes.reset();
  auto held = found();
  ASSERT_TRUE(held);
  EXPECT_THAT(held->uuids, ElementsAre("LVM-a", "LVM-c"));
  EXPECT_THAT(held->images, ElementsAre("/a.img"));
  EXPECT_TRUE(found()) << "until it is up again";
  forget_lost(directory_);
  EXPECT_FALSE(found());
}

TEST_F(UnitHeld, AnEndInOrderLeavesNothing) {
  auto notes = begin();
  notes->resumed("LVM-a");
  notes->end();
  EXPECT_FALSE(found());
}

TEST_F(UnitHeld, ADaemonThatLivesHasLostNothing) {
  killed_with("LVM-a");
  const std::string path = directory_ + "/engine.lock";
  Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_FALSE(found());
  lock.reset();
  EXPECT_TRUE(found());
}

TEST_F(UnitHeld, TwoDaemonsAreKilledOneAfterTheOther) {
  killed_with("LVM-a");
  killed_with("LVM-b");
  auto held = found();
  ASSERT_TRUE(held);
  EXPECT_THAT(held->uuids, ElementsAre("LVM-a", "LVM-b"));
  EXPECT_THAT(held->images, ElementsAre("/images/of LVM-a", "/images/of LVM-b"));
}

TEST_F(UnitHeld, ATornRecordDoesNotCount) {
  killed_with("LVM-a");
  std::ofstream(notes_path(), std::ios::app) << "-LVM-a";
  auto held = found();
  ASSERT_TRUE(held);
  EXPECT_THAT(held->uuids, ElementsAre("LVM-a"));
}

TEST_F(UnitHeld, NotesOfAnotherBootDoNotCount) {
  killed_with("LVM-a");
  SystemFiles files;
  std::string text = files.read(notes_path()).value();
  text[0] = text[0] == '0' ? '1' : '0';
  ASSERT_TRUE(files.replace(notes_path(), text, 0600));
  EXPECT_FALSE(found());
}

TEST_F(UnitHeld, NotesStayShort) {
  auto notes = begin();
  notes->resumed("LVM-stays");
  for (int i = 0; i < 5000; ++i) {
    notes->resumed(fmt::format("LVM-{}", i));
    notes->removed(fmt::format("LVM-{}", i));
  }
  EXPECT_LT(std::filesystem::file_size(notes_path()), 64u * 1024);
  notes.reset();
  EXPECT_THAT(found()->uuids, ElementsAre("LVM-stays"));
}

}  // namespace
}  // namespace lvm::dm::user
