// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "config/config.h"
#include "model/vg.h"
#include "step/plan.h"
#include "world/world.h"

namespace lvm::plan {

// What every verb may look at. Verbs are pure: the same Context and request give the same Plan, when
// `new_uuid` gives the same ids.
struct Context {
  const world::World& world;
  const config::Config& config;
  std::int64_t now = 0;            // creation times
  std::function<Uuid()> new_uuid;  // fresh ids
  // Roundings and warnings said while planning; they reach the user even when the plan fails.
  std::vector<step::Say>* notes = nullptr;

  void note(step::Say say) const {
    if (notes) notes->push_back(std::move(say));
  }
  // "64.00 MiB", or as the settings of units have it.
  std::string size_text(Sectors size) const;
};

// A stage that changes the metadata of one VG: archive once, precommit, `between`, commit, `behind`,
// backup. `after` gets seqno + 1 here. The common frame of almost every verb.
step::Stage metadata_stage(model::VgPtr before, model::Vg after, std::vector<step::Step> between = {},
                           std::vector<step::Step> behind = {});

// LVM's refusals that hold for every change of a VG (that a shared one is locked, the caller knows): foreign, exported,
// read-only (`metadata_read_only`), unreadable, missing PVs unless `allow_partial`.
struct Allow {
  bool exported = false;
  bool missing_pvs = false;
  bool read_only = false;  // VG without WRITE
};
Result<> check_writable(const Context& context, const world::VgView& view, Allow allow = {});

// What is refused of a part that is named by itself.
Error hidden_lv(const model::Vg& vg, const model::Lv& lv);

// Of a mirror that comes up with --monitor n.
void warn_unmonitored(const Context& context, const model::Vg& vg, const model::Lv& lv);

// Writes down which PVs have no device now: what a write of a VG with missing PVs records.
void mark_missing(const world::VgView& view, model::Vg& vg);

// A line of result, printed when apply gets there.
step::Say print(std::string text);
step::Say warn(std::string text);
step::Say verbose(std::string text);

void append(std::vector<step::Step>& to, std::vector<step::Step> steps);

}  // namespace lvm::plan
