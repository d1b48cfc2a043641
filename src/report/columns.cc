// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lvm::report {
namespace {

constexpr std::array<std::string_view, 7> kKindNames = {"pv", "vg", "lv", "seg", "pvseg", "log", "devtype"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `name` is `prefix` + `given` when case and underscores are left out of account.
bool same_name(std::string_view name, std::string_view prefix, std::string_view given) {
  std::size_t at = 0;
  const auto take = [&](std::string_view part) {
    for (const char c : part) {
      if (c == '_') continue;
      while (at < name.size() && name[at] == '_') ++at;
      if (at == name.size() || name[at] != lower(c)) return false;
      ++at;
    }
    return true;
  };
  if (!take(prefix) || !take(given)) return false;
  while (at < name.size() && name[at] == '_') ++at;
  return at == name.size();
}

bool main_kind(Kind kind) { return kind != Kind::log && kind != Kind::device_type; }

bool may_stand_in(Kind kind, Group group) {
  if (group == Group::special) return true;
  if (group == Group::log) return kind == Kind::log;
  if (group == Group::device_type) return kind == Kind::device_type;
  return main_kind(kind);
}

std::string_view own_prefix(Kind kind) {
  switch (kind) {
    case Kind::pv: return "pv_";
    case Kind::vg: return "vg_";
    case Kind::lv: return "lv_";
    case Kind::segment: return "seg_";
    case Kind::pv_segment: return "pvseg_";
    case Kind::log: return "log_";
    case Kind::device_type: return "devtype_";
  }
  return {};
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (comma > 0) items.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return items;
}

using Groups = std::uint32_t;
constexpr Groups bit(Group group) { return Groups{1} << static_cast<unsigned>(group); }
constexpr Groups kLvGroups = bit(Group::lv) | bit(Group::lv_info) | bit(Group::lv_status) | bit(Group::lv_attr);

// The groups that `all` means in a report on its own.
Groups own_groups(Kind kind) {
  switch (kind) {
    case Kind::pv: return bit(Group::label) | bit(Group::pv);
    case Kind::vg: return bit(Group::vg);
    case Kind::lv: return kLvGroups;
    case Kind::segment: return bit(Group::segment);
    case Kind::pv_segment: return bit(Group::pv_segment);
    case Kind::log: return bit(Group::log);
    case Kind::device_type: return bit(Group::device_type);
  }
  return 0;
}

// The groups behind "all" or "lv_all"...; 0 for any other name.
Groups named_groups(Kind kind, std::string_view name, Groups all) {
  if (same_name("all", "", name)) return all;
  Groups found = 0;
  for (const auto section : field_sections()) {
    const Group group = section.front().group;
    const auto& text = group_text(group);
    if (!text.all.empty() && may_stand_in(kind, group) && same_name(text.all, "", name)) found |= bit(group);
  }
  return found;
}

void add_groups(Groups groups, std::vector<const Field*>& out) {
  for (const auto section : field_sections())
    if ((groups & bit(section.front().group)) != 0)
      for (const Field& field : section) out.push_back(&field);
}

std::unexpected<Error> unrecognised(std::string_view name) {
  return fail(Code::not_found, fmt::format("Unrecognised field: {}", name));
}

Result<std::vector<SortKey>> parse_keys(Kind kind, std::string_view list) {
  std::vector<SortKey> keys;
  for (std::string_view name : split(list)) {
    SortKey key;
    const std::string_view given = name;
    if (name.front() == '+' || name.front() == '-') {
      key.descending = name.front() == '-';
      name.remove_prefix(1);
    }
    key.field = find_field(kind, name);
    if (key.field == nullptr) return unrecognised(given == name ? name : given.substr(1));
    keys.push_back(key);
  }
  return keys;
}

// Applies the -o values one after the other. Names to take away are compared as they were written.
struct Lists {
  std::vector<std::string_view> names, compact;
};

Result<Lists> gather(Kind kind, std::string_view defaults, std::span<const std::string> options) {
  Lists lists{split(defaults), {}};
  for (std::string_view option : options) {
    if (option.empty()) return fail(Code::usage, fmt::format("Invalid options string: {}", option));
    const char sign = option.front();
    if (sign == '+' || sign == '-' || sign == '#') option.remove_prefix(1);
    const auto items = split(option);
    if (sign == '+') {
      lists.names.insert(lists.names.end(), items.begin(), items.end());
    } else if (sign == '-') {
      std::erase_if(lists.names, [&](std::string_view name) {
        const Field* field = find_field(kind, name);
        return std::any_of(items.begin(), items.end(), [&](std::string_view item) {
          return item == name || (field != nullptr && field == find_field(kind, item));
        });
      });
    } else if (sign == '#') {
      lists.compact = items;
    } else {
      lists.names = items;
    }
  }
  return lists;
}

}  // namespace

std::string_view kind_name(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> find_kind_by_name(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i)
    if (kKindNames[i] == name) return static_cast<Kind>(i);
  return std::nullopt;
}

const Field* find_field(Kind kind, std::string_view name) {
  for (const std::string_view prefix : {std::string_view(), own_prefix(kind)})
    for (const auto section : field_sections()) {
      if (!may_stand_in(kind, section.front().group)) continue;
      for (const Field& field : section)
        if (same_name(field.name, prefix, name)) return &field;
    }
  return nullptr;
}

Result<Columns> parse_columns(Kind kind, std::string_view defaults, std::span<const std::string> options,
                              std::string_view default_sort, std::span<const std::string> sorts) {
  Columns columns;
  const Lists lists = TRY(gather(kind, defaults, options));
  auto keys = TRY(parse_keys(kind, sorts.empty() ? default_sort : std::string_view(sorts.back())));
  columns.keys = std::move(keys);

  // `all` covers whatever else the report speaks of.
  Groups all = own_groups(kind);
  for (const auto& key : columns.keys) all |= bit(key.field->group);
  for (const auto name : lists.names) {
    if (const Field* field = find_field(kind, name))
      all |= bit(field->group);
    else
      all |= named_groups(kind, name, 0);
  }
  all &= ~bit(Group::special);

  for (const auto name : lists.names) {
    if (name == "?" || same_name("help", "", name)) {
      columns.help = true;
    } else if (const Field* field = find_field(kind, name)) {
      columns.shown.push_back(field);
    } else if (const Groups groups = named_groups(kind, name, all); groups != 0) {
      add_groups(groups, columns.shown);
    } else {
      return unrecognised(name);
    }
  }
  for (const auto name : lists.compact) {
    if (const Field* field = find_field(kind, name))
      columns.compact.push_back(field);
    else
      columns.warnings.push_back(fmt::format("Unrecognised field to compact: {}", name));
  }
  return columns;
}

}  // namespace lvm::report
