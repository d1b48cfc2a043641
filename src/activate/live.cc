// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "activate/naming.h"
#include "activate/tree.h"
#include "segment/kind.h"

namespace lvm::activate {
namespace {

using model::Lv;
using model::Relations;
using model::Vg;

bool is_merging_store(const Vg& vg, const Lv& lv) {
  return std::ranges::any_of(vg.lvs, [&](const Lv& other) {
    const auto* snapshot = other.as<model::Snapshot>();
    return snapshot && snapshot->merging && snapshot->store == lv.id;
  });
}

class Owned {
 public:
  Owned(const world::World& world, const Relations& relations, const Lv& lv)
      : world_(world), relations_(relations), nodes_(tree(relations, lv)) {
    for (const TreeNode& node : nodes_) leaving_.insert(node.uuid);
  }

  // Upper devices first. What others still stand on stays, with all its parts.
  std::vector<OwnedDevice> run() {
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
      if (kept_.contains(node->position)) continue;
      if (is_main(*node) && used_elsewhere(*node)) {
        for (std::uint32_t part : relations_.with_parts(node->position)) kept_.insert(part);
        continue;
      }
      add(*node->lv, node->layer, node->uuid);
      if (is_main(*node)) add_others(*node);
    }
    return std::move(out_);
  }

 private:
  static bool is_main(const TreeNode& node) { return node.purpose == Purpose::main; }

  void add(const Lv& lv, std::string layer, std::string uuid) {
    const world::LiveDevice* live = world_.find_live(uuid);
    if (live && added_.insert(uuid).second) out_.push_back({&lv, std::move(layer), std::move(uuid), live});
  }

  // Devices that other states of the LV had: layers of another kind, stand-ins for missing PVs.
  void add_others(const TreeNode& node) {
    const Vg& vg = relations_.vg();
    for (std::string_view layer : known_layers()) {
      auto uuid = layer_uuid(vg, *node.lv, layer);
      if (!leaving_.contains(uuid)) add(*node.lv, std::string(layer), std::move(uuid));
    }
    for (std::size_t i = 0; i < node.lv->segments.size(); ++i)
      for (std::size_t area = 0; area < segment::areas(node.lv->segments[i]).size(); ++area) {
        auto layer = filler_layer(i, area);
        auto uuid = layer_uuid(vg, *node.lv, layer);
        add(*node.lv, std::move(layer), std::move(uuid));
      }
  }

  bool live_outside(const Lv& lv, std::string_view layer) const {
    auto uuid = layer.empty() ? top_uuid(relations_.vg(), lv) : layer_uuid(relations_.vg(), lv, layer);
    return !leaving_.contains(uuid) && world_.find_live(uuid) != nullptr;
  }

  // By a live volume that does not leave with this one, or by the LV's own device above this layer.
  bool used_elsewhere(const TreeNode& node) const {
    if (!node.layer.empty() && live_outside(*node.lv, "")) return true;
    for (const model::Relation& relation : relations_.users(node.position)) {
      if (relation.bond() == model::Bond::hint) continue;
      const Lv& user = relations_.vg().lvs[relation.user];
      if (live_outside(user, "") || live_outside(user, "real") || live_outside(user, "cow")) return true;
      auto face = relations_.face_of(relation.user);
      if (face != Relations::kNone && live_outside(relations_.vg().lvs[face], "")) return true;
    }
    return false;
  }

  const world::World& world_;
  const Relations& relations_;
  std::vector<TreeNode> nodes_;
  std::unordered_set<std::string> leaving_, added_;
  std::unordered_set<std::uint32_t> kept_;
  std::vector<OwnedDevice> out_;
};

}  // namespace

std::vector<OwnedDevice> owned_devices(const world::World& world, const Vg& vg, const Lv& lv,
                                       const Relations* relations) {
  if (world.live.empty()) return {};
  std::optional<Relations> own;
  if (!relations || &relations->vg() != &vg) relations = &own.emplace(vg);
  auto at = relations->position(lv.id);
  if (at == Relations::kNone) return {};
  return Owned(world, *relations, vg.lvs[at]).run();
}

step::Step remove_step(const Vg& vg, const OwnedDevice& device, const config::Config& config) {
  std::optional<dm::NodeLink> link;
  if (device.layer.empty()) link = link_of(vg, *device.lv);
  // A snapshot that is to be merged is hidden, but has its path until it goes down; a component that came up by itself
  // has one.
  if (device.layer.empty() && !device.lv->visible() &&
      (device.live->info.read_only || is_merging_store(vg, *device.lv)))
    link = dm::NodeLink{vg.name, device.lv->name};
  return step::RemoveDevice{device.uuid, device.live->info.name, udev_flags(*device.lv, device.layer, config, {}),
                            std::move(link)};
}

bool must_be_unused(const OwnedDevice& device, const Lv& lv) {
  return (device.lv->id == lv.id || device.lv->visible()) && device.layer.empty();
}

const world::LiveDevice* own_device(const world::World& world, const Vg& vg, const Lv& lv) {
  return world.find_live(top_uuid(vg, lv));
}

bool is_up(const world::World& world, const Vg& vg, const Lv& lv) { return own_device(world, vg, lv) != nullptr; }

bool is_up_at_all(const world::World& world, const Vg& vg, const Lv& lv) {
  if (is_up(world, vg, lv)) return true;
  const std::string_view layer = segment::kind_of(lv.segments.front().body).layer;
  return !layer.empty() && world.find_live(layer_uuid(vg, lv, layer)) != nullptr;
}

bool in_use(const world::World& world, const Vg& vg, const Lv& lv) {
  const world::LiveDevice* live = own_device(world, vg, lv);
  return live && live->info.open_count > 0;
}

Result<> check_unused(const Vg& vg, const Lv& lv, const world::LiveDevice* live) {
  if (!live || live->info.open_count == 0) return {};
  constexpr std::array kWords = {"in use", "is used by another device", "contains a filesystem in use"};  // as Users
  return fail(Code::busy, fmt::format("Logical volume {}/{} {}.", vg.name, lv.name,
                                      kWords.at(static_cast<std::size_t>(live->users))));
}

Result<> check_unused(const world::World& world, const Vg& vg, const Lv& lv) {
  return check_unused(vg, lv, own_device(world, vg, lv));
}

}  // namespace lvm::activate
