// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/duplicate_pvs.h"

#include <gtest/gtest.h>

namespace lvm::plan {
namespace {

class UnitDuplicatePvs : public ::testing::Test {
 protected:
  UnitDuplicatePvs() {
    auto vg = std::make_shared<model::Vg>();
    vg->name = "vg";
    vg->pvs.resize(1);
    vg->pvs[0].id = *PvId::parse(std::string(32, 'a'));
    vg_ = vg;
    world_.pvs.resize(2);
    for (auto& pv : world_.pvs) pv.id = vg->pvs[0].id;
    world_.pvs[1].duplicate = true;
    stage_.before = stage_.after = vg_;
  }
  std::string refused() {
    step::Plan plan;
    plan.stages.push_back(stage_);
    auto checked = check_duplicates(config_, world_, plan);
    return checked ? "" : checked.error().text();
  }
  config::Config config_;
  world::World world_;
  model::VgPtr vg_;
  step::Stage stage_;
};

TEST_F(UnitDuplicatePvs, LookingAndTakingDownIsNoChange) {
  EXPECT_EQ(refused(), "");
  stage_.steps = {step::LoadTable{}, step::Suspend{}, step::Resume{}, step::RemoveDevice{}};
  EXPECT_EQ(refused(), "");
}

TEST_F(UnitDuplicatePvs, ChangesAndActivationAreRefused) {
  stage_.steps = {step::CreateDevice{}};
  EXPECT_EQ(refused(), "Cannot activate LVs in VG vg while PVs appear on duplicate devices.");
  stage_.after = std::make_shared<model::Vg>(*vg_);
  EXPECT_EQ(refused(), "Cannot update volume group vg with duplicate PV devices.");
  stage_.after = nullptr;  // vgremove
  EXPECT_EQ(refused(), "Cannot update volume group vg with duplicate PV devices.");
}

TEST_F(UnitDuplicatePvs, OtherVgsAndCopiesMadeAnewAreNot) {
  stage_.after = std::make_shared<model::Vg>(*vg_);
  stage_.before = nullptr;
  EXPECT_EQ(refused(), "");
  stage_.before = vg_;
  world_.pvs[1].id = *PvId::parse(std::string(32, 'b'));
  EXPECT_EQ(refused(), "");
}

}  // namespace
}  // namespace lvm::plan
