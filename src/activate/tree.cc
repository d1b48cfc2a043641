// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/tree.h"

#include <algorithm>
#include <unordered_set>

#include "activate/naming.h"

namespace lvm::activate {
namespace {

using model::Bond;
using model::Lv;
using model::Relation;
using model::Relations;
using model::Role;
using model::Vg;

const segment::Kind& kind_of(const Lv& lv) { return segment::kind_of(lv.segments.front().body); }

// Where an LV's segments stand when others lie on it by their own right.
std::string_view shared_layer(const Lv& lv) {
  auto layer = kind_of(lv).layer;
  return layer.empty() ? "real" : layer;
}

// Devices come up in LVM's order, which shows in their minor numbers: metadata and logs before what they are about,
// image by image.
std::uint32_t order_of(const Relation& relation) {
  switch (relation.role) {
    case Role::raid_metadata: return 2 * relation.index;
    case Role::raid_image: return 2 * relation.index + 1;
    case Role::mirror_log:
    case Role::thin_pool_metadata:
    case Role::integrity_metadata: return 0;
    default: return 1;
  }
}

// LVs that only tell others what to do: a snapshot's hidden half, a cache pool.
bool has_no_device(const Lv& lv) { return lv.as<model::Snapshot>() || lv.as<model::CachePool>(); }

class Tree {
 public:
  Tree(const Relations& relations, const LeaveOut& leave_out) : relations_(relations), leave_out_(leave_out) {}

  void add_whole(std::uint32_t at) {
    const Lv& lv = lv_at(at);
    if (lv.segments.empty() || !whole_.insert(at).second) return;
    if (auto holder = relations_.behind_face(at); holder != Relations::kNone) {
      for (const Relation& relation : relations_.uses(holder))
        if (relation.role == Role::snapshot_origin) add_whole(relation.used);
      return;
    }
    if (used_as(at, Role::snapshot_origin)) {
      add_with_snapshots(at);
    } else if (used_as(at, Role::external_origin)) {
      add_main(at, shared_layer(lv));
      add(at, "", top_uuid(vg(), lv), Purpose::view);
    } else if (!kind_of(lv).layer.empty() && !is_new_pool(lv)) {
      add_main(at, kind_of(lv).layer);
      add(at, "", top_uuid(vg(), lv), Purpose::view);
    } else {
      add_main(at, "");
    }
  }

  std::vector<TreeNode> take() { return std::move(nodes_); }

 private:
  const Vg& vg() const { return relations_.vg(); }
  const Lv& lv_at(std::uint32_t at) const { return vg().lvs[at]; }
  bool used_as(std::uint32_t at, Role role) const {
    for (const Relation& relation : relations_.users(at))
      if (relation.role == role) return true;
    return false;
  }

  void add(std::uint32_t at, std::string_view layer, std::string uuid, Purpose purpose) {
    nodes_.push_back({&lv_at(at), std::string(layer), std::move(uuid), purpose, {}, at});
  }

  void add_with_snapshots(std::uint32_t origin) {
    add_main(origin, "real");
    std::vector<std::uint32_t> stores;
    for (const Relation& relation : relations_.users(origin)) {
      if (relation.role != Role::snapshot_origin) continue;
      std::uint32_t store = relations_.face_of(relation.user);
      if (store == Relations::kNone) continue;
      whole_.insert(store);
      stores.push_back(store);
      // The origin may name the store of a snapshot that merges into it.
      if (lv_at(relation.user).as<model::Snapshot>()->merging) add_main(store, "cow");
    }
    add(origin, "", top_uuid(vg(), lv_at(origin)), Purpose::origin);
    for (std::uint32_t store : stores) {
      add_main(store, "cow");
      add(store, "", top_uuid(vg(), lv_at(store)), Purpose::snapshot);
    }
  }

  // What the LV cuts out of this part.
  void add_slices(const Lv& lv, std::uint32_t part) {
    const model::Segment& segment = lv.segments.front();
    const segment::Kind& kind = segment::kind_of(segment.body);
    if (!kind.slices) return;
    for (segment::Slice& slice : kind.slices(segment)) {
      if (slice.lv != lv_at(part).id) continue;
      auto uuid = layer_uuid(vg(), lv_at(part), slice.layer);
      nodes_.push_back({&lv_at(part), std::string(slice.layer), std::move(uuid), Purpose::slice, slice, part});
    }
  }

  // What the LV's segments name, then the device of those segments.
  void add_main(std::uint32_t at, std::string_view layer) {
    const Lv& lv = lv_at(at);
    if (!main_.insert(at).second) return;
    auto named = relations_.uses(at);
    std::vector<Relation> uses(named.begin(), named.end());
    if (lv.segments.size() == 1) std::ranges::stable_sort(uses, {}, order_of);
    for (const Relation& relation : uses) {
      const Lv& used = lv_at(relation.used);
      if (relation.bond() == Bond::base)
        add_main(relation.used, is_new_pool(used) ? "" : shared_layer(used));
      else if (relation.bond() == Bond::part && !(leave_out_ && leave_out_(used)))
        add_whole(relation.used);
      add_slices(lv, relation.used);
    }
    if (has_no_device(lv)) return;
    add(at, layer, layer.empty() ? top_uuid(vg(), lv) : layer_uuid(vg(), lv, layer), Purpose::main);
  }

  const Relations& relations_;
  const LeaveOut& leave_out_;
  std::unordered_set<std::uint32_t> whole_, main_;
  std::vector<TreeNode> nodes_;
};

}  // namespace

std::string used_uuid(const Vg& vg, const Lv& lv, Role role) {
  if (role == Role::snapshot_store) return layer_uuid(vg, lv, "cow");
  if (model::bond_of(role) == Bond::base) return layer_uuid(vg, lv, shared_layer(lv));
  // A cache volume is seen through the slices cut out of it.
  if (role == Role::cache_pool_metadata && !lv.as<model::CachePool>() && lv.flags.has(model::LvFlag::cache_vol))
    return layer_uuid(vg, lv, "cmeta");
  if (role == Role::cache_pool_data && lv.flags.has(model::LvFlag::cache_vol)) return layer_uuid(vg, lv, "cdata");
  return top_uuid(vg, lv);
}

std::vector<TreeNode> tree(const Relations& relations, const Lv& lv, const LeaveOut& leave_out) {
  Tree tree(relations, leave_out);
  tree.add_whole(relations.position(lv));
  return tree.take();
}

}  // namespace lvm::activate
