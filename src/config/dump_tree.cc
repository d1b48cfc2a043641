// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/dump_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace lvm::config {

using syntax::Kind;
using syntax::Node;

Entry* Entry::child(std::string_view wanted) {
  auto found = std::ranges::find(children, wanted, &Entry::name);
  return found == children.end() ? nullptr : &*found;
}

const Entry* Entry::find(std::string_view path) const {
  const Entry* at = this;
  while (at != nullptr && !path.empty()) {
    std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    auto found = std::ranges::find(at->children, part, &Entry::name);
    at = found == at->children.end() ? nullptr : &*found;
  }
  return at;
}

namespace {

// What a release has: settings it knew and, unless asked for, not those it had dropped.
bool wanted(const Row& setting, const TreeRequest& request) {
  bool values = request.type == DumpType::full || request.type == DumpType::diff || request.type == DumpType::added;
  if (request.at < setting.since) return false;
  if (request.ignore_advanced && (setting.flags & kAdvanced) != 0) return false;
  if (request.ignore_unsupported && (setting.flags & kUnsupported) != 0) return false;
  if (request.ignore_local && (setting.path == "local" || setting.path.starts_with("local/"))) return false;
  if (values) return true;
  bool dropped = setting.deprecated != 0 && request.at >= setting.deprecated;
  if (dropped && !request.show_deprecated) return false;
  return (setting.flags & kUnsupported) == 0 || request.show_unsupported;
}

bool chosen(const Row& setting, const TreeRequest& request) {
  constexpr std::uint32_t kAnyProfile = kCommandProfile | kMetadataProfile;
  switch (request.type) {
    case DumpType::added:
      if ((setting.flags & kExtension) != 0) return false;
      return request.since != 0 ? setting.since >= request.since : setting.since == request.at;
    case DumpType::profilable: return (setting.flags & kAnyProfile) != 0;
    case DumpType::profilable_command: return (setting.flags & kCommandProfile) != 0;
    case DumpType::profilable_metadata: return (setting.flags & kMetadataProfile) != 0;
    default: return true;
  }
}

// `<tag>` is printed as tag: an example of a free name.
std::string display_name(std::string_view path, bool list) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (!list && name.starts_with('<')) name = name.substr(1, name.size() - 2);
  return std::string(name);
}

// Free names have an example where all there is gets printed.
bool keeps_examples(DumpType type) { return type == DumpType::standard || type == DumpType::list; }

Entry standard_tree(const TreeRequest& request) {
  Entry root;
  std::vector<Entry*> open{&root};
  std::vector<std::string_view> paths{""};
  for (std::size_t i = 0; i < kSettingCount; ++i) {
    const Row& setting = row(Key(i));
    while (!paths.back().empty() &&
           !(setting.path.starts_with(paths.back()) && setting.path[paths.back().size()] == '/')) {
      open.pop_back();
      paths.pop_back();
    }
    bool section = kSettingNames[i].type == Type::section;
    std::string_view parent = setting.path.substr(0, std::min(setting.path.rfind('/'), setting.path.size()));
    bool orphan = setting.path.contains('/') && paths.back() != parent;
    bool example = (setting.flags & kVariableName) != 0 && !keeps_examples(request.type);
    if (orphan || example || !wanted(setting, request) || (!section && !chosen(setting, request))) continue;
    Entry entry;
    entry.name = display_name(setting.path, request.type == DumpType::list);
    entry.row = &setting;
    entry.type = kSettingNames[i].type;
    open.back()->children.push_back(std::move(entry));
    if (!section) continue;
    open.push_back(&open.back()->children.back());
    paths.push_back(setting.path);
  }
  return root;
}

// Whether a section without entries says something: as an example of a free name, or as a name to choose.
bool stays_empty(const Entry& section, const TreeRequest& request) {
  if (section.row == nullptr || keeps_examples(request.type)) return true;
  bool chooses = request.type == DumpType::added || request.type == DumpType::profilable ||
                 request.type == DumpType::profilable_metadata;
  return chooses && section.row->path.contains('/') && chosen(*section.row, request);
}

void prune(Entry& section, const TreeRequest& request) {
  for (Entry& child : section.children)
    if (child.type == Type::section) prune(child, request);
  std::erase_if(section.children, [&request](const Entry& child) {
    if (child.type != Type::section) return false;
    return child.children.empty() && !stays_empty(child, request);
  });
}

Entry entry_of(Node node, const std::string& path) {
  Entry entry;
  entry.name = node.name();
  auto key = find_setting(path);
  if (key) entry.row = &row(*key);
  if (!node.is_section()) {
    entry.type = key ? key->type() : Type::string;
    entry.node = node;
    return entry;
  }
  entry.type = Type::section;
  for (Node child : node.children()) entry.children.push_back(entry_of(child, path + "/" + std::string(child.name())));
  return entry;
}

// Puts one over what stands there. What is new comes behind the first of its section: the order that LVM2 shows when
// it merges its files.
void merge(Entry& into, Entry&& add) {
  Entry* known = into.child(add.name);
  if (known == nullptr) {
    into.children.insert(into.children.begin() + (into.children.empty() ? 0 : 1), std::move(add));
  } else if (known->type == Type::section && add.type == Type::section) {
    for (Entry& child : add.children) merge(*known, std::move(child));
  } else {
    *known = std::move(add);
  }
}

