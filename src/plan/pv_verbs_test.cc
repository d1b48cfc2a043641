// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/pv_change.h"
#include "plan/pv_create.h"
#include "plan/testing/world_builder.h"

// Messages are those of LVM2 2.03.16.
namespace lvm::plan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::WorldBuilder;

PvCandidate candidate(WorldBuilder& b, const std::string& path) {
  PvCandidate out;
  out.name = path;
  out.device = *b.world().find_device(path);
  return out;
}

std::vector<std::string> texts(const step::Plan& plan) {
  std::vector<std::string> out;
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (const auto* say = std::get_if<step::Say>(&step)) out.push_back(say->text);
  return out;
}
std::vector<std::string> questions(const step::Plan& plan) {
  std::vector<std::string> out;
  for (const step::Question& question : plan.questions) out.push_back(question.text);
  return out;
}
std::vector<std::string> failures(const step::Plan& plan) {
  std::vector<std::string> out;
  for (const Error& error : plan.failures) out.push_back(error.message());
  return out;
}
const step::WriteLabel* label_of(const step::Plan& plan) {
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (const auto* label = std::get_if<step::WriteLabel>(&step)) return label;
  return nullptr;
}
std::vector<step::AreaUse> area_use_of(const step::Plan& plan) {
  for (const step::Stage& stage : plan.stages)
    for (const step::Step& step : stage.steps)
      if (const auto* write = std::get_if<step::WriteMetadata>(&step)) return write->area_use;
  return {};
}
template <class T>
std::string refusal(const Result<T>& result) {
  return result ? std::string("no refusal") : result.error().message();
}

WorldBuilder two_in_vg() {
  WorldBuilder b;
  b.pv("/dev/sda", 15).pv("/dev/sdb", 15).pv("/dev/sdc", 15).vg("vg", {"/dev/sda", "/dev/sdb"});
  return b;
}

// --- pvcreate ---------------------------------------------------------------------------------------

TEST(UnitPvCreate, ABlankDeviceGetsALabel) {
  WorldBuilder b;
  b.device("/dev/sda", Bytes(64 << 20));
  auto plan = pv_create(b.context(), {{candidate(b, "/dev/sda")}, {}});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(plan->questions, IsEmpty());
  EXPECT_THAT(texts(*plan), ElementsAre("Physical volume \"/dev/sda\" successfully created."));
  const step::WriteLabel* label = label_of(*plan);
  ASSERT_TRUE(label);
  EXPECT_TRUE(label->id);
  EXPECT_TRUE(label->wipe_head);
  EXPECT_TRUE(label->format_areas);
  EXPECT_FALSE(label->layout.used);
  EXPECT_EQ(label->layout.data_start, Bytes(1 << 20));
}

TEST(UnitPvCreate, SignaturesAreAskedForAndWiped) {
  WorldBuilder b;
  b.device("/dev/sda", Bytes(64 << 20));
  PvCandidate swap = candidate(b, "/dev/sda");
  swap.signatures = {{"swap", Bytes(4086)}};
  auto plan = pv_create(b.context(), {{swap}, {}});
  ASSERT_TRUE(plan);
  EXPECT_THAT(questions(*plan),
              ElementsAre("WARNING: swap signature detected on /dev/sda at offset 4086. Wipe it? [y/n]: "));
  EXPECT_EQ(plan->questions[0].when_no, "Aborted wiping of swap.\n1 existing signature left on the device.");
  EXPECT_THAT(texts(*plan),
              ElementsAre("Wiping swap signature on /dev/sda.", "Physical volume \"/dev/sda\" successfully created."));
  EXPECT_THAT(pv_create(b.context(), {{swap}, {.yes = true}})->questions, IsEmpty());
  auto kept = pv_create(b.context(), {{swap}, {.zero = false}});
  EXPECT_THAT(texts(*kept), ElementsAre("Physical volume \"/dev/sda\" successfully created."));
}

