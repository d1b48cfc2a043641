// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "activate/activate.h"
#include "alloc/alloc.h"
#include "plan/lv_create.h"
#include "plan/stages.h"

// What making volumes of different kinds has in common.
namespace lvm::plan::create {

// One lvcreate on its way from the request to the plan.
struct Draft {
  const Context& context;
  const world::VgView& view;
  const LvCreateRequest& request;
  model::Vg vg;         // as it will be: the VG with the new volume, which has no segments yet
  LvId id;              // of the new volume
  alloc::FreeMap free;  // of the VG as it is

  model::Lv& lv() { return *vg.find_lv(id); }
  const model::Vg& before() const { return *view.vg; }
};

// The volume's name and attributes, and the limits of the VG.
Result<Draft> begin(const Context& context, const world::VgView& view, const LvCreateRequest& request);

// The same for a volume that has another name than the request's: a pool that is made with a volume.
Result<Draft> begin(const Context& context, const world::VgView& view, const LvCreateRequest& request,
                    const std::string& name);

// An empty LV of the draft that belongs to its volume: hidden, and named after it by its role.
model::Lv& add_part(Draft& draft, model::Role role, std::uint32_t number = 0);

// --- sizes ----------------------------------------------------------------------------------------
// Stripe size: the user's, the configured default, at most one extent. None for a single stripe.
Result<Sectors> choose_stripe_size(const Draft& draft, std::uint32_t stripes);

struct WantedExtents {
  Extents extents;
  bool approximate = false;  // a percentage: takes what there is
};
// -l and -L to logical extents, before stripes are considered. Percentages are of extents on PVs, of which `copies`
// times as many are needed.
Result<WantedExtents> wanted_extents(const Draft& draft, const std::vector<alloc::PvChoice>& choices,
                                     std::uint32_t copies = 1);
// Striped volumes hold whole stripes: upwards, or down when a percentage leaves no room.
Extents round_to_stripes(const Draft& draft, WantedExtents wanted, std::uint32_t stripes, Sectors stripe_size);
// Said before the search for places: fewer PVs than stripes, fewer extents than data.
Result<> check_room(const Draft& draft, WantedExtents wanted, Extents extents, std::uint32_t stripes,
                    const std::vector<alloc::PvChoice>& choices);

// Finds the place of the new volume's extents and gives it its segments.
Result<> place_stripes(Draft& draft, WantedExtents wanted, std::uint32_t stripes, Sectors stripe_size,
                       std::vector<alloc::PvChoice> choices);
// The same, all of it from the request.
Result<> place_stripes(Draft& draft);

// --- stages ---------------------------------------------------------------------------------------
// Whether the volume is to be live at the end: -a, -k, the volume lists and the configuration.
bool comes_up(const Draft& draft);
Result<> check_can_come_up(const Draft& draft);

// Behind the commit of `vg`: the volume comes up and its start is made safe to use. `holds_data`: false for volumes
// that have nothing to wipe.
Result<std::vector<step::Step>> activate_new(const Draft& draft, const Context& context, const model::Vg& vg,
                                             bool holds_data, activate::Options options = {});

// The last stage: commits the draft's VG, brings the volume up and says that it is there. If that fails the VG goes
// back to what it was.
Result<step::Plan> finish(Draft& draft, Stages& stages, bool holds_data = true, activate::Options options = {});

}  // namespace lvm::plan::create
