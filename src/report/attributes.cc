// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/attributes.h"

#include <array>

#include "report/kinds.h"

namespace lvm::report {
namespace {

using model::LvFlag;
using model::PvFlag;
using model::VgFlag;

const dm::Info* info(const Row& row) { return row.lv->live != nullptr ? &row.lv->live->info : nullptr; }

const LvUser* user(const Row& row) { return row.source->user(*row.lv); }

// The kind whose segment uses this LV.
const KindReport& kind_of_user(const Row& row, const LvUser& use) {
  return *kKindReports[row.vg().lvs[use.lv].segments[use.segment].body.index()];
}

char volume_type(const Row& row) {
  if (row.lv->lv->flags.has(LvFlag::pvmove)) return 'p';
  const KindReport* kind = kind_report(*row.lv->lv);
  if (kind != nullptr && kind->volume_type != nullptr)
    if (const char letter = kind->volume_type(row); letter != '-') return letter;
  if (const LvUser* use = user(row)) {
    const KindReport& above = kind_of_user(row, *use);
    if (above.part_volume_type != nullptr) return above.part_volume_type(row, *use);
  }
  return '-';
}

char permissions(const Row& row) {
  const auto& lv = *row.lv->lv;
  if (lv.flags.has(LvFlag::pvmove)) return '-';
  char letter = '-';
  if (lv.flags.has(LvFlag::write))
    letter = 'w';
  else if (lv.flags.has(LvFlag::read))
    letter = 'r';
  const dm::Info* live = info(row);
  if (live != nullptr && letter != 'r' && live->read_only) return 'R';
  return letter;
}

char allocation(const Row& row) {
  const char letter = allocation_letter(row.lv->lv->allocation);
  return row.lv->lv->flags.has(LvFlag::locked) ? static_cast<char>(letter - 'a' + 'A') : letter;
}

char fixed_minor(const Row& row) { return row.lv->lv->flags.has(LvFlag::fixed_minor) ? 'm' : '-'; }

char state(const Row& row) {
  if (!live_state_known(row)) return 'X';
  const dm::Info* live = info(row);
  if (live == nullptr) return '-';
  const KindReport* kind = kind_report(*row.lv->lv);
  if (live->live_table && kind != nullptr && kind->state != nullptr)
    if (const char letter = kind->state(row); letter != '\0') return letter;
  if (live->suspended) return 's';
  if (live->live_table) return 'a';
  return live->inactive_table ? 'i' : 'd';
}

char open_state(const Row& row) {
  if (!live_state_known(row)) return 'X';
  const dm::Info* live = info(row);
  return live != nullptr && live->open_count > 0 ? 'o' : '-';
}

char target_type(const Row& row) {
  const KindReport* kind = kind_report(*row.lv->lv);
  if (row.lv->lv->has_unknown_segments()) return 'u';
  if (kind != nullptr && kind->target_type != nullptr)
    if (const char letter = kind->target_type(row); letter != '-') return letter;
  if (const LvUser* use = user(row)) {
    const KindReport& above = kind_of_user(row, *use);
    if (above.part_target_type != nullptr) return above.part_target_type(row, *use);
  }
  return '-';
}

char zeroes(const Row& row) {
  const KindReport* kind = kind_report(*row.lv->lv);
  return kind != nullptr && kind->zeroes != nullptr ? kind->zeroes(row) : '-';
}

char health(const Row& row) {
  if (row.source->partial(*row.lv)) return 'p';
  const KindReport* kind = kind_report(*row.lv->lv);
  if (kind != nullptr && kind->health != nullptr)
    if (const char letter = kind->health(row); letter != '-') return letter;
  if (const LvUser* use = user(row)) {
    const KindReport& above = kind_of_user(row, *use);
    if (above.part_health != nullptr) return above.part_health(row, *use);
  }
  return '-';
}

char activation_skip(const Row& row) { return row.lv->lv->flags.has(LvFlag::activation_skip) ? 'k' : '-'; }

// One function for each position of lv_attr.
constexpr std::array<char (*)(const Row&), 10> kLvAttr = {
    volume_type, permissions, allocation, fixed_minor, state, open_state, target_type, zeroes, health, activation_skip,
};

}  // namespace

std::string_view allocation_name(model::Allocation allocation) {
  constexpr std::array<std::string_view, 5> kNames = {"contiguous", "cling", "normal", "anywhere", "inherit"};
  return kNames[static_cast<std::size_t>(allocation)];
}

char allocation_letter(model::Allocation allocation) {
  constexpr std::string_view kLetters = "clnai";
  return kLetters[static_cast<std::size_t>(allocation)];
}

bool live_state_known(const Row& row) { return row.common().world->dm_available; }

void append_lv_attr(std::string& out, const Row& row) {
  if (!row.lv->lv->id) return;
  for (const auto position : kLvAttr) out += position(row);
}

void append_vg_attr(std::string& out, const Row& row) {
  const auto& vg = row.vg();
  const bool exists = row.source->in_vg();
  out += vg.flags.has(VgFlag::write) ? 'w' : 'r';
  out += vg.flags.has(VgFlag::resizeable) ? 'z' : '-';
  out += vg.flags.has(VgFlag::exported) ? 'x' : '-';
  out += row.source->partial() ? 'p' : '-';
  out += exists ? allocation_letter(vg.allocation) : '-';
  if (vg.flags.has(VgFlag::clustered))
    out += 'c';
  else
    out += vg.shared() ? 's' : '-';
}

void append_pv_attr(std::string& out, const Row& row) {
  const PvEntry& pv = *row.pv;
  const bool used = pv.pv != nullptr || (pv.label != nullptr && pv.label->used);
  if (pv.duplicate)
    out += 'd';
  else if (pv.pv != nullptr && pv.pv->flags.has(PvFlag::allocatable))
    out += 'a';
  else
    out += used ? 'u' : '-';
  out += pv.pv != nullptr && (row.vg().exported() || pv.pv->flags.has(PvFlag::exported)) ? 'x' : '-';
  out += pv.missing() ? 'm' : '-';
}

}  // namespace lvm::report