TEST(UnitPvCreate, APvOfAVgNeedsForceTwice) {
  WorldBuilder b = two_in_vg();
  for (std::size_t force : {0u, 1u}) {
    auto plan = pv_create(b.context(), {{candidate(b, "/dev/sda")}, {.force = force}});
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->stages, IsEmpty());
    EXPECT_THAT(failures(*plan),
                ElementsAre("Can't initialize physical volume \"/dev/sda\" of volume group \"vg\" without -ff",
                            "/dev/sda: physical volume not initialized."));
  }
  auto forced = pv_create(b.context(), {{candidate(b, "/dev/sda")}, {.force = 2}});
  ASSERT_TRUE(forced);
  EXPECT_THAT(questions(*forced),
              ElementsAre("Really INITIALIZE physical volume \"/dev/sda\" of volume group \"vg\" [y/n]? "));
  EXPECT_THAT(texts(*forced), Contains("WARNING: Forcing physical volume creation on /dev/sda of volume group \"vg\""));
}

TEST(UnitPvCreate, OneBadDeviceDoesNotStopTheOthers) {
  WorldBuilder b = two_in_vg();
  b.device("/dev/sdd", Bytes(64 << 20)).device("/dev/sde", Bytes(64 << 20));
  PvCandidate mounted = candidate(b, "/dev/sdd");
  mounted.mounted_or_open = true;
  auto plan = pv_create(b.context(), {{mounted, candidate(b, "/dev/sde")}, {}});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->keep_going);
  EXPECT_THAT(failures(*plan), Contains("Can't open /dev/sdd exclusively.  Mounted filesystem?"));
  EXPECT_THAT(texts(*plan), ElementsAre("Physical volume \"/dev/sde\" successfully created."));
}

TEST(UnitPvCreate, AnIdIsUniqueAndForOneDevice) {
  WorldBuilder b = two_in_vg();
  b.device("/dev/sdd", Bytes(64 << 20));
  PvCreateOptions options{.uuid = b.pv_id("/dev/sda")};
  auto plan = pv_create(b.context(), {{candidate(b, "/dev/sdd")}, options});
  ASSERT_TRUE(plan);
  EXPECT_THAT(failures(*plan), Contains("UUID " + b.pv_id("/dev/sda").dashed() + " already in use on \"/dev/sda\"."));
  auto both = pv_create(b.context(), {{candidate(b, "/dev/sdd"), candidate(b, "/dev/sdc")}, options});
  EXPECT_EQ(refusal(both), "Can only set uuid on one volume at once");
}

TEST(UnitPvCreate, AnotherSizeIsAskedForWhenThereIsAPv) {
  WorldBuilder b = two_in_vg();
  b.device("/dev/sdd", Bytes(64 << 20));
  PvCreateOptions options{.device_size = Bytes(100 << 20)};
  auto blank = pv_create(b.context(), {{candidate(b, "/dev/sdd")}, options});
  EXPECT_THAT(blank->questions, IsEmpty());
  EXPECT_THAT(texts(*blank), Contains("WARNING: /dev/sdd: Overriding real size. You could lose data."));
  EXPECT_EQ(label_of(*blank)->layout.device_size, Bytes(100 << 20));
  auto again = pv_create(b.context(), {{candidate(b, "/dev/sdc")}, options});
  EXPECT_THAT(questions(*again), ElementsAre("WARNING: /dev/sdc: device size 61.00 MiB does not match requested size "
                                             "100.00 MiB. Proceed? [y/n]: "));
  EXPECT_THAT(texts(*again), Contains("WARNING: Faking size of PV /dev/sdc. Don't write outside real device."));
}

// --- pvremove ---------------------------------------------------------------------------------------

TEST(UnitPvRemove, OrphansGoAndMembersStay) {
  WorldBuilder b = two_in_vg();
  auto plan = pv_remove(b.context(), {{candidate(b, "/dev/sdc"), candidate(b, "/dev/sda")}});
  ASSERT_TRUE(plan);
  EXPECT_THAT(texts(*plan), ElementsAre("Labels on physical volume \"/dev/sdc\" successfully wiped."));
  EXPECT_THAT(failures(*plan),
              ElementsAre("PV /dev/sda is used by VG vg so please use vgreduce first.\n"
                          "(If you are certain you need pvremove, then confirm by using --force twice.)\n"
                          "/dev/sda: physical volume label not removed."));
}

