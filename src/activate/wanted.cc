// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "activate/activate.h"
#include "activate/live.h"
#include "activate/naming.h"
#include "activate/table_devices.h"
#include "activate/tree.h"
#include "model/usable.h"

// From a volume's segments to its devices: leaves first, the volume itself last.
namespace lvm::activate {
namespace {

using model::Lv;
using model::LvArea;
using model::PvArea;
using model::Role;
using model::Segment;
using model::Vg;

// How many images a raid can do without.
std::size_t spare_images(const model::Raid& raid) {
  if (raid.type == model::RaidType::raid1) return raid.areas.size() - 1;
  if (raid.row().mirrored) return raid.areas.size() - raid.areas.size() / std::max(1U, raid.copies());
  return raid.row().parity;
}

class Builder {
 public:
  Builder(const world::World& world, const world::VgView& view, const model::Relations& relations, const Lv& top,
          const config::Config& config, const Options& options)
      : world_(world),
        vg_(relations.vg()),
        relations_(relations),
        top_(top),
        config_(config),
        options_(options),
        devices_(world, view, relations, config, options) {
    if (options_.missing_filler.empty()) options_.missing_filler = config.string("activation/missing_stripe_filler");
  }

  Result<> run() {
    if (!options_.partial) TRY(check_complete(top_));
    for (const TreeNode& node : tree(relations_, top_)) TRY(add(node));
    return {};
  }

  std::vector<WantedDevice> take() { return std::move(wanted_); }

 private:
  std::unexpected<Error> refuse() const {
    return fail(Code::refused,
                fmt::format("Refusing activation of partial LV {}/{}.  Use '--activationmode partial' to "
                            "override.",
                            vg_.name, top_.name));
  }

  // Missing PVs are borne by raids that have images to spare; elsewhere the user has to say so.
  Result<> check_complete(const Lv& lv) const {
    for (const Segment& segment : lv.segments)
      if (devices_.lacks_pvs(segment)) return refuse();
    if (const auto* raid = lv.as<model::Raid>()) return check_raid(*raid);
    for (const model::Relation& relation : relations_.uses(relations_.position(lv)))
      if (relation.bond() != model::Bond::hint) TRY(check_complete(vg_.lvs[relation.used]));
    return {};
  }

  Result<> check_raid(const model::Raid& raid) const {
    std::size_t lost = 0;
    for (std::size_t i = 0; i < raid.areas.size(); ++i)
      if (lacks_pvs(std::get<LvArea>(raid.areas[i]).lv) || (!raid.metadata.empty() && lacks_pvs(raid.metadata[i])))
        ++lost;
    if (lost > spare_images(raid)) return refuse();
    if (lost > 0 && options_.complete)
      return fail(Code::refused,
                  fmt::format("Refusing activation of partial LV {}/{}.  Try '--activationmode degraded'.", vg_.name,
                              top_.name));
    return {};
  }

  bool lacks_pvs(LvId id) const {
    const Lv* lv = devices_.find_lv(id);
    return lv && devices_.lacks_pvs(*lv);
  }

  // An image of a raid or its metadata, or a part of those.
  bool in_raid(const Lv& lv) const {
    for (auto at = relations_.position(lv); at != model::Relations::kNone; at = relations_.parent(at)) {
      const model::Relation* part = relations_.part_of(at);
      if (part && (part->role == Role::raid_image || part->role == Role::raid_metadata)) return true;
    }
    return false;
  }

  Result<> add(const TreeNode& node) {
    const Lv& lv = *node.lv;
    bool own = node.layer.empty();
    WantedDevice device = base(node);
    device.link = own ? link_of(vg_, lv) : std::nullopt;
    device.read_only = is_read_only(node);
    if (options_.component && own && &lv == &top_) {
      show(device, lv, false);
      device.read_only = true;
    }
    if (own) device.read_ahead = lv.read_ahead;
    if (own && lv.flags.has(model::LvFlag::fixed_minor) && lv.minor >= 0)
      device.persistent =
          dm::DeviceNumber{static_cast<std::uint32_t>(std::max(lv.major, 0)), static_cast<std::uint32_t>(lv.minor)};
    switch (node.purpose) {
      case Purpose::main: TRY(fill_main(lv, device)); break;
      case Purpose::view: fill_view(node, device); break;
      case Purpose::origin: TRY(fill_origin(node, device)); break;
      case Purpose::snapshot: TRY(fill_snapshot(node, device)); break;
      case Purpose::slice: fill_slice(node, device); break;
    }
    wanted_.push_back(std::move(device));
    return {};
  }

