// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "model/names.h"
#include "plan/convert/integrity.h"
#include "plan/cow.h"
#include "plan/create/kinds.h"
#include "plan/lv_segments.h"
#include "plan/wipe_alone.h"

// Copy-on-write snapshots: of a volume, or of zeros as long as the user says (sparse). The new volume is the store;
// a hidden LV ties it to its origin.
namespace lvm::plan::create {
namespace {

using model::Lv;
using model::LvFlag;
using model::Vg;

constexpr Sectors kDefaultChunk{8};
constexpr Bytes kWipedHead{4096};

// What an origin may not be, in the reference's words.
Result<> check_origin(const Context& context, const Vg& vg, const Lv& origin) {
  model::Relations relations(vg);
  if (holder_of_store(relations, origin)) return fail(Code::refused, "Snapshots of snapshots are not supported.");
  if (origin.flags.has(LvFlag::locked)) return fail(Code::refused, "Snapshots of locked devices are not supported.");
  bool merging = std::ranges::any_of(vg.lvs, [&](const Lv& lv) {
    const auto* snapshot = lv.as<model::Snapshot>();
    return snapshot && snapshot->origin == origin.id && snapshot->merging;
  });
  if (merging) return fail(Code::refused, "Snapshots of an origin that has a merging snapshot is not supported");
  if (!origin.visible()) return fail(Code::refused, "Snapshots of hidden volumes are not supported.");
  if (convert::integrity_of(vg, origin))
    return fail(Code::refused, "Snapshots of raid with integrity are not supported.");
  std::string_view kind = origin.as<model::ThinPool>()    ? "thin pool"
                          : origin.as<model::CachePool>() ? "cache"
                          : origin.as<model::VdoPool>()   ? "VDO pool"
                          : origin.has_unknown_segments() ? "unknown"
                                                          : "";
  if (!kind.empty()) return fail(Code::refused, fmt::format("Snapshots of {} type volumes are not supported.", kind));
  if (origin.as<model::Mirror>()) {
    context.note(warn("WARNING: Snapshots of mirrors can deadlock under rare device failures."));
    context.note(warn("WARNING: Consider using the raid1 mirror type to avoid this."));
    context.note(warn("WARNING: See global/mirror_segtype_default in lvm.conf."));
  }
  return {};
}

// Extents of the store. A share of the origin is a share of its data, with all that describes it.
Result<WantedExtents> store_extents(const Draft& draft, const std::vector<alloc::PvChoice>& choices, Extents origin,
                                    Sectors chunk) {
  const Vg& vg = draft.before();
  const LvSize& size = draft.request.size;
  Extents most = to_extents_ceil(largest_cow(vg.size_of(origin), chunk), vg.extent_size);
  WantedExtents out;
  if (size.unit == LvSize::Unit::percent_lv)
    return fail(Code::refused, "Please express size as %FREE, %ORIGIN, %PVS or %VG.");
  if (size.unit == LvSize::Unit::percent_origin)
    out.extents = Extents((origin.n * size.value + 99) / 100) + (most - origin);
  else
    out = TRY(wanted_extents(draft, choices));
  if (vg.size_of(out.extents) < smallest_cow(chunk))
    return fail(Code::refused, fmt::format("Snapshot volume cannot be smaller than 3 chunks ({} extents, {}).",
                                           to_extents_ceil(smallest_cow(chunk), vg.extent_size).n,
                                           draft.context.size_text(smallest_cow(chunk))));
  if (out.extents <= most) return out;
  draft.context.note(
      print(fmt::format("Reducing COW size {} down to maximum usable size {}.",
                        draft.context.size_text(vg.size_of(out.extents)), draft.context.size_text(vg.size_of(most)))));
  out.extents = most;
  return out;
}

Result<> place_store(Draft& draft, Extents origin, Sectors chunk) {
  std::uint32_t stripes = draft.request.stripes.value_or(1);
  std::vector<alloc::PvChoice> choices = TRY(choose_pvs(draft.context, draft.view, draft.request.pvs, draft.free));
  WantedExtents wanted = TRY(store_extents(draft, choices, origin, chunk));
  Sectors stripe_size = TRY(choose_stripe_size(draft, stripes));
  return place_stripes(draft, wanted, stripes, stripe_size, std::move(choices));
}

Lv hidden(const Draft& draft, std::string name, Extents extents, model::SegmentBody body) {
  const Lv& store = *draft.vg.find_lv(draft.id);
  Lv lv;
  lv.name = std::move(name);
  lv.id = LvId{draft.context.new_uuid()};
  lv.creation_time = store.creation_time;
  lv.creation_host = store.creation_host;
  lv.profile = store.profile;
  lv.segments.push_back({Extents(), extents, {}, std::move(body), {}, {}});
  return lv;
}

// Adds the hidden LV, and the origin of zeros where there is no other.
LvId tie(Draft& draft, const Lv* origin, Extents extents, Sectors chunk) {
  LvId origin_id = origin ? origin->id : LvId();
  if (!origin) {
    Lv zeros = hidden(draft, draft.lv().name + "_vorigin", extents, model::ZeroSegment{});
    zeros.flags = {LvFlag::read};
    origin_id = zeros.id;
    draft.vg.lvs.push_back(std::move(zeros));
  }
  model::Snapshot body{origin_id, draft.id, chunk, false};
  Lv holder = hidden(draft, model::next_lv_name(draft.vg, "snapshot"), extents, body);
  holder.flags = {LvFlag::read, LvFlag::write};
  draft.vg.lvs.push_back(std::move(holder));
  return origin_id;
}

Result<step::Plan> make(Draft& draft) {
  const LvCreateRequest& request = draft.request;
  Sectors chunk = request.chunk_size.value_or(kDefaultChunk);
  const Vg& vg = draft.before();
  const Lv* origin = nullptr;
  Extents covered;
  if (request.virtual_size) {
    covered = TRY(extents_of_bytes(draft.context, vg, *request.virtual_size));
  } else {
    if (request.base.empty()) return fail(Code::usage, "The origin name should include the volume group.");
    origin = vg.find_lv(request.base);
    if (!origin)
      return fail(Code::not_found,
                  fmt::format("Snapshot origin LV {} not found in Volume group {}.", request.base, vg.name));
    TRY(check_origin(draft.context, vg, *origin));
    covered = origin->extents();
  }
  TRY(place_store(draft, covered, chunk));
  // First a volume like any other, writable, so that it can be wiped.
  Stages stages(draft.context, draft.view);
  bool writable = draft.lv().writable();
  draft.lv().flags.set(LvFlag::write);
  auto wiped = TRY(wipe_alone(stages.context(), draft.view, draft.vg, draft.id, kWipedHead));
  stages.add_revocable(draft.vg, {}, std::move(wiped));

  draft.lv().flags.set(LvFlag::write, writable);
  LvId origin_id = tie(draft, origin, covered, chunk);
  activate::Change change;
  if (origin) {
    activate::Options options;
    options.freeze = true;
    change = TRY(activate::change_together(stages.world(), draft.view, stages.vg(), draft.vg, std::span(&origin_id, 1),
                                           draft.context.config, options));
  } else if (comes_up(draft)) {
    change.after = TRY(activate::activate(stages.world(), draft.view, draft.vg, draft.lv(), draft.context.config, {}));
  }
  change.after.emplace_back(step::Settle{});
  change.after.emplace_back(print(fmt::format("Logical volume \"{}\" created.", draft.lv().name)));
  stages.add_revocable(std::move(draft.vg), std::move(change.before), std::move(change.after));
  return stages.finish();
}

constexpr std::string_view kTypes[] = {"snapshot"};

}  // namespace

constexpr Kind snapshot_kind = {.types = kTypes, .make = make};

}  // namespace lvm::plan::create
