// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/components.h"

#include <fmt/format.h>

#include "activate/live.h"
#include "activate/naming.h"
#include "activate/tree.h"

namespace lvm::activate {
namespace {

using model::Lv;
using model::Relations;
using model::Vg;

// What is up over the component, the uppermost first; null: nothing.
const Lv* user_up(const world::World& world, const Relations& relations, std::uint32_t at) {
  const Vg& vg = relations.vg();
  for (const model::Relation& relation : relations.users(at)) {
    if (relation.bond() == model::Bond::hint) continue;
    const Lv& user = vg.lvs[relation.user];
    if (const Lv* above = user_up(world, relations, relation.user)) return above;
    const std::uint32_t face = relations.face_of(relation.user);
    if (face != Relations::kNone && is_up(world, vg, vg.lvs[face])) return &vg.lvs[face];
    if (is_up_at_all(world, vg, user)) return &user;
  }
  return nullptr;
}

std::unexpected<Error> prohibited(const Vg& vg, const Lv& lv, const Lv& other) {
  return fail(Code::busy, fmt::format("Activation of logical volume {0}/{1} is prohibited while logical volume {0}/{2} "
                                      "is active.",
                                      vg.name, lv.name, other.name));
}

}  // namespace

bool is_component(const Relations& relations, const Lv& lv) {
  return !lv.visible() && !lv.segments.empty() && relations.part_of(relations.position(lv)) != nullptr &&
         !lv.as<model::CachePool>() && !lv.as<model::Snapshot>();
}

// By itself: read-only, where the volume would write. (The parts of a read-only volume may be that anyway.)
const Lv* component_up(const world::World& world, const Relations& relations, const Lv& lv) {
  const Vg& vg = relations.vg();
  if (relations.empty() || !lv.writable() || is_up(world, vg, lv)) return nullptr;
  for (const TreeNode& node : tree(relations, lv)) {
    if (node.lv->visible() || node.purpose != Purpose::main || node.uuid != top_uuid(vg, *node.lv)) continue;
    const world::LiveDevice* live = world.find_live(node.uuid);
    if (live && live->info.read_only) return node.lv;
  }
  return nullptr;
}

Result<> check_components(const world::World& world, const Relations& relations, const Lv& lv, const Options& options) {
  const Vg& vg = relations.vg();
  const Lv* other =
      options.component ? user_up(world, relations, relations.position(lv)) : component_up(world, relations, lv);
  if (other) return prohibited(vg, lv, *other);
  return {};
}

}  // namespace lvm::activate
