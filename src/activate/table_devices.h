// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "activate/activate.h"
#include "activate/tree.h"
#include "segment/kind.h"

namespace lvm::activate {

// What the rows of segment kinds ask when they build targets.
class TableDevices final : public segment::Devices {
 public:
  TableDevices(const world::World& world, const world::VgView& view, const model::Relations& relations,
               const config::Config& config, const Options& options);

  // nullptr when the PV is missing.
  const world::PvDevice* find(PvId id) const;
  // Some PV that the LV, or a part of it, lies on is missing.
  bool lacks_pvs(const model::Lv& lv) const;
  bool lacks_pvs(const model::Segment& segment) const;

  Result<dm::DeviceRef> pv_device(PvId id) const override;
  Sectors pe_start(PvId id) const override;
  Result<dm::DeviceRef> lv_device(LvId id, model::Role role) const override;
  Sectors extent_size() const override { return vg().extent_size; }
  bool use_linear_target() const override { return use_linear_; }
  const model::Vg& vg() const override { return relations_.vg(); }
  const model::Lv* find_lv(LvId id) const override;
  std::vector<const model::Lv*> users(LvId id, model::Role role) const override;
  bool absent(LvId id) const override;
  bool nosync() const override { return nosync_; }
  bool unmonitored() const override { return unmonitored_; }
  std::uint32_t thin_pool_threshold(const model::Lv& pool) const override;

  // A stand-in is an area of a volume that is in no VG: what it stands for begins at its start.
  model::LvArea add_filler(dm::DeviceRef device);

 private:
  const world::World& world_;
  const world::VgView& view_;
  const model::Relations& relations_;
  const config::Config& config_;
  bool use_linear_, nosync_, unmonitored_;
  std::vector<std::pair<LvId, dm::DeviceRef>> fillers_;
};

}  // namespace lvm::activate
