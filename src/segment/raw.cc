// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/raw.h"

#include <algorithm>
#include <functional>

#include "syntax/printer.h"

namespace lvm::segment {
namespace {

std::string_view trim(std::string_view line) {
  auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

bool has_multiline_string(const syntax::Node& node) {
  if (node.is_section() || node.kind() == syntax::Kind::array) {
    for (syntax::Node child : node.children())
      if (has_multiline_string(child)) return true;
    return false;
  }
  auto text = node.string();
  return text && text->find('\n') != std::string_view::npos;
}

// A list as LVM writes it, with its elements on lines of their own, and nothing in it that lines could break.
bool is_usual_list(const syntax::Node& node, std::string_view source) {
  return node.kind() == syntax::Kind::array && source.substr(0, source.find('\n')).ends_with(" = [") &&
         trim(source.substr(source.rfind('\n') + 1)) == "]" && source.find('#') == std::string_view::npos &&
         !has_multiline_string(node);
}

// Not where the name is quoted, or a path ("a/b = 1" is `b` in section `a`, which is written around it).
bool starts_with_name(std::string_view source, std::string_view name) {
  return source.starts_with(name) && source.size() > name.size() &&
         (source[name.size()] == ' ' || source[name.size()] == '=');
}

// As written, when that is one line or a usual list; anything else in the canonical form.
void append_value(std::string& out, const syntax::Node& node) {
  std::string_view source = node.source();
  if (!starts_with_name(source, node.name())) {
    out += syntax::to_raw(node);
    return;
  }
  if (source.find('\n') == std::string_view::npos) {
    out += source;
    out += '\n';
    return;
  }
  if (!is_usual_list(node, source)) {
    out += syntax::to_raw(node);
    return;
  }
  while (!source.empty()) {
    auto end = std::min(source.find('\n'), source.size());
    out += trim(source.substr(0, end));
    out += '\n';
    source.remove_prefix(std::min(end + 1, source.size()));
  }
}

bool is_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c > ' ' && c < 0x7f && c != '#' && c != '=' && c != '{' && c != '}' && c != '"' && c != '\'' && c != '/';
  });
}

// As deep as the parser lets sections nest.
void append_node(std::string& out, const syntax::Node& node) {
  if (!node.is_section()) {
    append_value(out, node);
    return;
  }
  if (!is_plain(node.name())) {
    out += syntax::to_raw(node);
    return;
  }
  out += node.name();
  out += " {\n";
  RawKeeper inner(out);
  inner.skip(node.source().substr(0, node.source().find('{') + 1));
  for (syntax::Node child : node.children()) inner.keep(child);
  out += "}\n";
}

}  // namespace

void RawKeeper::keep(const syntax::Node& node) {
  std::string_view source = node.source();
  // Both are views of one text, unless a section was written in parts: then they may be out of order.
  if (!last_.empty()) {
    const char* from = last_.data() + last_.size();
    const char* to = source.data();
    if (std::less<>()(from, to) && std::count(from, to, '\n') > 1) out_ += '\n';
  }
  append_node(out_, node);
  last_ = source;
}

std::string raw_text(const syntax::Node& node) {
  std::string out;
  append_node(out, node);
  return out;
}

}  // namespace lvm::segment
