// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/relations.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace lvm::model {

namespace {

bool has_references(const Vg& vg) {
  bool found = false;
  for (const Lv& lv : vg.lvs)
    for (const Segment& segment : lv.segments)
      for_each_reference(segment.body, [&](const Reference&) { found = true; });
  return found;
}

}  // namespace

Relations::Relations(const Vg& vg) : vg_(&vg) {
  if (!has_references(vg)) return;
  const Index& index = index_.emplace(vg);
  for (std::uint32_t user = 0; user < vg.lvs.size(); ++user) {
    const auto& segments = vg.lvs[user].segments;
    for (std::uint32_t s = 0; s < segments.size(); ++s)
      for_each_reference(segments[s].body, [&](const Reference& reference) {
        auto used = index.lv_position(reference.lv);
        if (used) relations_.push_back({user, *used, reference.role, reference.index, s});
      });
  }
  if (relations_.empty()) return;
  by_used_ = relations_;
  std::ranges::stable_sort(by_used_, {}, &Relation::used);
  uses_ = slices(relations_, &Relation::user);
  users_ = slices(by_used_, &Relation::used);
}

std::uint32_t Relations::position(LvId lv) const {
  if (index_) return index_->lv_position(lv).value_or(kNone);
  auto found = std::ranges::find(vg_->lvs, lv, &Lv::id);
  return found == vg_->lvs.end() ? kNone : static_cast<std::uint32_t>(found - vg_->lvs.begin());
}

Relations::Slices Relations::slices(const std::vector<Relation>& relations, std::uint32_t Relation::* key) {
  Slices out;
  for (std::uint32_t i = 0; i < relations.size(); ++i) {
    if (!out.lvs.empty() && out.lvs.back() == relations[i].*key) continue;
    out.lvs.push_back(relations[i].*key);
    out.starts.push_back(i);
  }
  out.starts.push_back(static_cast<std::uint32_t>(relations.size()));
  return out;
}

std::span<const Relation> Relations::slice(const Slices& slices, const std::vector<Relation>& relations,
                                           std::uint32_t lv) {
  auto at = std::ranges::lower_bound(slices.lvs, lv);
  if (at == slices.lvs.end() || *at != lv) return {};
  auto i = static_cast<std::size_t>(at - slices.lvs.begin());
  return std::span(relations).subspan(slices.starts[i], slices.starts[i + 1] - slices.starts[i]);
}

const Relation* Relations::part_of(std::uint32_t lv) const {
  if (vg_->lvs[lv].flags.has(LvFlag::pvmove)) return nullptr;
  for (const Relation& relation : users(lv))
    if (relation.bond() == Bond::part) return &relation;
  return nullptr;
}

std::uint32_t Relations::parent(std::uint32_t lv) const {
  const Relation* relation = part_of(lv);
  return relation ? relation->user : kNone;
}

std::uint32_t Relations::top(std::uint32_t lv) const {
  for (std::uint32_t above = parent(lv); above != kNone; above = parent(lv)) lv = above;
  return lv;
}

std::vector<std::uint32_t> Relations::with_parts(std::uint32_t lv) const {
  std::vector<std::uint32_t> out, stack = {lv};
  std::unordered_set<std::uint32_t> seen = {lv};
  while (!stack.empty()) {  // top first, then turned round
    std::uint32_t at = stack.back();
    stack.pop_back();
    out.push_back(at);
    for (const Relation& relation : uses(at))
      if (relation.bond() == Bond::part && !vg_->lvs[relation.used].flags.has(LvFlag::pvmove) &&
          seen.insert(relation.used).second)
        stack.push_back(relation.used);
  }
  std::ranges::reverse(out);
  return out;
}

std::uint32_t Relations::behind_face(std::uint32_t lv) const {
  for (const Relation& relation : users(lv))
    if (relation.bond() == Bond::face) return relation.user;
  return kNone;
}

std::uint32_t Relations::face_of(std::uint32_t lv) const {
  for (const Relation& relation : uses(lv))
    if (relation.bond() == Bond::face) return relation.used;
  return kNone;
}

std::vector<std::uint32_t> Relations::dependents(std::uint32_t lv) const {
  std::vector<std::uint32_t> out;
  for (const Relation& relation : users(lv)) {
    if (relation.bond() != Bond::base) continue;
    std::uint32_t face = face_of(relation.user);
    out.push_back(face != kNone ? face : relation.user);
  }
  std::ranges::sort(out);
  auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

Result<> Relations::check() const {
  if (empty()) return {};
  std::uint32_t used = kNone, whole_user = kNone, face_user = kNone;
  for (const Relation& relation : by_used_) {
    const Lv& lv = vg_->lvs[relation.used];
    const Lv& user = vg_->lvs[relation.user];
    if (row_of(relation.role).same_length && user.extents() != lv.extents())
      return fail(Code::corrupt,
                  fmt::format("Logical volume \"{}/{}\" has {} extents, but its {} \"{}\" has {}.", vg_->name,
                              user.name, user.extents().n, row_of(relation.role).word, lv.name, lv.extents().n));
    if (relation.used != used) whole_user = face_user = kNone;
    used = relation.used;
    bool part = relation.bond() == Bond::part;
    if ((!part && relation.bond() != Bond::face) || lv.flags.has(LvFlag::pvmove)) continue;
    std::uint32_t& only = part ? whole_user : face_user;
    if (only != kNone && only != relation.user)
      return fail(Code::corrupt, fmt::format("Logical volume \"{}/{}\" is part of both \"{}\" and \"{}\".", vg_->name,
                                             lv.name, vg_->lvs[only].name, user.name));
    only = relation.user;
  }
  return check_circles();
}

// Depth first without recursion: a hostile text may nest as deep as it has LVs.
Result<> Relations::check_circles() const {
  enum class State : std::uint8_t { unseen, open, done };
  struct Frame {
    std::uint32_t lv;
    std::size_t next;
  };
  std::vector<State> state(vg_->lvs.size(), State::unseen);
  for (std::uint32_t root : uses_.lvs) {
    if (state[root] != State::unseen) continue;
    std::vector<Frame> stack = {{root, 0}};
    state[root] = State::open;
    while (!stack.empty()) {
      Frame& top = stack.back();
      auto below = uses(top.lv);
      if (top.next == below.size()) {
        state[top.lv] = State::done;
        stack.pop_back();
        continue;
      }
      const Relation& relation = below[top.next++];
      if (relation.bond() == Bond::hint || state[relation.used] == State::done) continue;
      if (state[relation.used] == State::open)
        return fail(Code::corrupt,
                    fmt::format("Logical volume \"{}/{}\" contains itself.", vg_->name, vg_->lvs[relation.used].name));
      state[relation.used] = State::open;
      stack.push_back({relation.used, 0});
    }
  }
  return {};
}

}  // namespace lvm::model