TEST(UnitPvRemove, ForceTwiceAsksAndWipes) {
  WorldBuilder b = two_in_vg();
  auto plan = pv_remove(b.context(), {{candidate(b, "/dev/sda")}, 2, false});
  ASSERT_TRUE(plan);
  EXPECT_THAT(questions(*plan),
              ElementsAre("Really WIPE LABELS from physical volume \"/dev/sda\" of volume group \"vg\" [y/n]? "));
  EXPECT_THAT(texts(*plan), ElementsAre("WARNING: Wiping physical volume label from /dev/sda of volume group \"vg\".",
                                        "Labels on physical volume \"/dev/sda\" successfully wiped."));
}

TEST(UnitPvRemove, ADeviceWithoutALabelNeedsForce) {
  WorldBuilder b;
  b.device("/dev/sda", Bytes(64 << 20));
  auto plan = pv_remove(b.context(), {{candidate(b, "/dev/sda")}});
  EXPECT_THAT(failures(*plan), ElementsAre("No PV found on device /dev/sda."));
  plan = pv_remove(b.context(), {{candidate(b, "/dev/sda")}, 1, false});
  EXPECT_THAT(plan->failures, IsEmpty());
  EXPECT_THAT(texts(*plan), ElementsAre("Labels on physical volume \"/dev/sda\" successfully wiped."));
}

// --- pvchange ---------------------------------------------------------------------------------------

Result<step::Plan> change(WorldBuilder& b, const std::string& path, PvChangeRequest request) {
  request.pv = b.pv_id(path);
  const world::PvDevice* pv = b.world().find_pv(request.pv);
  return pv_change(b.context(), pv && pv->vg_id ? b.world().find_vg(pv->vg_id) : nullptr, request);
}

TEST(UnitPvChange, AllocationAndTags) {
  WorldBuilder b = two_in_vg();
  auto plan = change(b, "/dev/sda", {.allocatable = false, .add_tags = {"fast", "fast"}});
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& after = *plan->stages[0].after;
  EXPECT_EQ(after.seqno, 2u);
  EXPECT_FALSE(after.pvs[0].flags.has(model::PvFlag::allocatable));
  EXPECT_THAT(after.pvs[0].tags, ElementsAre("fast"));
  EXPECT_THAT(texts(*plan), ElementsAre("Physical volume \"/dev/sda\" changed"));

  auto same = change(b, "/dev/sda", {.allocatable = true});
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().code(), Code::exists);
  EXPECT_EQ(same.error().message(), "Physical volume \"/dev/sda\" is already allocatable.");
}

TEST(UnitPvChange, OrphansHaveNeitherTagsNorAllocation) {
  WorldBuilder b = two_in_vg();
  EXPECT_EQ(refusal(change(b, "/dev/sdc", {.allocatable = true})),
            "Allocatability not supported by orphan lvm2 format PV /dev/sdc");
  EXPECT_EQ(refusal(change(b, "/dev/sdc", {.add_tags = {"a"}})),
            "Can't change tag on Physical Volume /dev/sdc not in volume group");
}

TEST(UnitPvChange, ANewIdReachesEverySegment) {
  WorldBuilder b = two_in_vg();
  b.linear("lv", "/dev/sda", 0, 3).linear("other", "/dev/sdb", 0, 3);
  PvId old_id = b.pv_id("/dev/sda");
  auto plan = change(b, "/dev/sda", {.new_uuid = true});
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Vg& after = *plan->stages[0].after;
  PvId new_id = after.pvs[0].id;
  EXPECT_NE(new_id, old_id);
  EXPECT_EQ(after.find_pv(old_id), nullptr);
  EXPECT_EQ(std::get<model::PvArea>(std::get<model::Striped>(after.lvs[0].segments[0].body).areas[0]).pv, new_id);
  EXPECT_EQ(std::get<model::PvArea>(std::get<model::Striped>(after.lvs[1].segments[0].body).areas[0]).pv,
            b.pv_id("/dev/sdb"));
  const step::WriteLabel* label = label_of(*plan);
  ASSERT_TRUE(label);
  EXPECT_EQ(label->id, new_id);
  EXPECT_TRUE(label->layout.used);
  EXPECT_FALSE(label->format_areas) << "the metadata must survive";
  EXPECT_FALSE(label->wipe_head);
}

