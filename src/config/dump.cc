// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/build_marks.h"
#include "config/dump_tree.h"
#include "config/preambles.h"
#include "config/row.h"
#include "syntax/printer.h"

namespace lvm::config {

using syntax::Kind;
using syntax::Node;

namespace {

// The release whose settings the table has.
constexpr std::uint32_t kThisVersion = version(2, 3, 16);
constexpr std::size_t kCommentWidth = 76;

constexpr std::pair<std::string_view, DumpType> kTypes[] = {
    {"current", DumpType::current},
    {"default", DumpType::standard},
    {"diff", DumpType::diff},
    {"full", DumpType::full},
    {"list", DumpType::list},
    {"missing", DumpType::missing},
    {"new", DumpType::added},
    {"profilable", DumpType::profilable},
    {"profilable-command", DumpType::profilable_command},
    {"profilable-metadata", DumpType::profilable_metadata},
};

// "2.3.12", or with the release as LVM2 prints it: "2.02.169(2)".
Result<std::uint32_t> parse_version(std::string_view text) {
  std::array<std::uint32_t, 3> parts{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto [next, problem] = std::from_chars(at, end, parts[i]);
    bool last = i + 1 == parts.size();
    if (problem != std::errc() || parts[i] > 999 || (!last && (next == end || *next != '.')))
      return fail(Code::usage, "Incorrect version format.");
    at = next + (last ? 0 : 1);
  }
  if (at != end && *at != '(') return fail(Code::usage, "Incorrect version format.");
  return version(parts[0], parts[1], parts[2]);
}

std::string version_text(std::uint32_t number) {
  return fmt::format("{}.{}.{}", number / 1000000, number / 1000 % 1000, number % 1000);
}

class Writer {
 public:
  explicit Writer(const DumpOptions& options, const std::string& system_dir)
      : options_(options), system_dir_(system_dir) {}

  void entry(const Entry& entry, std::size_t depth, bool commented);
  void list(const Entry& entry);
  std::string take() { return std::move(out_); }
  void preamble(std::string_view text);

 private:
  void line(std::size_t depth, std::string_view mark, std::string_view text);
  void documentation(const Entry& entry, std::size_t depth);
  void paragraph(std::size_t depth, std::string_view text);
  std::string value(const Entry& entry) const;
  std::string default_value(const Entry& entry) const;
  std::string node_value(Node node) const;
  std::string scalar(Node node) const;

