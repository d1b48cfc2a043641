// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "dm/status.h"
#include "model/segment.h"
#include "report/kind_report.h"
#include "report/source.h"

// What the kinds share.
namespace lvm::report::kinds {

inline const model::Lv& lv_of(const Row& row) { return *row.lv->lv; }

// The body of the LV's first segment; null for another kind.
template <class T>
const T* body_of(const model::Lv& lv) {
  return lv.segments.empty() ? nullptr : std::get_if<T>(&lv.segments.front().body);
}
template <class T>
const T* body_of(const Row& row) {
  return body_of<T>(lv_of(row));
}
// Of the row's segment.
template <class T>
const T* segment_body(const Row& row) {
  return row.segment == nullptr ? nullptr : std::get_if<T>(&row.segment->body);
}

// The first status of this type that a live device has; null for none.
template <class T>
const T* status_in(const world::LiveDevice* live) {
  if (live == nullptr) return nullptr;
  for (const dm::Status& status : live->status)
    if (const T* found = std::get_if<T>(&status.body)) return found;
  return nullptr;
}
// Of the LV: of its own device, or of that below the snapshots' layer.
template <class T>
const T* status_of(const Row& row, const LvEntry& lv) {
  if (const T* found = status_in<T>(lv.live)) return found;
  return lv.live == nullptr ? nullptr : status_in<T>(row.source->layer(lv, "real"));
}
template <class T>
const T* status_of(const Row& row) {
  return status_of<T>(row, *row.lv);
}

// The LV that a relation goes to.
inline const LvEntry& user_of(const Row& row, const LvUser& use) { return row.source->lvs()[use.user]; }

// True for the first of an LV's users in this role: what is said once for all of them is said there.
bool first_of_role(const Row& row, const LvUser& use);
std::size_t count_users(const Row& row, model::Role role);

// A share that is neither nothing nor all is never shown as such.
void set_share(Value& out, std::uint64_t part, std::uint64_t whole);
std::string share_text(std::uint64_t part, std::uint64_t whole);

// Another LV's name, in brackets when it is hidden; its identifier. Nothing when there is no such LV.
void set_name(const Row& row, LvId id, Value& out);
void set_uuid(LvId id, Value& out);
std::string_view plain_name(const Row& row, LvId id);

// The words of kernel modules, sorted: of the LV and of all it stands on.
void modules(const Row& row, Value& out);

template <class... Arguments>
void line(std::string& out, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  out += "  ";
  fmt::format_to(std::back_inserter(out), text, std::forward<Arguments>(arguments)...);
  out += '\n';
}

}  // namespace lvm::report::kinds
