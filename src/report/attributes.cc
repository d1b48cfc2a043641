// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/attributes.h"

#include <array>

#include "model/names.h"
#include "report/kinds.h"
#include "report/live_table.h"

namespace lvm::report {
namespace {

using model::LvFlag;
using model::PvFlag;
using model::VgFlag;

const dm::Info* info(const Row& row) { return row.lv->live != nullptr ? &row.lv->live->info : nullptr; }

// The kind of the segment that names this LV.
const KindReport& kind_of_user(const Row& row, const LvUser& use) {
  return *kKindReports[row.vg().lvs[use.user].segments[use.segment].body.index()];
}

void consider(Letter& best, Letter other) {
  if (other.letter != '-' && other.rank < best.rank) best = other;
}

// What the LV itself and those that name it want to show, by rank.
Letter best_letter(const Row& row, Letter (*KindReport::*own)(const Row&),
                   Letter (*KindReport::*part)(const Row&, const LvUser&)) {
  Letter best;
  const KindReport* kind = kind_report(*row.lv->lv);
  if (kind != nullptr && kind->*own != nullptr) consider(best, (kind->*own)(row));
  for (const LvUser& use : row.source->users(*row.lv)) {
    const KindReport& above = kind_of_user(row, use);
    if (above.*part != nullptr) consider(best, (above.*part)(row, use));
  }
  return best;
}

// The first letter that is not '-': of the LV itself, then of those that name it.
char first_letter(const Row& row, char (*KindReport::*own)(const Row&),
                  char (*KindReport::*part)(const Row&, const LvUser&)) {
  const KindReport* kind = kind_report(*row.lv->lv);
  if (kind != nullptr && kind->*own != nullptr)
    if (const char letter = (kind->*own)(row); letter != '-' && letter != '\0') return letter;
  for (const LvUser& use : row.source->users(*row.lv)) {
    const KindReport& above = kind_of_user(row, use);
    if (above.*part == nullptr) continue;
    if (const char letter = (above.*part)(row, use); letter != '-' && letter != '\0') return letter;
  }
  return '\0';
}

char volume_type(const Row& row) {
  const auto& lv = *row.lv->lv;
  if (lv.flags.has(LvFlag::pvmove)) return 'p';
  Letter best = best_letter(row, &KindReport::volume_type, &KindReport::part_volume_type);
  if (lv.flags.has(LvFlag::cache_vol)) consider(best, {'C', TypeRank::cache});
  if (is_pool_spare(row)) consider(best, {'e', TypeRank::metadata});
  return best.letter;
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
  if (!live_state_known(row) || foreign_target(row)) return 'X';
  const dm::Info* live = info(row);
  if (live == nullptr) return '-';
  if (live->live_table)
    if (const char letter = first_letter(row, &KindReport::state, &KindReport::part_state); letter != '\0')
      return letter;
  if (live->suspended) return 's';
  if (live->live_table) return 'a';
  return live->inactive_table ? 'i' : 'd';
}

char open_state(const Row& row) {
  if (!live_state_known(row) || foreign_target(row)) return 'X';
  const dm::Info* live = info(row);
  return live != nullptr && live->open_count > 0 ? 'o' : '-';
}

char target_type(const Row& row) {
  if (row.lv->lv->has_unknown_segments()) return 'u';
  if (row.lv->lv->flags.has(LvFlag::pvmove)) return 'm';
  Letter best = best_letter(row, &KindReport::target_type, &KindReport::part_target_type);
  if (row.lv->lv->flags.has(LvFlag::cache_vol)) consider(best, {'C', TargetRank::cache});
  return best.letter;
}

char zeroes(const Row& row) {
  const KindReport* kind = kind_report(*row.lv->lv);
  return kind != nullptr && kind->zeroes != nullptr ? kind->zeroes(row) : '-';
}

char health(const Row& row) {
  if (row.source->partial(*row.lv)) return 'p';
  const char letter = first_letter(row, &KindReport::health, &KindReport::part_health);
  if (letter != '\0') return letter;
  return foreign_target(row) ? 'X' : '-';
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

bool is_pool_spare(const Row& row) { return model::is_pool_spare(*row.lv->lv) && row.source->users(*row.lv).empty(); }

std::string_view health_text(const Row& row) {
  if (row.source->partial(*row.lv)) return "partial";
  const KindReport* kind = kind_report(*row.lv->lv);
  if (kind != nullptr && kind->health_text != nullptr)
    if (const auto text = kind->health_text(row); !text.empty()) return text;
  for (const LvUser& use : row.source->users(*row.lv)) {
    const KindReport& above = kind_of_user(row, use);
    if (above.part_health_text == nullptr) continue;
    if (const auto text = above.part_health_text(row, use); !text.empty()) return text;
  }
  return {};
}

bool live_state_known(const Row& row) { return row.common().world->dm_available; }

void append_lv_attr(std::string& out, const Row& row) {
  if (row.lv->gone != nullptr) out += "----h-----";
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
