// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/freed_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/testing/world_builder.h"
#include "syntax/document.h"

namespace lvm::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::WorldBuilder;

// Plans that lead from one text to the next; extents are 4 MiB, the first lies 1 MiB from the start of its PV.
class UnitFreedSpace : public ::testing::Test {
 protected:
  void SetUp() override {
    b_.pv("/dev/sda", 16).pv("/dev/sdb", 16).vg("vg", {"/dev/sda", "/dev/sdb"});
    b_.linear("a", "/dev/sda", 0, 4).linear("b", "/dev/sda", 4, 4);
    b_.striped("c", {"/dev/sda", "/dev/sdb"}, 8, 4, Sectors(128));
    set(true);
  }

  void set(bool issue_discards) {
    const char* text = issue_discards ? "devices { issue_discards = 1 }" : "devices { issue_discards = 0 }";
    b_.config().add(config::Config::Layer::command_line, std::move(*syntax::Document::parse(text, "test")));
  }

  // The VG goes on to be what `edit` makes of it.
  template <class Edit>
  void change(Edit&& edit) {
    if (!now_) now_ = b_.view("vg").vg;
    model::Vg after = *now_;
    edit(after);
    plan_.stages.push_back(metadata_stage(now_, std::move(after)));
    now_ = plan_.stages.back().after;
  }
  void remove(const std::string& name) {
    change([&](model::Vg& vg) { std::erase_if(vg.lvs, [&](const model::Lv& lv) { return lv.name == name; }); });
  }

  // "/dev/sda 4+8": extents. They are behind everything else, in a stage of their own that changes nothing.
  std::vector<std::string> discards() {
    const std::size_t stages = plan_.stages.size();
    discard_freed(b_.config(), b_.world(), plan_);
    std::vector<std::string> out;
    if (plan_.stages.size() == stages) return out;
    EXPECT_EQ(plan_.stages.size(), stages + 1);
    const step::Stage& last = plan_.stages.back();
    EXPECT_EQ(last.before, last.after);
    EXPECT_THAT(last.undo, IsEmpty());
    constexpr std::uint64_t kExtent = 4 << 20, kStart = 1 << 20;
    for (const step::Step& step : last.steps) {
      const auto& discard = std::get<step::Discard>(step);
      EXPECT_FALSE(discard.required);
      EXPECT_EQ((discard.offset.n - kStart) % kExtent, 0u);
      EXPECT_EQ(discard.length.n % kExtent, 0u);
      out.push_back(discard.device.path + " " + std::to_string((discard.offset.n - kStart) / kExtent) + "+" +
                    std::to_string(discard.length.n / kExtent));
    }
    return out;
  }

  WorldBuilder b_;
  model::VgPtr now_;
  step::Plan plan_;
};

TEST_F(UnitFreedSpace, NothingWithoutTheSetting) {
  set(false);
  remove("a");
  EXPECT_THAT(discards(), IsEmpty());
}

TEST_F(UnitFreedSpace, AllOfAVolumeThatGoes) {
  remove("c");
  EXPECT_THAT(discards(), ElementsAre("/dev/sda 8+2", "/dev/sdb 8+2"));
}

TEST_F(UnitFreedSpace, TheEndOfOneThatShrinks) {
  change([](model::Vg& vg) { vg.find_lv("b")->segments.front().count = Extents(1); });
  EXPECT_THAT(discards(), ElementsAre("/dev/sda 5+3"));
}

TEST_F(UnitFreedSpace, NeighboursTogetherThoughFreedOneAfterTheOther) {
  remove("b");
  remove("a");
  EXPECT_THAT(discards(), ElementsAre("/dev/sda 0+8"));
}

TEST_F(UnitFreedSpace, NotWhatALaterStageUses) {
  remove("a");
  change([](model::Vg& vg) {
    auto& area = std::get<model::Striped>(vg.find_lv("b")->segments[0].body).areas[0];
    std::get<model::PvArea>(area).start = Extents(2);
  });
  EXPECT_THAT(discards(), ElementsAre("/dev/sda 0+2", "/dev/sda 6+2"));
}

TEST_F(UnitFreedSpace, NotWhatAnotherVolumeHasTakenOver) {
  change([](model::Vg& vg) {
    std::erase_if(vg.lvs, [](const model::Lv& lv) { return lv.name == "b"; });
    vg.find_lv("a")->segments.push_back(
        {Extents(4), Extents(3), {}, model::Striped{{model::PvArea{vg.pvs[0].id, Extents(4)}}, {}}, {}, {}});
  });
  EXPECT_THAT(discards(), ElementsAre("/dev/sda 7+1"));
}

TEST_F(UnitFreedSpace, NotWhatGrowsOrIsRenamed) {
  change([](model::Vg& vg) { vg.find_lv("a")->name = "x"; });
  change([](model::Vg& vg) { vg.pvs[1].pe_count = Extents(20); });
  EXPECT_THAT(discards(), IsEmpty());
}

TEST_F(UnitFreedSpace, NotOfAPvThatLeaves) {
  change([](model::Vg& vg) {
    std::erase_if(vg.lvs, [](const model::Lv& lv) { return lv.name == "c"; });
    vg.pvs.pop_back();
  });
  EXPECT_THAT(discards(), ElementsAre("/dev/sda 8+2"));
}

TEST_F(UnitFreedSpace, NotOfAPvThatGetsAnotherId) {
  change([](model::Vg& vg) {
    const PvId before = vg.pvs[0].id, now{Uuid::from_random({7})};
    vg.pvs[0].id = now;
    for (model::Lv& lv : vg.lvs)
      for (model::Area& area : std::get<model::Striped>(lv.segments[0].body).areas)
        if (auto& place = std::get<model::PvArea>(area); place.pv == before) place.pv = now;
  });
  EXPECT_THAT(discards(), IsEmpty());
}

TEST_F(UnitFreedSpace, NotWhatAPvmoveLeaves) {
  change([](model::Vg& vg) { vg.find_lv("a")->flags.set(model::LvFlag::pvmove); });
  remove("a");
  EXPECT_THAT(discards(), IsEmpty());
}

TEST_F(UnitFreedSpace, NotOnMissingPvs) {
  b_.lose("/dev/sdb");
  remove("c");
  EXPECT_THAT(discards(), ElementsAre("/dev/sda 8+2"));
}

TEST_F(UnitFreedSpace, NothingWhereMetadataIsRestoredOrStagesAreIndependent) {
  remove("a");
  plan_.restores = true;
  EXPECT_THAT(discards(), IsEmpty());
  plan_.restores = false;
  plan_.keep_going = true;
  EXPECT_THAT(discards(), IsEmpty());
}

TEST_F(UnitFreedSpace, ExtentsOfAnotherSizeAreTheSameBytes) {
  change([](model::Vg& vg) {
    vg.extent_size = Sectors(vg.extent_size.n / 2);
    for (model::Pv& pv : vg.pvs) pv.pe_count = pv.pe_count * 2;
    for (model::Lv& lv : vg.lvs)
      for (model::Segment& segment : lv.segments) {
        segment.count = segment.count * 2;
        for (model::Area& area : std::get<model::Striped>(segment.body).areas)
          std::get<model::PvArea>(area).start = std::get<model::PvArea>(area).start * 2;
      }
  });
  EXPECT_THAT(discards(), IsEmpty());
}

}  // namespace
}  // namespace lvm::plan
