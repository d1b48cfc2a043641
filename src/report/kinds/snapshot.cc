// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/snapshot.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "report/kinds/support.h"

namespace lvm::report::kinds {
namespace {

using dm::SnapshotStatus;
using model::Role;
using model::Snapshot;
using State = SnapshotStatus::State;

const Snapshot& tie(const Row& row, const LvUser& use) { return *body_of<Snapshot>(*user_of(row, use).lv); }

bool being_merged(const Row& row) {
  for (const LvUser& use : row.source->users(*row.lv)) {
    if (use.role != Role::snapshot_origin && use.role != Role::snapshot_store) continue;
    if (tie(row, use).merging) return true;
  }
  return false;
}

// Of a store, or of an origin that its snapshot is merged into: there it tells how far that is.
const SnapshotStatus* status(const Row& row) {
  if (store_of(row) != nullptr) return status_of<SnapshotStatus>(row);
  return row.source->in_vg() && being_merged(row) ? status_in<SnapshotStatus>(row.lv->live) : nullptr;
}

// The origins of an LV: of a store, of a thin volume.
LvId origin_of(const Source& source, std::uint32_t position) {
  const auto behind = source.relations().behind_face(position);
  if (behind != model::Relations::kNone)
    if (const auto* snapshot = body_of<Snapshot>(*source.lvs()[behind].lv)) return snapshot->origin;
  const auto* thin = body_of<model::Thin>(*source.lvs()[position].lv);
  if (thin == nullptr) return {};
  return thin->origin ? thin->origin : thin->external_origin;
}

// LVs that have this one as their origin, in the order in which they came.
std::vector<std::uint32_t> children_of(const Source& source, std::uint32_t position) {
  std::vector<std::uint32_t> found;
  for (const LvUser& use : source.users_at(position)) {
    if (use.role == Role::snapshot_origin) {
      const auto face = source.relations().face_of(use.user);
      if (face != model::Relations::kNone) found.push_back(face);
    } else if (use.role == Role::thin_origin || use.role == Role::external_origin) {
      found.push_back(use.user);
    }
  }
  return found;
}

// Ancestors and descendants. With `history`, chains go on through volumes that are gone; these themselves are named
// where the report tells of them.
class Family {
 public:
  // A volume of the VG, or one that is gone.
  struct Member {
    std::uint32_t position = 0;
    const metadata::HistoricalLv* gone = nullptr;
  };

  Family(const Source& source, bool history, Value& out) : source_(source), named_(source.common().history), out_(out) {
    if (history) history_ = source.history();
  }

  void add_ancestors(Member member) {
    // No chain is longer than there are volumes: what goes on is a loop in a broken text.
    for (std::size_t steps = 0; steps < most(); ++steps) {
      const auto next = origin(member);
      if (!next) return;
      add(*next);
      member = *next;
    }
  }

  void add_descendants(Member member, std::size_t depth = 0) {
    if (depth > most()) return;
    const auto visit = [&](Member child) {
      add(child);
      add_descendants(child, depth + 1);
    };
    if (member.gone == nullptr) {
      for (const auto child : children_of(source_, member.position)) visit({child});
    } else {
      for (const auto& name : member.gone->descendants)
        if (const auto position = position_of(name)) visit({*position});
    }
    for (const auto& gone : history_)
      if (is_named(member, gone.origin)) visit({0, &gone});
  }

 private:
  std::size_t most() const { return source_.lvs().size() + history_.size(); }

  void add(Member member) {
    if (member.gone == nullptr) {
      out_.add_item(source_.lvs()[member.position].lv->name);
    } else if (named_) {
      out_.buffer() += '-';
      out_.buffer() += member.gone->name;
      out_.end_item();
    }
  }

  bool is_named(Member member, std::string_view reference) const {
    if (member.gone == nullptr) return reference == source_.lvs()[member.position].lv->name;
    return reference.starts_with('-') && reference.substr(1) == member.gone->name;
  }