void merge(Entry& into, Node root, bool with_tags) {
  for (Node node : root.children())
    if (with_tags || node.name() != "tags") merge(into, entry_of(node, std::string(node.name())));
}

// What the files say; or what a profile or --config says, alone or over the files.
Entry current_tree(const Config& config, const TreeRequest& request) {
  // What differs or holds is said of all layers together; what is missing, as what is set, of the uppermost.
  bool merged = request.merged || (request.type != DumpType::current && request.type != DumpType::missing);
  using Layer = Config::Layer;
  std::vector<Node> files, others;
  bool profile = false;  // the uppermost layer is one
  for (Layer layer : {Layer::lvm_conf, Layer::local_conf, Layer::tag_file})
    for (auto roots = config.roots(layer); Node root : std::views::reverse(roots)) files.push_back(root);
  for (Layer layer : {Layer::metadata_profile, Layer::command_profile, Layer::command_line}) {
    auto roots = config.roots(layer);
    if (!roots.empty() && !merged) others.clear();
    if (!roots.empty()) profile = layer != Layer::command_line;
    for (Node root : std::views::reverse(roots)) others.push_back(root);
  }
  Entry root;
  if (profile && !merged) {
    for (Node node : others.front().children()) root.children.push_back(entry_of(node, std::string(node.name())));
    return root;
  }
  if (others.empty() || merged) {
    // Tags are each file's own: they say which other files are read.
    for (Node file : files) merge(root, file, false);
    // LVM2 merges the files' settings once more below the others: their order turns round again.
    if (!others.empty()) {
      Entry again;
      for (Entry& child : root.children) merge(again, std::move(child));
      root = std::move(again);
    }
  }
  for (Node other : others) merge(root, other, true);
  if (request.ignore_local) std::erase_if(root.children, [](const Entry& e) { return e.name == "local"; });
  return root;
}

bool same_scalar(Node a, Node b) {
  if (a.string() && b.string()) return a.string() == b.string();
  return a.integer() && a.integer() == b.integer();
}

// Whether a value that was set says what the default says.
bool is_default(const Entry& entry, std::string_view system_dir) {
  if (entry.row == nullptr || (entry.row->flags & kNoDefault) != 0) return false;
  std::string text = "v=";
  if (entry.type == Type::string)
    text += fmt::format("'{}'", default_string(*entry.row, system_dir));
  else
    text += entry.row->value;
  auto document = syntax::Document::parse(std::move(text), "default");
  if (!document) return false;
  Node standard = document->root().first_child();
  if (entry.node.kind() != Kind::array && standard.kind() != Kind::array) return same_scalar(entry.node, standard);
  Node a = entry.node.kind() == Kind::array ? entry.node.first_child() : entry.node;
  Node b = standard.kind() == Kind::array ? standard.first_child() : standard;
  if (entry.node.kind() != Kind::array) return b && !b.next() && same_scalar(a, b);
  if (standard.kind() != Kind::array) return a && !a.next() && same_scalar(a, b);
  for (; a && b; a = a.next(), b = b.next())
    if (!same_scalar(a, b)) return false;
  return !a && !b;
}

void drop_defaults(Entry& section, std::string_view system_dir) {
  for (Entry& child : section.children)
    if (child.type == Type::section) drop_defaults(child, system_dir);
  std::erase_if(section.children, [system_dir](const Entry& child) {
    if (child.row == nullptr) return true;
    return child.type == Type::section ? child.children.empty() : is_default(child, system_dir);
  });
}

void drop_set(Entry& section, const Entry& set) {
  for (Entry& child : section.children)
    if (const Entry* other = set.find(child.name); other != nullptr && child.type == Type::section)
      drop_set(child, *other);
  std::erase_if(section.children,
                [&set](const Entry& child) { return child.type != Type::section && set.find(child.name) != nullptr; });
}

// Values that were set replace defaults; what the table does not know stays out.
void overlay(Entry& section, const Entry& set) {
  for (const Entry& child : set.children) {
    Entry* entry = section.child(child.name);
    if (entry == nullptr) {
      bool free = section.row != nullptr && section.row->path == "allocation/cache_settings";
      if (child.row != nullptr || free) section.children.push_back(child);
    } else if (child.type == Type::section) {
      overlay(*entry, child);
    } else {
      entry->node = child.node;
    }
  }
}

}  // namespace

std::string default_string(const Row& row, std::string_view system_dir) {
  constexpr std::string_view kMark = "$SYSTEM_DIR";
  std::string out(row.value);
  if (out.starts_with(kMark)) out.replace(0, kMark.size(), system_dir);
  return out;
}

Entry build_tree(const Config& config, const TreeRequest& request) {
  if (request.type == DumpType::current) return current_tree(config, request);
  if (request.type == DumpType::diff) {
    Entry set = current_tree(config, request);
    drop_defaults(set, config.system_dir());
    return set;
  }
  Entry root = standard_tree(request);
  if (request.type == DumpType::missing) drop_set(root, current_tree(config, request));
  prune(root, request);
  if (request.type == DumpType::full) overlay(root, current_tree(config, request));
  return root;
}

}  // namespace lvm::config