  // A hidden volume is seen as others are: a component that comes up by itself, which is not written to, and a snapshot
  // until its merge begins.
  void show(WantedDevice& device, const Lv& lv, bool low_priority) const {
    Lv shown = lv;
    shown.flags.set(model::LvFlag::visible);
    device.link = link_of(vg_, shown);
    device.udev = udev_flags(shown, "", config_, options_, low_priority);
  }

  bool is_read_only(const TreeNode& node) const {
    const Lv& lv = *node.lv;
    if (node.purpose == Purpose::view) return true;
    if (node.purpose == Purpose::slice || node.layer == "cow" ||
        !segment::kind_of(lv.segments.front().body).layer.empty())
      return false;
    const model::Relation* part = relations_.part_of(node.position);
    if (part && (part->role == Role::raid_image || part->role == Role::raid_metadata)) return false;
    return !lv.writable() || forced_read_only(config_, world_.host, vg_, lv);
  }

  Result<> fill_main(const Lv& lv, WantedDevice& device) {
    for (std::size_t i = 0; i < lv.segments.size(); ++i) {
      auto target = TRY(target_of(lv, i));
      device.table.push_back(std::move(target));
      device.read_ahead_minimum = std::max(device.read_ahead_minimum, read_ahead_below(lv.segments[i]));
      // Two full rounds over all stripes.
      auto stripes = stripes_of(lv.segments[i]);
      if (stripes > 1)
        device.read_ahead_minimum = std::max(device.read_ahead_minimum, stripe_size_of(lv.segments[i]) * stripes * 2);
    }
    return {};
  }

  static std::uint64_t stripes_of(const Segment& segment) {
    if (const auto* raid = std::get_if<model::Raid>(&segment.body)) return raid->areas.size();
    return segment::stripe_count(segment);
  }
  static Sectors stripe_size_of(const Segment& segment) {
    if (const auto* raid = std::get_if<model::Raid>(&segment.body)) return raid->stripe_size;
    return segment::stripe_size(segment);
  }

  // All of what lies below, or what the kind shows of it.
  void fill_view(const TreeNode& node, WantedDevice& device) const {
    const Segment& segment = node.lv->segments.front();
    const segment::Kind& kind = segment::kind_of(segment.body);
    Sectors length = kind.view_length ? kind.view_length(segment) : vg_.size_of(model::usable_extents(*node.lv));
    auto layer = kind.layer.empty() ? "real" : kind.layer;
    device.table.push_back(
        {Sectors(), length, dm::LinearTarget{dm::ByUuid{layer_uuid(vg_, *node.lv, layer)}, Sectors()}});
  }

  void fill_slice(const TreeNode& node, WantedDevice& device) const {
    dm::ByUuid whole{top_uuid(vg_, *node.lv)};
    device.table.push_back({Sectors(), node.slice.length, dm::LinearTarget{whole, node.slice.start}});
  }

  // The hidden LV that ties a store to its origin.
  const Lv& holder_of(const TreeNode& store) const { return vg_.lvs[relations_.behind_face(store.position)]; }

  // A merge that was put off begins when the origin comes up next, not under its users.
  bool merges_now(const Lv& origin) const {
    const world::LiveDevice* live = own_device(world_, vg_, origin);
    if (options_.begin_merge || !live || !live->info.live_table || !live->table) return true;
    return std::ranges::any_of(*live->table, [](const dm::Target& target) {
      return std::holds_alternative<dm::SnapshotMergeTarget>(target.body);
    });
  }

  Result<> fill_origin(const TreeNode& node, WantedDevice& device) const {
    const Lv& origin = *node.lv;
    Sectors length = vg_.size_of(model::usable_extents(origin));
    for (const Lv* holder : devices_.users(origin.id, Role::snapshot_origin)) {
      const auto* snapshot = holder->as<model::Snapshot>();
      if (!snapshot || !snapshot->merging || !merges_now(origin)) continue;
      auto target = TRY(snapshot_target(*holder));
      device.table.push_back(std::move(target));
      return {};
    }
    dm::SnapshotOriginTarget target{dm::ByUuid{layer_uuid(vg_, origin, "real")}};
    device.table.push_back({Sectors(), length, std::move(target)});
    return {};
  }

  Result<dm::Target> snapshot_target(const Lv& holder) const {
    const Segment& segment = holder.segments.front();
    return segment::kind_of(segment.body).target(holder, segment, Sectors(), devices_);
  }

