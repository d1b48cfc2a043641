// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/kinds/integrity.h"

#include "report/kinds/support.h"

namespace lvm::report::kinds {
namespace {
using model::Integrity;
using model::Role;
const dm::IntegrityStatus* status(const Row& row) { return status_of<dm::IntegrityStatus>(row); }
}  // namespace

Letter integrity_type(const Row&) { return {'g', TypeRank::integrity}; }
void integrity_layout(const Row&, Value& out) { out.add_item("integrity"); }
void integrity_map(const Row&, const model::Segment&, std::string&) {}

Letter integrity_part_type(const Row&, const LvUser& use) {
  if (use.role == Role::integrity_metadata) return {'e', TypeRank::metadata};
  return {};
}

void integrity_part_roles(const Row&, const LvUser& use, Value& out) {
  out.add_item("integrity");
  if (use.role == Role::integrity_metadata) {
    out.add_item("metadata");
    return;
  }
  out.add_item("origin");
  out.add_item("integrityorigin");
}

void integrity_origin(const Row& row, Value& out) { set_name(row, body_of<Integrity>(row)->origin, out); }
void integrity_origin_uuid(const Row& row, Value& out) { set_uuid(body_of<Integrity>(row)->origin, out); }

void integrity_copy_percent(const Row& row, Value& out) {
  const auto* integrity = status(row);
  if (integrity == nullptr || !integrity->recalculated || *integrity->recalculated == 0) return;
  set_share(out, *integrity->recalculated, integrity->provided);
}

void integrity_mode(const Row& row, Value& out) {
  out.set_text(body_of<Integrity>(row)->mode == "B" ? "bitmap" : "journal");
}
void integrity_block(const Row& row, Value& out) { out.set_number(body_of<Integrity>(row)->block_size); }
void integrity_mismatches(const Row& row, Value& out) {
  if (const auto* integrity = status(row)) out.set_number(integrity->mismatches);
}

}  // namespace lvm::report::kinds