  const DumpOptions& options_;
  std::string system_dir_;
  std::string out_;
};

void Writer::line(std::size_t depth, std::string_view mark, std::string_view text) {
  out_.append(depth, '\t');
  out_.append(mark);
  out_.append(text);
  out_.push_back('\n');
}

// One line of prose as many lines; those that begin with blanks keep them on the lines that follow.
void Writer::paragraph(std::size_t depth, std::string_view text) {
  std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
  std::string current(text.substr(0, indent));
  text.remove_prefix(indent);
  // Columns of a table keep their distance: such a line is not refilled.
  if (indent != 0 || text.size() + indent <= kCommentWidth) {
    current.append(text);
  } else {
    while (!text.empty()) {
      std::string_view word = text.substr(0, text.find(' '));
      text.remove_prefix(std::min(word.size() + 1, text.size()));
      if (!current.empty() && current.size() + 1 + word.size() > kCommentWidth) {
        line(depth, "# ", current);
        current.clear();
      }
      if (!current.empty()) current.push_back(' ');
      current.append(word);
    }
  }
  line(depth, current.empty() ? "#" : "# ", current);
}

void Writer::documentation(const Entry& entry, std::size_t depth) {
  if (entry.row == nullptr) return;
  const Row& setting = *entry.row;
  if (options_.with_comments || options_.with_summary) {
    out_.push_back('\n');
    std::string_view kind = entry.type == Type::section ? "Section" : "Setting";
    line(depth, "# ", fmt::format("{} {}.", kind, setting.path));
    paragraph(depth, setting.summary);
    std::string_view rest = options_.with_comments ? setting.comment : std::string_view();
    while (!rest.empty()) {
      std::string_view one = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      paragraph(depth, one);
    }
    if ((setting.flags & kAdvanced) != 0) line(depth, "# ", "For experts.");
    if ((setting.flags & kDeprecated) != 0) line(depth, "# ", "Without effect today.");
    if ((setting.flags & kUnread) != 0 && (setting.flags & kDeprecated) == 0)
      line(depth, "# ", "Known for the sake of LVM2's files; nothing depends on it.");
    if ((setting.flags & kUnsupported) != 0) line(depth, "# ", "Not supported.");
    if ((setting.flags & kVariableName) != 0) line(depth, "# ", "The section's name is free.");
    if ((setting.flags & kExtension) != 0) line(depth, "# ", "Not a setting of LVM2.");
    if ((setting.flags & kNoDefault) != 0) line(depth, "# ", "Not set by default.");
  }
  if (!options_.with_versions) return;
  line(depth, "# ", fmt::format("Since version {}.", version_text(setting.since)));
  if (setting.deprecated != 0) line(depth, "# ", fmt::format("Deprecated since {}.", version_text(setting.deprecated)));
}

std::string Writer::scalar(Node node) const {
  std::string out;
  if (auto text = node.string()) {
    syntax::append_quoted(out, *text);
  } else if (auto number = node.integer()) {
    out = std::to_string(*number);
  } else if (auto real = node.real()) {
    out = fmt::format("{:f}", *real);
  }
  return out;
}

std::string Writer::node_value(Node node) const {
  if (node.kind() != Kind::array) return scalar(node);
  if (!node.first_child()) return options_.with_spaces ? "[ ]" : "[]";
  std::string_view space = options_.with_spaces ? " " : "";
  std::string out = fmt::format("[{}", space);
  for (Node element : node.children()) {
    out += scalar(element);
    if (element.next()) out += fmt::format(",{}", space);
  }
  return fmt::format("{}{}]", out, space);
}

std::string Writer::default_value(const Entry& entry) const {
  std::string_view text = entry.row->value;
  const auto* mark = std::ranges::find(kBuildMarks, entry.row->path, &BuildMark::path);
  if (options_.unconfigured && mark != std::end(kBuildMarks))
    return entry.type == Type::string ? fmt::format("\"{}\"", mark->mark) : std::string(mark->mark);
  if (entry.type == Type::string) {
    std::string out;
    syntax::append_quoted(out, default_string(*entry.row, system_dir_));
    return out;
  }
  if (entry.type != Type::array) return std::string(text);
  auto document = syntax::Document::parse(fmt::format("v={}", text), "default");
  return document ? node_value(document->root().first_child()) : std::string(text);
}

std::string Writer::value(const Entry& entry) const {
  if (!entry.node) return default_value(entry);
  // LVM2 prints a list of one that was set without its brackets.
  if (entry.node.kind() == Kind::array && entry.node.child_count() == 1) return scalar(entry.node.first_child());
  return node_value(entry.node);
}

void Writer::entry(const Entry& entry, std::size_t depth, bool commented) {
  bool behind = commented && entry.row != nullptr && (entry.row->flags & kCommented) != 0 && !entry.node;
  std::string_view mark = behind ? "# " : "";
  documentation(entry, depth);
  if (entry.type == Type::section) {
    line(depth, mark, entry.name + " {");
    for (const Entry& child : entry.children) {
      bool unknown = child.row == nullptr && entry.row != nullptr && entry.row->path != "allocation/cache_settings";
      if (!unknown) this->entry(child, depth + 1, commented);
    }
    line(depth, mark, "}");
  } else if (entry.has_value()) {
    line(depth, mark, fmt::format("{}{}{}", entry.name, options_.with_spaces ? " = " : "=", value(entry)));
  }
}

void Writer::list(const Entry& entry) {
  for (const Entry& child : entry.children) list(child);
  if (entry.type == Type::section) return;
  const Row& setting = *entry.row;
  out_.append(setting.path);
  if (options_.with_summary || options_.with_versions) out_.append(" -");
  if (options_.with_summary) out_.append(fmt::format(" {}", setting.summary));
  if (options_.with_versions) out_.append(fmt::format(" [{}]", version_text(setting.since)));
  out_.push_back('\n');
}

void Writer::preamble(std::string_view text) {
  constexpr std::string_view kMark = "$SYSTEM_DIR";
  std::string whole(text);
  for (std::size_t at; (at = whole.find(kMark)) != std::string::npos;) whole.replace(at, kMark.size(), system_dir_);
  out_.append(whole);
  out_.push_back('\n');
}

// What LVM2 refuses as pointless.
Result<> check_options(const DumpOptions& options) {
  bool current = options.type == DumpType::current;
  bool full = options.type == DumpType::full;
  bool list = options.type == DumpType::list;
  auto pointless = [&options](std::string_view option) {
    auto type = std::ranges::find(kTypes, options.type, &std::pair<std::string_view, DumpType>::second);
    return fail(Code::usage, fmt::format("{} has no effect with --type {}", option, type->first));
  };
  if (!options.at_version.empty() && (current || full)) return pointless("--atversion");
  if (!options.since_version.empty() && options.type != DumpType::added)
    return fail(Code::usage, "--sinceversion requires --type new");
  if (current && (options.ignore_advanced || options.ignore_unsupported))
    return pointless("--ignoreadvanced and --ignoreunsupported");
  if (options.merged && !current && !full)
    return fail(Code::usage, "--mergedconfig has no effect without --type current or --type full");
  if (list && options.with_comments) return pointless("--withcomments");
  if (list && options.with_general_preamble) return pointless("--withgeneralpreamble");
  if (list && options.with_local_preamble) return pointless("--withlocalpreamble");
  return {};
}

Result<TreeRequest> tree_request(const DumpOptions& options) {
  TRY(check_options(options));
  TreeRequest request{};
  request.type = options.type;
  // What differs from the defaults is a question about all files.
  request.merged = options.merged || options.type == DumpType::diff;
  request.ignore_advanced = options.ignore_advanced;
  request.ignore_unsupported = options.ignore_unsupported;
  request.ignore_local = options.ignore_local;
  request.show_deprecated = options.show_deprecated;
  request.show_unsupported = options.show_unsupported;
  request.at = kThisVersion;
  if (!options.at_version.empty()) request.at = TRY(parse_version(options.at_version));
  if (!options.since_version.empty()) request.since = TRY(parse_version(options.since_version));
  return request;
}

}  // namespace

std::optional<DumpType> parse_dump_type(std::string_view name) {
  auto found = std::ranges::find(kTypes, name, &std::pair<std::string_view, DumpType>::first);
  if (found == std::end(kTypes)) return std::nullopt;
  return found->second;
}

Result<Dump> dump(const Config& config, const DumpOptions& options) {
  TreeRequest request = TRY(tree_request(options));
  Entry root = build_tree(config, request);
  Writer writer(options, config.system_dir());
  Dump result;
  if (options.with_general_preamble) writer.preamble(kGeneralPreamble);
  if (options.with_local_preamble) writer.preamble(kLocalPreamble);
  std::vector<const Entry*> wanted;
  if (options.paths.empty())
    for (const Entry& entry : root.children)
      if (entry.row != nullptr) wanted.push_back(&entry);
  for (const std::string& path : options.paths) {
    const Entry* found = path.empty() ? nullptr : root.find(path);
    if (found != nullptr)
      wanted.push_back(found);
    else
      result.problems.push_back(fmt::format("Configuration node {} not found", path));
  }
  bool commented =
      options.type != DumpType::full && options.type != DumpType::current && options.type != DumpType::diff;
  for (const Entry* entry : wanted) {
    if (options.type == DumpType::list)
      writer.list(*entry);
    else
      writer.entry(*entry, 0, commented);
  }
  result.text = writer.take();
  return result;
}

}  // namespace lvm::config