  std::optional<std::uint32_t> position_of(std::string_view name) const {
    const model::Lv* lv = source_.index().lv(name);
    if (lv == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(lv - source_.vg().lvs.data());
  }

  std::optional<Member> named(std::string_view reference) const {
    if (!reference.starts_with('-')) {
      const auto position = position_of(reference);
      if (!position) return std::nullopt;
      return Member{*position};
    }
    for (const auto& gone : history_)
      if (gone.name == reference.substr(1)) return Member{0, &gone};
    return std::nullopt;
  }

  std::optional<Member> origin(Member member) const {
    if (member.gone != nullptr) return named(member.gone->origin);
    if (const LvId origin = origin_of(source_, member.position))
      if (const auto position = source_.index().lv_position(origin)) return Member{*position};
    const model::Lv& lv = *source_.lvs()[member.position].lv;
    for (const auto& gone : history_)
      if (std::ranges::find(gone.descendants, lv.name) != gone.descendants.end()) return Member{0, &gone};
    const auto* thin = body_of<model::Thin>(lv);
    return thin != nullptr ? named(thin->historical_origin) : std::nullopt;
  }

  const Source& source_;
  bool named_;
  Value& out_;
  std::span<const metadata::HistoricalLv> history_;
};

}  // namespace

const Snapshot* store_of(const Row& row) {
  if (!row.source->in_vg()) return nullptr;
  for (const LvUser& use : row.source->users(*row.lv))
    if (use.role == Role::snapshot_store) return &tie(row, use);
  return nullptr;
}

bool is_thick_origin(const Row& row) { return row.source->in_vg() && count_users(row, Role::snapshot_origin) != 0; }

bool store_invalid(const Row& row) {
  const SnapshotStatus* found = status(row);
  return found != nullptr && found->state == State::invalid;
}

Letter snapshot_part_type(const Row& row, const LvUser& use) {
  if (use.role == Role::snapshot_store) return {tie(row, use).merging ? 'S' : 's', TypeRank::store};
  return {being_merged(row) ? 'O' : 'o', TypeRank::origin};
}

Letter snapshot_part_target(const Row&, const LvUser&) { return {'s', TargetRank::snapshot}; }

char snapshot_part_state(const Row& row, const LvUser& use) {
  const SnapshotStatus* found =
      use.role == Role::snapshot_store ? status(row) : status_in<SnapshotStatus>(row.lv->live);
  if (found == nullptr) return '\0';
  const bool suspended = row.lv->live->info.suspended;
  if (found->state == State::invalid) return suspended ? 'S' : 'I';
  if (found->state == State::merge_failed) return suspended ? 'M' : 'm';
  return '\0';
}

void snapshot_part_roles(const Row& row, const LvUser& use, Value& out) {
  if (use.role == Role::snapshot_store) {
    out.add_item("snapshot");
    out.add_item("thicksnapshot");
    return;
  }
  if (!first_of_role(row, use)) return;
  out.add_item("origin");
  out.add_item("thickorigin");
  if (count_users(row, Role::snapshot_origin) > 1) out.add_item("multithickorigin");
}

void snapshot_part_head(const Row& row, const LvUser& use, std::string& out) {
  if (use.role == Role::snapshot_store) {
    const bool usable = row.lv->live != nullptr && !store_invalid(row);
    line(out, "LV snapshot status     {} destination for {}", usable ? "active" : "INACTIVE",
         plain_name(row, tie(row, use).origin));
    return;
  }
  if (!first_of_role(row, use)) return;
  line(out, "LV snapshot status     source of");
  for (const LvUser& other : row.source->users(*row.lv)) {
    if (other.role != Role::snapshot_origin) continue;
    const auto face = row.source->relations().face_of(other.user);
    if (face == model::Relations::kNone) continue;
    Row store = row;
    store.lv = &row.source->lvs()[face];
    const bool usable = store.lv->live != nullptr && !store_invalid(store);
    line(out, "                       {} [{}]", store.lv->lv->name, usable ? "active" : "INACTIVE");
  }
}

void snapshot_part_display(const Row& row, const LvUser& use, std::string& out) {
  if (use.role != Role::snapshot_store) return;
  const Snapshot& snapshot = tie(row, use);
  const auto& units = row.common().settings->units;
  const auto extents = lv_of(row).extents();
  line(out, "COW-table size         {}", units.long_text(row.vg().size_of(extents)));
  line(out, "COW-table LE           {}", extents.n);
  const SnapshotStatus* found = row.lv->live == nullptr ? nullptr : status(row);
  if (found != nullptr && found->state == State::good) {
    // Of a merge that still waits for its origin, LVM2 says that all is allocated.
    const bool waits = snapshot.merging && row.lv->live == row.lv->top;
    const bool none = found->metadata && *found->metadata == found->store.used;
    line(out, "Allocated to snapshot  {}%",
         waits ? "100.00" : share_text(none ? 0 : found->store.used, found->store.total));
  }
  line(out, "Snapshot chunk size    {}", units.long_text(snapshot.chunk_size));
}

void any_origin(const Row& row, Value& out) {
  if (const Snapshot* snapshot = store_of(row)) set_name(row, snapshot->origin, out);
}

void any_origin_uuid(const Row& row, Value& out) {
  if (const Snapshot* snapshot = store_of(row)) set_uuid(snapshot->origin, out);
}

// A snapshot is as large as its origin was when it was taken: as the volume that ties them.
void any_origin_size(const Row& row, Value& out) {
  const model::Lv* lv = nullptr;
  if (store_of(row) != nullptr) {
    for (const LvUser& use : row.source->users(*row.lv))
      if (use.role == Role::snapshot_store) lv = user_of(row, use).lv;
  } else if (is_thick_origin(row)) {
    lv = row.lv->lv;
  }
  // Shown as nothing, but 0 to selections, as in the reference.
  if (lv == nullptr)
    out.set_word("", 0);
  else
    out.set_size(row.vg().size_of(lv->extents()));
}

void any_merging(const Row& row, Value& out) { out.set_flag(row.source->in_vg() && being_merged(row)); }

void any_data_percent(const Row& row, Value& out) {
  const SnapshotStatus* found = row.lv->live == nullptr ? nullptr : status(row);
  if (found == nullptr || found->state == State::merge_failed) return;
  if (found->state == State::invalid || found->state == State::overflow)
    out.set_number(kPercentWhole);
  else if (found->metadata && *found->metadata == found->store.used)
    out.set_number(0);
  else
    set_share(out, found->store.used, found->store.total);
}

void any_chunk_size(const Row& row, Value& out) {
  const Snapshot* snapshot = row.segment == nullptr ? nullptr : store_of(row);
  out.set_size(snapshot == nullptr ? Sectors() : snapshot->chunk_size);
}

void any_merge_failed(const Row& row, Value& out) {
  const SnapshotStatus* found = status(row);
  if (found == nullptr)
    out.set_undefined();
  else
    out.set_flag(found->state == State::merge_failed);
}

void any_snapshot_invalid(const Row& row, Value& out) {
  const SnapshotStatus* found = status(row);
  if (found == nullptr)
    out.set_undefined();
  else
    out.set_flag(found->state == State::invalid);
}

namespace {
bool has_family(const Row& row, bool history) {
  return row.source->in_vg() && (!row.lv->lv->segments.empty() || (history && row.lv->gone != nullptr));
}
Family::Member member_of(const Row& row) { return {row.lv->position, row.lv->gone}; }
void ancestors(const Row& row, bool history, Value& out) {
  out.start_list();
  if (has_family(row, history)) Family(*row.source, history, out).add_ancestors(member_of(row));
}
void descendants(const Row& row, bool history, Value& out) {
  out.start_list();
  if (has_family(row, history)) Family(*row.source, history, out).add_descendants(member_of(row));
}
}  // namespace

void any_ancestors(const Row& row, Value& out) { ancestors(row, false, out); }
void any_full_ancestors(const Row& row, Value& out) { ancestors(row, true, out); }
void any_descendants(const Row& row, Value& out) { descendants(row, false, out); }
void any_full_descendants(const Row& row, Value& out) { descendants(row, true, out); }

}  // namespace lvm::report::kinds
