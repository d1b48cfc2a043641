// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/index.h"
#include "model/vg.h"

// Who uses whom in one VG, whatever the kinds: rename, remove, activation, reports and checks walk these. The VG
// must outlive them and stay as it is.
namespace lvm::model {

// The LV `user` names the LV `used`; both are positions in vg.lvs.
struct Relation {
  std::uint32_t user = 0, used = 0;
  Role role = Role::leg;
  std::uint32_t index = 0;    // among the user's references of this role, in one segment
  std::uint32_t segment = 0;  // of the user
  Bond bond() const { return bond_of(role); }
  friend bool operator==(const Relation&, const Relation&) = default;
};

class Relations {
 public:
  explicit Relations(const Vg& vg);

  bool empty() const { return relations_.empty(); }
  const Vg& vg() const { return *vg_; }
  // The position of an LV in the VG, or kNone.
  std::uint32_t position(LvId lv) const;
  std::uint32_t position(const Lv& lv) const { return static_cast<std::uint32_t>(&lv - vg_->lvs.data()); }
  // What this LV names, by segment, and who names it.
  std::span<const Relation> uses(std::uint32_t lv) const { return slice(uses_, relations_, lv); }
  std::span<const Relation> users(std::uint32_t lv) const { return slice(users_, by_used_, lv); }

  static constexpr std::uint32_t kNone = PositionTable::kNone;
  // The one LV that this is a part of, or kNone; with its role there.
  std::uint32_t parent(std::uint32_t lv) const;
  const Relation* part_of(std::uint32_t lv) const;
  // The LV itself, or the outermost of which it is a part. A pvmove's temporary LV is part of many, and its own
  // top.
  std::uint32_t top(std::uint32_t lv) const;
  // The LV behind all its parts, and their parts, each once: leaves first.
  std::vector<std::uint32_t> with_parts(std::uint32_t lv) const;
  // The hidden LV that `lv` is the face of (a snapshot's), or kNone; and the other way round.
  std::uint32_t behind_face(std::uint32_t lv) const;
  std::uint32_t face_of(std::uint32_t lv) const;
  // LVs that cannot live without this one (Bond::base), as users see them: snapshots for their hidden LVs. In the
  // order of vg.lvs.
  std::vector<std::uint32_t> dependents(std::uint32_t lv) const;

  // An LV is part of at most one other, pvmove's aside, and nothing contains itself.
  Result<> check() const;

 private:
  struct Slices {
    std::vector<std::uint32_t> lvs;     // sorted: those that have any
    std::vector<std::uint32_t> starts;  // one more than lvs
  };
  static Slices slices(const std::vector<Relation>& relations, std::uint32_t Relation::* key);
  static std::span<const Relation> slice(const Slices& slices, const std::vector<Relation>& relations,
                                         std::uint32_t lv);
  Result<> check_circles() const;

  const Vg* vg_;
  std::optional<Index> index_;  // where any LV names another
  std::vector<Relation> relations_, by_used_;
  Slices uses_, users_;
};

}  // namespace lvm::model
