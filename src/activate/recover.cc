// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "activate/activate.h"
#include "activate/difference.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "activate/own_layer.h"
#include "activate/reconcile.h"
#include "model/names.h"
#include "model/relations.h"
#include "model/usable.h"

// What an interrupted command leaves in the device-mapper, and how it ends. Metadata decides: it is either the
// old or the new, never both.
namespace lvm::activate {
namespace {

using model::Lv;
using model::Vg;
using world::LiveDevice;

constexpr std::size_t kPrefix = 4;  // "LVM-"

using Devices = std::vector<std::pair<std::string, const LiveDevice*>>;

struct Trouble {
  std::unordered_set<LvId> lvs;  // of the VG
  Devices orphans;               // devices of no LV of the VG
  Devices idle;                  // inner devices on which nothing stands
  bool none() const { return lvs.empty() && orphans.empty() && idle.empty(); }
};

bool interrupted(const LiveDevice& live) {
  return live.info.suspended || live.info.inactive_table || !live.info.live_table;
}

// An inner device that was let grow before its change was committed.
bool has_other_size(const LiveDevice& live, Sectors size) {
  return live.info.live_table && live.table && table_length(*live.table) != size;
}

// What a device of an LV is for.
enum class Place : std::uint8_t {
  top,    // of a visible volume: what users open
  whole,  // inside, as long as the LV
  layer,  // the same, below a device of the LV's own
  piece,  // inside
};
Place place_of(const Lv& lv, std::string_view layer) {
  if (layer == own_layer(lv)) return lv.visible() ? Place::top : Place::whole;
  return layer == "real" || layer == "cow" || layer == "tpool" ? Place::layer : Place::piece;
}

// What another volume lay on until now; the next text no longer has it.
bool has_been_shed(const Lv& lv) {
  bool empty = std::ranges::all_of(lv.segments, [](const model::Segment& segment) {
    return std::holds_alternative<model::ErrorSegment>(segment.body);
  });
  return empty && (!lv.visible() || model::reserved_name_problem(lv.name));
}

// Whether an inner device of the LV is there for users alone: not a pvmove's mirror, a lock manager's volume, or a
// snapshot that waits to be merged.
class Parts {
 public:
  explicit Parts(const Vg& vg) : vg_(vg) {}
  bool serves(const Lv& lv, Place place) {
    if (lv.visible()) return !lv.as<model::VdoPool>();
    if (lv.name.starts_with("pvmove") || lv.as<model::VdoPool>()) return false;
    if (place == Place::layer || has_been_shed(lv) || model::is_pool_spare(lv)) return true;
    if (is_of_tracked_image(lv)) return false;
    return std::ranges::any_of(users(lv), [&](const model::Relation& relation) {
      return relation.bond() != model::Bond::hint && !vg_.lvs[relation.user].as<model::Snapshot>();
    });
  }

  // Whether the LV is divided as this device of it says: a change that was not committed may have come this far.
  bool is_divided(const Lv& lv, std::string_view layer) {
    auto used_as = [&](model::Role role) {
      return std::ranges::any_of(users(lv), [&](const model::Relation& relation) { return relation.role == role; });
    };
    if (layer == "cow") return used_as(model::Role::snapshot_store);
    if (layer == "real" && lv.visible())
      return used_as(model::Role::snapshot_origin) || used_as(model::Role::external_origin);
    return true;
  }

 private:
  // Metadata of an image that is split off for a time: it stays up, and nothing lies on it.
  bool is_of_tracked_image(const Lv& lv) {
    return std::ranges::any_of(users(lv), [&](const model::Relation& relation) {
      const auto* raid =
          relation.role == model::Role::raid_metadata ? vg_.lvs[relation.user].as<model::Raid>() : nullptr;
      if (raid == nullptr || relation.index >= raid->areas.size()) return false;
      const auto* area = std::get_if<model::LvArea>(&raid->areas[relation.index]);
      const Lv* image = area != nullptr ? vg_.find_lv(area->lv) : nullptr;
      return image != nullptr && image->visible();
    });
  }

  std::span<const model::Relation> users(const Lv& lv) {
    if (!relations_) relations_.emplace(vg_);
    return relations_->users(relations_->position(lv.id));
  }

