// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "metadata/keys.h"
#include "metadata/text.h"

// The head of a text, which may be cut anywhere behind the keys that are wanted. All of them stand in front
// of the first section inside the VG.
namespace lvm::metadata {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool ends_name(char c) { return is_space(c) || c == '#' || c == '=' || c == '{' || c == '}'; }

// Walks over the tokens of the grammar (docs/formats/text.md) without keeping them.
class HeadScanner {
 public:
  explicit HeadScanner(std::string_view text) : text_(text.substr(0, std::min(text.find('\0'), text.size()))) {}

  // The next byte that is neither white space nor comment; '\0' at the end.
  char peek() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#')
        at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      else if (!is_space(text_[at_]))
        return text_[at_];
    }
    return '\0';
  }
  void step() { ++at_; }

  std::string_view name() {
    if (peek() == '"') return quoted().value_or("");
    std::size_t begin = at_;
    while (at_ < text_.size() && !ends_name(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // One value, raw; nullopt when the text ends in it. A list comes with its brackets.
  std::optional<std::string_view> value() {
    char first = peek();
    if (first == '"' || first == '\'') return quoted();
    std::size_t begin = at_;
    if (first == '[') {
      for (step(); peek() != ']';) {
        if (at_ >= text_.size() || !value()) return std::nullopt;
        if (peek() == ',') step();
      }
      step();
      return text_.substr(begin, at_ - begin);
    }
    while (at_ < text_.size() && !ends_name(text_[at_]) && text_[at_] != ',' && text_[at_] != ']') ++at_;
    if (at_ == begin || at_ == text_.size()) return std::nullopt;
    return text_.substr(begin, at_ - begin);
  }

 private:
  // Without its quotes, backslashes left in.
  std::optional<std::string_view> quoted() {
    char quote = text_[at_];
    std::size_t begin = ++at_;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_)
      if (text_[at_] == '\\' && quote == '"') ++at_;
    if (at_ >= text_.size()) return std::nullopt;
    return text_.substr(begin, at_++ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string unescape(std::string_view raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 1 < raw.size()) ++i;
    out += raw[i];
  }
  return out;
}

struct Found {
  Summary summary;
  bool id = false, seqno = false;
};

Result<> take(VgKey key, std::string_view value, Found& found) {
  Summary& summary = found.summary;
  switch (key) {
    case VgKey::id: {
      auto id = VgId::parse(value);
      if (!id)
        return fail(Code::corrupt,
                    fmt::format("id of volume group \"{}\" is not an id of 32 characters", summary.vg_name));
      summary.vg_id = *id;
      found.id = true;
      break;
    }
    case VgKey::seqno: {
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), summary.seqno);
      if (error != std::errc() || end != value.data() + value.size())
        return fail(Code::corrupt, fmt::format("seqno of volume group \"{}\" is not a number", summary.vg_name));
      found.seqno = true;
      break;
    }
    case VgKey::status: summary.exported = value.find("\"EXPORTED\"") != std::string_view::npos; break;
    case VgKey::system_id: summary.system_id = unescape(value); break;
    case VgKey::lock_type: summary.lock_type = unescape(value); break;
    default: break;
  }
  return {};
}

// Behind the VG's `{`.
Result<> scan_vg(HeadScanner& scanner, Found& found) {
  for (;;) {
    char next = scanner.peek();
    if (next == '}' || next == '\0') return {};
    std::string_view key = scanner.name();
    if (key.empty() || scanner.peek() != '=') return {};  // a section, or cut off: nothing more is wanted
    scanner.step();
    auto value = scanner.value();
    if (!value) return {};
    TRY(take(kVgTable.find(key), *value, found));
  }
}

Result<Summary> scan(std::string_view text) {
  HeadScanner scanner(text);
  Found found;
  for (;;) {
    std::string_view key = scanner.name();
    char next = scanner.peek();
    if (key.empty() || (next != '=' && next != '{'))
      return fail(Code::corrupt, "there is no volume group in the head of the text");
    scanner.step();
    if (next == '{') {
      found.summary.vg_name = key;
      TRY(scan_vg(scanner, found));
      if (!found.id) return fail(Code::corrupt, fmt::format("volume group \"{}\" has no id", key));
      if (!found.seqno) return fail(Code::corrupt, fmt::format("volume group \"{}\" has no seqno", key));
      return std::move(found.summary);
    }
    if (!scanner.value()) return fail(Code::corrupt, "there is no volume group in the head of the text");
  }
}

}  // namespace

Result<Summary> read_summary(std::string_view text, std::string_view source) {
  auto summary = scan(text);
  if (!summary) return fail(Code::corrupt, fmt::format("{}: {}", source, summary.error().message()));
  return summary;
}

}  // namespace lvm::metadata