  // A snapshot that is being merged cannot be read by itself.
  Result<> fill_snapshot(const TreeNode& node, WantedDevice& device) const {
    const Lv& holder = holder_of(node);
    const auto& snapshot = *holder.as<model::Snapshot>();
    const Lv* origin = devices_.find_lv(snapshot.origin);
    auto target = TRY(snapshot_target(holder));
    if (auto* merge = std::get_if<dm::SnapshotMergeTarget>(&target.body)) {
      if (origin && !merges_now(*origin)) {
        dm::SnapshotTarget still = merge->merged;
        target.body = std::move(still);
        show(device, *node.lv, true);
      } else {
        target.body = dm::ErrorTarget{};
      }
    }
    device.table.push_back(std::move(target));
    return {};
  }

  // A volume reads ahead no less than the devices it lies on.
  Sectors read_ahead_below(const model::Segment& segment) const {
    Sectors most;
    for (const model::Area& area : segment::areas(segment)) {
      const auto* on_pv = std::get_if<model::PvArea>(&area);
      const world::PvDevice* pv = on_pv ? world_.find_pv(on_pv->pv) : nullptr;
      if (pv) most = std::max(most, pv->read_ahead);
    }
    return most;
  }

  WantedDevice base(const TreeNode& node) const {
    WantedDevice device;
    device.name = dm::device_name(vg_.name, node.lv->name, node.layer);
    device.uuid = node.uuid;
    device.udev = udev_flags(*node.lv, node.layer, config_, options_, node.purpose == Purpose::snapshot);
    return device;
  }

  Result<dm::Target> target_of(const Lv& lv, std::size_t index) {
    const Segment& segment = lv.segments[index];
    Sectors start = vg_.size_of(segment.start);
    const segment::Kind& kind = segment::kind_of(segment.body);
    // Checksums are read when their table is loaded: an image that lost any of its parts fails as a whole.
    if (std::holds_alternative<model::Integrity>(segment.body) && lacks_pvs(lv.id))
      return dm::Target{start, vg_.size_of(segment.count), dm::ErrorTarget{}};
    if (!devices_.lacks_pvs(segment)) return kind.target(lv, segment, start, devices_);
    // A raid goes on without some of its images: what they lack fails when it is asked.
    if (!options_.partial && !in_raid(lv)) return refuse();
    Segment patched = segment;
    for (std::size_t i = 0; auto& area : segment::areas(patched)) {
      const auto* on_pv = std::get_if<PvArea>(&area);
      if (on_pv && !devices_.find(on_pv->pv)) {
        auto filler = TRY(add_filler(lv, index, i));
        area = filler;
      }
      ++i;
    }
    return kind.target(lv, patched, start, devices_);
  }

  Result<LvArea> add_filler(const Lv& lv, std::size_t segment, std::size_t area) {
    if (options_.missing_filler.starts_with('/')) {
      const device::Device* device = world_.find_device(options_.missing_filler);
      if (device == nullptr)
        return fail(Code::not_found,
                    fmt::format("activation/missing_stripe_filler: no device {}.", options_.missing_filler));
      return devices_.add_filler(device->number);
    }
    std::string layer = filler_layer(segment, area);
    WantedDevice filler = base({&lv, layer, layer_uuid(vg_, lv, layer), Purpose::main, {}, 0});
    // As long as the whole segment, whatever the share of one area.
    Sectors length = vg_.size_of(lv.segments[segment].count);
    dm::TargetBody body = dm::ErrorTarget{};
    if (options_.missing_filler == "zero") body = dm::ZeroTarget{};
    filler.table.push_back({Sectors(), length, std::move(body)});
    dm::ByUuid reference{filler.uuid};
    wanted_.push_back(std::move(filler));
    return devices_.add_filler(reference);
  }

  const world::World& world_;
  const Vg& vg_;
  const model::Relations& relations_;
  const Lv& top_;
  const config::Config& config_;
  Options options_;
  TableDevices devices_;
  std::vector<WantedDevice> wanted_;
};

}  // namespace

Result<std::vector<WantedDevice>> wanted(const world::World& world, const world::VgView& view, const Vg& vg,
                                         const Lv& lv, const config::Config& config, const Options& options) {
  // The LV may be a copy; what it is related to is known of the VG's own.
  std::optional<model::Relations> own;
  const model::Relations* relations =
      options.relations && &options.relations->vg() == &vg ? options.relations : nullptr;
  if (!relations) relations = &own.emplace(vg);
  auto at = relations->position(lv.id);
  if (at == model::Relations::kNone)
    return fail(Code::corrupt, fmt::format("Volume group {} has no logical volume {}.", vg.name, lv.name));
  Builder builder(world, view, *relations, vg.lvs[at], config, options);
  TRY(builder.run());
  return builder.take();
}

}  // namespace lvm::activate