  const Vg& vg_;
  std::optional<model::Relations> relations_;
};

// Users may bring up single parts, read-only; not layers.
bool stands_alone(const LiveDevice& live, Place place) {
  return live.info.open_count == 0 && live.info.live_table && (place == Place::layer || !live.info.read_only);
}

// A set of images (or one with metadata) of which the kernel knows no image (no metadata): it still has the table of
// before the text made it one, and nothing of it is suspended.
bool lacks_images(const Lv& lv, const std::unordered_set<LvId>& present) {
  auto known = [&](LvId part) { return present.contains(part); };
  return std::ranges::any_of(lv.segments, [&](const model::Segment& segment) {
    const auto* raid = std::get_if<model::Raid>(&segment.body);
    if (raid == nullptr) return false;
    auto is_up = [&](const model::Area& area) {
      const auto* image = std::get_if<model::LvArea>(&area);
      return image != nullptr && known(image->lv);
    };
    return std::ranges::none_of(raid->areas, is_up) ||
           (!raid->metadata.empty() && std::ranges::none_of(raid->metadata, known));
  });
}

// One pass over all live devices; nothing is computed for volumes without trouble.
Trouble find_trouble(const world::World& world, const Vg& vg) {
  Trouble trouble;
  Parts parts(vg);
  std::unordered_set<LvId> present;
  std::vector<const Lv*> up;
  std::unordered_map<LvId, const Lv*> lvs;
  for (const Lv& lv : vg.lvs) lvs.emplace(lv.id, &lv);
  auto vg_part = vg.id.plain();
  for (const auto& [uuid, live] : world.live) {
    if (uuid.size() < kPrefix + 2 * Uuid::kLength || uuid.compare(kPrefix, Uuid::kLength, vg_part) != 0) continue;
    auto id = LvId::parse(std::string_view(uuid).substr(kPrefix + Uuid::kLength, Uuid::kLength));
    auto lv = id ? lvs.find(*id) : lvs.end();
    if (lv == lvs.end()) {
      trouble.orphans.emplace_back(uuid, &live);
      continue;
    }
    present.insert(*id);
    std::string_view layer(uuid);
    layer.remove_prefix(std::min(uuid.size(), kPrefix + 2 * Uuid::kLength + 1));
    Place place = place_of(*lv->second, layer);
    bool own = layer == own_layer(*lv->second);
    if (own && live.info.live_table) up.push_back(lv->second);
    bool inner = place != Place::top || has_been_shed(*lv->second);
    if (inner && stands_alone(live, place) && parts.serves(*lv->second, place))
      trouble.idle.emplace_back(uuid, &live);
    else if (interrupted(live) || !parts.is_divided(*lv->second, layer) ||
             (own && live.info.name != dm::device_name(vg.name, lv->second->name)) ||
             ((place == Place::whole || place == Place::layer) &&
              has_other_size(live, vg.size_of(model::usable_extents(*lv->second)))))
      trouble.lvs.insert(*id);
  }
  for (const Lv* lv : up)
    if (lacks_images(*lv, present)) trouble.lvs.insert(lv->id);
  // The order of a hash must not be the order of steps.
  for (Devices* devices : {&trouble.orphans, &trouble.idle})
    std::ranges::sort(*devices, {}, [](const auto& device) -> const std::string& { return device.first; });
  return trouble;
}

class Recovery {
 public:
  Recovery(const world::World& world, const config::Config& config) : world_(world), config_(config) {}

  // `devices` leaves first. `up`: the volume is in use; else its activation was interrupted.
  void restore(const std::vector<WantedDevice>& devices, bool up) {
    for (const WantedDevice& device : devices) {
      const LiveDevice* live = world_.find_live(device.uuid);
      if (live == nullptr || !done_.insert(device.uuid).second) continue;
      if (live->info.name != device.name) steps_.push_back(rename_step(device, live->info.name));
      if (!live->info.live_table && !up)
        abandoned_.push_back(device.uuid);
      else if (live->info.live_table && (!live->table || same_table(world_, device, *live)) &&
               live->info.read_only == device.read_only && !needs_table(*live))
        settle_state(device.uuid, device, *live);
      else if (interrupted(*live) || (!device.link && has_other_size(*live, table_length(device.table))))
        reload(device);
    }
  }