TEST(UnitPvChange, ANewIdIsRefusedWhileVolumesAreActive) {
  WorldBuilder b = two_in_vg();
  b.linear("lv", "/dev/sda", 0, 3).live();
  EXPECT_EQ(refusal(change(b, "/dev/sdb", {.new_uuid = true})),
            "Volume group containing /dev/sdb has active logical volumes");
}

TEST(UnitPvChange, AreasGoOutOfUseAndBack) {
  WorldBuilder b = two_in_vg();
  auto plan = change(b, "/dev/sda", {.metadata_ignore = true});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(area_use_of(*plan), ElementsAre(step::AreaUse{b.pv_id("/dev/sda"), 0, true}));
  EXPECT_FALSE(label_of(*plan)) << "the label does not change";
  EXPECT_EQ(refusal(change(b, "/dev/sda", {.metadata_ignore = false})),
            "Metadata areas on physical volume \"/dev/sda\" already not ignored.");
  b.world().pvs[1].areas[0].ignored = true;
  EXPECT_EQ(refusal(change(b, "/dev/sda", {.metadata_ignore = true})),
            "Cannot disable all metadata areas in volume group vg.");
  EXPECT_EQ(refusal(change(b, "/dev/sdb", {.metadata_ignore = true})),
            "Metadata areas on physical volume \"/dev/sdb\" already ignored.");
}

TEST(UnitPvChange, APreferredNumberOfCopiesIsOverridden) {
  WorldBuilder b = two_in_vg();
  b.edit().metadata_copies = 2;
  auto plan = change(b, "/dev/sda", {.metadata_ignore = true});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(questions(*plan), ElementsAre("Override preferred number of copies of VG vg metadata? [y/n]: "));
  ASSERT_EQ(plan->notes.size(), 1u);
  EXPECT_EQ(plan->notes[0].text, "WARNING: Changing preferred number of copies of VG vg metadata from 2 to 1");
  EXPECT_EQ(plan->stages[0].after->metadata_copies, 1u);
}

TEST(UnitPvChange, AnOrphansAreaIsFormattedAnew) {
  WorldBuilder b = two_in_vg();
  auto plan = change(b, "/dev/sdc", {.metadata_ignore = true});
  ASSERT_TRUE(plan);
  const step::WriteLabel* label = label_of(*plan);
  ASSERT_TRUE(label);
  EXPECT_TRUE(label->layout.areas[0].ignored);
  EXPECT_TRUE(label->format_areas);
}

// --- pvresize ---------------------------------------------------------------------------------------

Result<step::Plan> resize(WorldBuilder& b, const std::string& path, Bytes real, std::optional<Bytes> wanted = {},
                          bool yes = false) {
  const world::PvDevice* pv = b.world().find_pv(b.pv_id(path));
  return pv_resize(b.context(), pv->vg_id ? b.world().find_vg(pv->vg_id) : nullptr, {pv->id, real, wanted, yes});
}

