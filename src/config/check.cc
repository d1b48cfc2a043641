// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/check.h"

#include <fmt/format.h>

#include "config/row.h"

namespace lvm::config {

namespace {

using syntax::Kind;
using syntax::Node;

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::section: return "section";
    case Kind::string:
    case Kind::word: return "string";
    case Kind::integer: return "integer";
    case Kind::real: return "float";
    case Kind::array: return "array";
  }
  return "";
}

std::string expected(Key key) {
  switch (key.type()) {
    case Type::section: return "section";
    case Type::boolean: return "boolean";
    case Type::integer: return "integer";
    case Type::real: return "float";
    case Type::string: return "string";
    case Type::array:
      return fmt::format("array with values of type:{} string", row(key).flags & kIntegersToo ? " integer" : "");
  }
  return {};
}

// An array of one stands for its element, as in LVM2.
Node scalar(Node value) {
  if (value.kind() == Kind::array && value.child_count() == 1) return value.first_child();
  return value;
}

std::string wrong_type(Key key, std::string_view path, Kind found) {
  return fmt::format("WARNING: Configuration setting \"{}\" has invalid type. Found {} but expected {}.", path,
                     kind_name(found), expected(key));
}

std::optional<std::string> element_problem(Key key, std::string_view path, Node element) {
  bool integer_fits = (row(key).flags & kIntegersToo) != 0;
  if (!element.string() && !(integer_fits && element.integer())) return wrong_type(key, path, element.kind());
  if (element.string() && element.string()->empty() && (row(key).flags & kEmptyAllowed) == 0)
    return fmt::format("Configuration setting \"{}\" invalid. It cannot be set to an empty value.", path);
  return std::nullopt;
}

std::optional<std::string> array_problem(Key key, std::string_view path, Node value) {
  if (value.kind() != Kind::array) return element_problem(key, path, value);
  if (!value.first_child() && (row(key).flags & kEmptyAllowed) == 0)
    return fmt::format("Configuration setting \"{}\" invalid. Empty value not allowed.", path);
  for (Node element : value.children())
    if (auto problem = element_problem(key, path, element)) return problem;
  return std::nullopt;
}

std::optional<std::string> flag_problem(Key key, std::string_view path, Node value) {
  if (value.integer()) return std::nullopt;
  auto text = value.string();
  if (!text) return wrong_type(key, path, value.kind());
  if (parse_flag(*text)) return std::nullopt;
  return fmt::format(
      "Configuration setting \"{}\" invalid. Found string value \"{}\", expected boolean value: 0/1, "
      "\"y/n\", \"yes/no\", \"on/off\", \"true/false\".",
      path, *text);
}

void check_section(Node section, const std::string& prefix, std::vector<Assignment>& good,
                   std::vector<std::string>& problems) {
  for (Node child : section.children()) {
    std::string path = prefix + std::string(child.name());
    auto key = find_setting(path);
    if (child.is_section()) {
      if (!key || key->type() != Type::section) {
        problems.push_back(fmt::format("Configuration section \"{}\" unknown.", path));
        continue;
      }
      good.push_back({*key, child});
      // What cache policies accept is for the kernel to know.
      if (path != "allocation/cache_settings") check_section(child, path + "/", good, problems);
    } else if (prefix.empty()) {
      problems.push_back(fmt::format("Configuration setting \"{}\" invalid. It's not part of any section.", path));
    } else if (!key || key->type() == Type::section) {
      problems.push_back(fmt::format("Configuration setting \"{}\" unknown.", path));
    } else if (auto problem = type_problem(*key, path, child)) {
      problems.push_back(std::move(*problem));
    } else {
      good.push_back({*key, child});
    }
  }
}

}  // namespace

std::optional<bool> parse_flag(std::string_view text) {
  for (std::string_view yes : {"y", "yes", "on", "true", "1"})
    if (text == yes) return true;
  for (std::string_view no : {"n", "no", "off", "false", "0"})
    if (text == no) return false;
  return std::nullopt;
}

std::optional<std::string> type_problem(Key key, std::string_view path, Node value) {
  if (key.type() == Type::array) return array_problem(key, path, value);
  Node one = scalar(value);
  switch (key.type()) {
    case Type::boolean: return flag_problem(key, path, one);
    case Type::integer:
      if (!one.integer()) return wrong_type(key, path, one.kind());
      break;
    case Type::real:
      if (!one.integer() && !one.real()) return wrong_type(key, path, one.kind());
      break;
    case Type::string: return element_problem(key, path, one);
    default: break;
  }
  return std::nullopt;
}

std::vector<Assignment> check_document(const syntax::Document& document, std::vector<std::string>& problems) {
  std::vector<Assignment> good;
  check_section(document.root(), "", good, problems);
  return good;
}

std::vector<std::string> profile_problems(const syntax::Document& document, ProfileKind kind) {
  std::vector<std::string> problems;
  std::uint32_t wanted = kind == ProfileKind::command ? kCommandProfile : kMetadataProfile;
  std::string_view name = kind == ProfileKind::command ? "command" : "metadata";
  std::string_view other = kind == ProfileKind::command ? "metadata" : "command";
  for (const Assignment& assignment : check_document(document, problems)) {
    const Row& setting = row(assignment.key);
    bool section = assignment.key.type() == Type::section;
    if (section && !setting.path.contains('/')) continue;
    if ((setting.flags & wanted) != 0) continue;
    const std::string place = fmt::format("({}:{})", document.source(), assignment.node.line());
    if ((setting.flags & (kCommandProfile | kMetadataProfile)) != 0)
      problems.push_back(fmt::format("Configuration {} \"{}\" is customizable by {} profile only, not {} profile. {}",
                                     section ? "section" : "option", setting.path, other, name, place));
    else
      problems.push_back(fmt::format("Configuration {} \"{}\" is not customizable by a profile. {}",
                                     section ? "section" : "option", setting.path, place));
  }
  return problems;
}

}  // namespace lvm::config