  // Nothing can be computed for this device: it goes on with the table it has.
  void release(const OwnedDevice& device, const std::optional<dm::NodeLink>& link) {
    if (!done_.insert(device.uuid).second) return;
    const dm::Info& info = device.live->info;
    if (!info.live_table) {
      abandoned_.push_back(device.uuid);
      return;
    }
    if (info.inactive_table) steps_.push_back(step::ClearTable{device.uuid, info.name});
    if (info.suspended)
      steps_.push_back(step::Resume{device.uuid, info.name, udev_flags(*device.lv, device.layer, config_, {}), link});
  }

  void drop_idle(const std::string& uuid) {
    if (done_.insert(uuid).second) abandoned_.push_back(uuid);
  }

  void drop_orphan(const std::string& uuid, const LiveDevice& live) {
    if (!done_.insert(uuid).second) return;
    if (live.info.open_count == 0) {
      abandoned_.push_back(uuid);
      return;
    }
    if (live.info.inactive_table) steps_.push_back(step::ClearTable{uuid, live.info.name});
    if (live.info.suspended && live.info.live_table) steps_.push_back(step::Resume{uuid, live.info.name, {}, {}});
  }

  // Those that lie on others go first.
  std::vector<step::Step> take() {
    std::ranges::reverse(abandoned_);
    for (const std::string& uuid : abandoned_) {
      const dm::Info& info = world_.find_live(uuid)->info;
      // One in use by something unknown stays; it has no table and harms nobody.
      if (info.open_count == 0) steps_.push_back(step::RemoveDevice{uuid, info.name, {}, {}});
    }
    return std::move(steps_);
  }

 private:
  // Without the live table nothing can be compared: the wanted one is loaded.
  static bool needs_table(const LiveDevice& live) { return !live.table && interrupted(live); }

  void settle_state(const std::string& uuid, const WantedDevice& device, const LiveDevice& live) {
    if (live.info.inactive_table) steps_.push_back(step::ClearTable{uuid, device.name});
    if (live.info.suspended) steps_.push_back(resume_step(device));
  }

  void reload(const WantedDevice& device) {
    steps_.push_back(load_step(device));
    steps_.push_back(resume_step(device));
    if (auto read_ahead = read_ahead_step(device, config_)) steps_.push_back(std::move(*read_ahead));
  }

  const world::World& world_;
  const config::Config& config_;
  std::unordered_set<std::string> done_;
  std::vector<std::string> abandoned_;  // leaves first
  std::vector<step::Step> steps_;
};

}  // namespace

bool troubled(const world::World& world, const Vg& vg) { return !find_trouble(world, vg).none(); }

Result<std::vector<step::Step>> recover(const world::World& world, const world::VgView& view,
                                        const config::Config& config) {
  const Vg& vg = *view.vg;
  Trouble trouble = find_trouble(world, vg);
  if (trouble.none()) return std::vector<step::Step>{};
  Recovery recovery(world, config);
  for (const auto& [uuid, live] : trouble.idle) recovery.drop_idle(uuid);
  for (const Lv& lv : vg.lvs) {
    if (!trouble.lvs.contains(lv.id)) continue;
    const LiveDevice* top = own_device(world, vg, lv);
    auto devices = owned_devices(world, vg, lv);
    auto has_filler = std::ranges::any_of(devices, [](const auto& d) { return d.layer.starts_with("missing_"); });
    Options options;
    options.partial = has_filler;
    if (auto wanted_now = wanted(world, view, vg, lv, config, options))
      recovery.restore(*wanted_now, top != nullptr && top->info.live_table);
    for (auto device = devices.rbegin(); device != devices.rend(); ++device)
      recovery.release(*device, device->layer.empty() ? link_of(vg, *device->lv) : std::nullopt);
  }
  for (const auto& [uuid, live] : trouble.orphans) recovery.drop_orphan(uuid, *live);
  return recovery.take();
}

}  // namespace lvm::activate