TEST(UnitPvResize, GrowsWithItsDevice) {
  WorldBuilder b = two_in_vg();
  auto plan = resize(b, "/dev/sda", Bytes(96 << 20));
  ASSERT_TRUE(plan) << plan.error().text();
  const model::Pv& pv = plan->stages[0].after->pvs[0];
  EXPECT_EQ(pv.pe_count, Extents(23));
  EXPECT_EQ(pv.device_size, Sectors(196608 - 2048)) << "as LVM2 counts it";
  EXPECT_FALSE(label_of(*plan)) << "the label of a member is left alone";
  EXPECT_THAT(texts(*plan), ElementsAre("Physical volume \"/dev/sda\" changed"));

  plan = resize(b, "/dev/sdc", Bytes(96 << 20));
  ASSERT_TRUE(plan);
  const step::WriteLabel* label = label_of(*plan);
  ASSERT_TRUE(label);
  EXPECT_EQ(label->layout.device_size, Bytes(96 << 20));
  EXPECT_FALSE(label->format_areas);
}

TEST(UnitPvResize, NeverShrinksBelowWhatIsAllocated) {
  WorldBuilder b = two_in_vg();
  b.linear("lv", "/dev/sda", 10, 2);
  EXPECT_EQ(refusal(resize(b, "/dev/sda", Bytes(61 << 20), Bytes(8 << 20), true)),
            "/dev/sda: cannot resize to 1 extents as 2 are allocated.");
  EXPECT_EQ(b.said().back(), "WARNING: /dev/sda: Pretending size is 16384 not 124928 sectors.");
  EXPECT_EQ(refusal(resize(b, "/dev/sda", Bytes(61 << 20), Bytes(40 << 20), true)),
            "/dev/sda: cannot resize to 9 extents as later ones are allocated.");
  EXPECT_TRUE(resize(b, "/dev/sda", Bytes(61 << 20), Bytes(49 << 20), true));
  EXPECT_EQ(refusal(resize(b, "/dev/sda", Bytes(61 << 20), Bytes(4 << 20), true)),
            "Size must leave space for at least one physical extent of 8192 sectors on PV /dev/sda.");
  EXPECT_EQ(refusal(resize(b, "/dev/sda", Bytes(61 << 20), Bytes(1 << 20), true)),
            "Size must exceed minimum of 4096 sectors on PV /dev/sda.");
}

TEST(UnitPvResize, AnotherSizeThanTheDevicesIsAsked) {
  WorldBuilder b = two_in_vg();
  auto smaller = resize(b, "/dev/sdc", Bytes(64 << 20), Bytes(32 << 20));
  ASSERT_TRUE(smaller);
  EXPECT_THAT(questions(*smaller), ElementsAre("/dev/sdc: Requested size 32.00 MiB is less than real size 64.00 MiB. "
                                               "Proceed?  [y/n]: "));
  EXPECT_EQ(smaller->questions[0].when_no, "Physical Volume /dev/sdc not resized.");
  auto larger = resize(b, "/dev/sdc", Bytes(64 << 20), Bytes(100 << 20), true);
  ASSERT_TRUE(larger);
  EXPECT_THAT(larger->questions, IsEmpty());
  EXPECT_THAT(texts(*larger), ElementsAre("WARNING: /dev/sdc: Overriding real size 64.00 MiB. You could lose data.",
                                          "WARNING: /dev/sdc: Pretending size is 204800 not 131072 sectors.",
                                          "Physical volume \"/dev/sdc\" changed"));
  EXPECT_THAT(resize(b, "/dev/sdc", Bytes(64 << 20), Bytes(64 << 20))->questions, IsEmpty());
}

TEST(UnitPvResize, TheSecondAreaFollowsTheEnd) {
  WorldBuilder b = two_in_vg();
  world::MetadataArea second;
  second.start = Bytes(60 << 20);
  second.size = Bytes(1 << 20);
  b.world().pvs[2].areas.push_back(second);
  b.world().pvs[2].header_size = Bytes(61 << 20);
  auto plan = resize(b, "/dev/sdc", Bytes((50 << 20) + 512));
  ASSERT_TRUE(plan) << plan.error().text();
  const auto& areas = label_of(*plan)->layout.areas;
  EXPECT_EQ(areas[0].start, Bytes(4096));
  EXPECT_EQ(areas[1].start, Bytes((49 << 20) + 512));
  EXPECT_EQ(areas[1].size, Bytes(1 << 20));
}

}  // namespace
}  // namespace lvm::plan
