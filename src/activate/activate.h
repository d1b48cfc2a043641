// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "activate/volume_list.h"
#include "base/result.h"
#include "config/config.h"
#include "model/relations.h"
#include "model/vg.h"
#include "step/plan.h"
#include "world/world.h"

// Pure: which device-mapper devices a VG's volumes want, how that differs from what is live, and the
// ordered steps between the two.
namespace lvm::activate {

// One device that should exist.
struct WantedDevice {
  std::string name;
  std::string uuid;
  dm::Table table;
  bool read_only = false;
  std::optional<dm::DeviceNumber> persistent;
  std::int64_t read_ahead = 0;  // as in model::Lv; auto has `read_ahead_minimum`
  Sectors read_ahead_minimum;
  dm::UdevFlags udev;
  std::optional<dm::NodeLink> link;  // visible top-level volumes only
  friend bool operator==(const WantedDevice&, const WantedDevice&) = default;
};

struct Options {
  bool partial = false;  // --activationmode partial: missing PVs become error devices
  bool noscan = false;   // while a new volume is being wiped
  bool temporary = false;
  bool nosync = false;       // new images count as equal (--nosync)
  bool unmonitored = false;  // mirrors do not wait for somebody who attends to failures (--monitor n)
  bool complete = false;     // --activationmode complete: a raid that lacks images does not come up either
  bool freeze = false;       // file systems are brought to rest before devices are suspended: for snapshots
  bool begin_merge = false;  // a snapshot that is to be merged is, under an origin that is up
  bool component = false;    // a hidden part comes up by itself (activate/components.h)
  bool messages = true;      // thin pools that come up hear what is queued for them
  // Of the VG in question, when many of its volumes follow: else every call looks for itself.
  const model::Relations* relations = nullptr;
  std::string missing_filler;  // "error", "zero" or a device path; empty: activation/missing_stripe_filler
};

// The dm UUID of the LV's top device.
std::string top_uuid(const model::Vg& vg, const model::Lv& lv);

// Devices of one LV, leaves first, top last.
Result<std::vector<WantedDevice>> wanted(const world::World& world, const world::VgView& view, const model::Vg& vg,
                                         const model::Lv& lv, const config::Config& config, const Options& options);

// Steps that make the LV live (create, load, resume); nothing when it is live with that table already. Paths
// are there after a Settle step, which is the caller's: one for many volumes.
Result<std::vector<step::Step>> activate(const world::World& world, const world::VgView& view, const model::Vg& vg,
                                         const model::Lv& lv, const config::Config& config, const Options& options);
// Steps that remove its devices, top first. An open device is an error: "Logical volume x in use."
Result<std::vector<step::Step>> deactivate(const world::World& world, const model::Vg& vg, const model::Lv& lv,
                                           const config::Config& config, const model::Relations* relations = nullptr);

// A change of a live LV around a metadata commit: `before` stands between WriteMetadata and
// CommitMetadata (preload, suspend), `after` behind it (resume, rename, clean up). Empty when the LV is
// not live or its table does not change.
struct Change {
  std::vector<step::Step> before, after;
};
Result<Change> change(const world::World& world, const world::VgView& view, const model::Vg& old_vg,
                      const model::Lv& old_lv, const model::Vg& new_vg, const model::Lv& new_lv,
                      const config::Config& config, const Options& options);

// The same for volumes that change together, as one takes its place over another or leaves it: those that are live
// now and stay in the VG. A volume that has become part of another one comes with that.
Result<Change> change_together(const world::World& world, const world::VgView& view, const model::Vg& old_vg,
                               const model::Vg& new_vg, std::span<const LvId> lvs, const config::Config& config,
                               const Options& options);

// What is queued in `vg` for the thin pool `lv`, which is up or will be by then.
Result<step::PoolMessages> pool_messages(const world::World& world, const model::Vg& vg, const model::Lv& lv);

// Ends what an interrupted command left behind, once its metadata is decided: suspended devices are resumed
// with the table the committed metadata wants, inactive tables cleared, renames finished, devices that never
// got a table removed. Nothing when no device of the VG is in such a state.
Result<std::vector<step::Step>> recover(const world::World& world, const world::VgView& view,
                                        const config::Config& config);

}  // namespace lvm::activate
