// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/pattern.h"

#include <algorithm>
#include <utility>

namespace lvm::device {

// Recursive descent over one pattern, building nodes (Thompson's construction). A fragment is an entry
// and the node its exits lead to, which is made first.
class PatternParser {
 public:
  PatternParser(PatternSet& set, std::string_view text) : set_(set), text_(text) {}

  Result<std::uint32_t> parse(std::uint32_t index) {
    std::uint32_t end = add({});
    set_.nodes_[end].accepts = index;
    std::uint32_t entry = TRY(alternatives(end));
    if (at_ < text_.size()) return error("unexpected ')'");
    return entry;
  }

 private:
  using Node = PatternSet::Node;
  static constexpr int kMaxDepth = 100;

  std::unexpected<Error> error(std::string_view what) const {
    return fail(Code::refused, "Invalid regular expression \"" + std::string(text_) + "\": " + std::string(what) + ".");
  }
  std::uint32_t add(Node node) {
    set_.nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(set_.nodes_.size() - 1);
  }
  bool more() const { return at_ < text_.size(); }

  Result<std::uint32_t> alternatives(std::uint32_t exit) {
    if (++depth_ > kMaxDepth) return error("nested too deeply");
    std::uint32_t entry = TRY(sequence(exit));
    while (more() && text_[at_] == '|') {
      ++at_;
      std::uint32_t other = TRY(sequence(exit));
      entry = add({.next = entry, .other = other});
    }
    --depth_;
    return entry;
  }

  // Parsed left to right: each part gets a free node as its exit, which the next part's entry then
  // continues.
  Result<std::uint32_t> sequence(std::uint32_t exit) {
    std::uint32_t entry = add({});
    std::uint32_t tail = entry;
    while (more() && text_[at_] != '|' && text_[at_] != ')') {
      std::uint32_t part_exit = add({});
      std::uint32_t part = TRY(repeated(part_exit));
      set_.nodes_[tail].next = part;
      tail = part_exit;
    }
    set_.nodes_[tail].next = exit;
    return entry;
  }

  Result<std::uint32_t> repeated(std::uint32_t exit) {
    std::uint32_t loop = add({.other = exit});
    std::uint32_t body = TRY(atom(loop));
    bool repeat = false, optional = false;
    for (; more(); ++at_) {
      char c = text_[at_];
      if (c != '*' && c != '+' && c != '?') break;
      repeat = repeat || c != '?';
      optional = optional || c != '+';
    }
    if (repeat) set_.nodes_[loop].next = body;
    return optional ? add({.next = body, .other = exit}) : body;
  }

  Result<std::uint32_t> atom(std::uint32_t exit) {
    char c = text_[at_++];
    PatternSet::Symbols symbols;
    switch (c) {
      case '(': {
        std::uint32_t inner = TRY(alternatives(exit));
        if (!more()) return error("missing ')'");
        ++at_;
        return inner;
      }
      case '*':
      case '+':
      case '?': return error("nothing to repeat");
      case '^': symbols.set(PatternSet::kStart); break;
      case '$': symbols.set(PatternSet::kEnd); break;
      case '.':
        for (std::size_t i = 0; i < 256; ++i) symbols.set(i);
        break;
      case '[': symbols = TRY(char_class()); break;
      case '\\':
        if (!more()) return error("'\\' at the end");
        symbols.set(escaped());
        break;
      default: symbols.set(static_cast<unsigned char>(c));
    }
    return add({.symbols = symbols, .next = exit});
  }

  std::size_t escaped() {
    char c = text_[at_++];
    if (c == 'n') return '\n';
    if (c == 'r') return '\r';
    if (c == 't') return '\t';
    return static_cast<unsigned char>(c);
  }

  std::size_t class_member() {
    char c = text_[at_++];
    return c == '\\' && more() ? escaped() : static_cast<unsigned char>(c);
  }

  Result<PatternSet::Symbols> char_class() {
    PatternSet::Symbols symbols;
    bool negated = more() && text_[at_] == '^';
    if (negated) ++at_;
    bool first = true;
    while (more() && (text_[at_] != ']' || first)) {
      first = false;
      std::size_t low = class_member(), high = low;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        high = class_member();
      }
      if (low > high) return error("range out of order");
      for (std::size_t i = low; i <= high; ++i) symbols.set(i);
    }
    if (!more()) return error("missing ']'");
    ++at_;
    if (negated)
      for (std::size_t i = 0; i < 256; ++i) symbols.flip(i);
    return symbols;
  }

  PatternSet& set_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Result<PatternSet> PatternSet::compile(std::span<const std::string> patterns) {
  PatternSet set;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    PatternParser parser(set, patterns[i]);
    std::uint32_t start = TRY(parser.parse(static_cast<std::uint32_t>(i)));
    set.starts_.push_back(start);
  }
  set.state_of(set.starts_);
  return set;
}

void PatternSet::close_over(std::uint32_t node, std::vector<std::uint32_t>& into, std::vector<bool>& seen) const {
  std::vector<std::uint32_t> pending{node};
  while (!pending.empty()) {
    std::uint32_t at = pending.back();
    pending.pop_back();
    if (at == kNone || seen[at]) continue;
    seen[at] = true;
    into.push_back(at);
    if (nodes_[at].symbols.any()) continue;
    pending.push_back(nodes_[at].next);
    pending.push_back(nodes_[at].other);
  }
}

std::uint32_t PatternSet::state_of(std::vector<std::uint32_t> nodes) const {
  std::vector<std::uint32_t> closed;
  std::vector<bool> seen(nodes_.size());
  for (std::uint32_t node : nodes) close_over(node, closed, seen);
  std::ranges::sort(closed);
  auto [known, added] = by_nodes_.try_emplace(closed, static_cast<std::uint32_t>(states_.size()));
  if (!added) return known->second;
  State state;
  state.next.fill(kNone);
  for (std::uint32_t node : closed) state.accepts = std::min(state.accepts, nodes_[node].accepts);
  state.nodes = std::move(closed);
  states_.push_back(std::move(state));
  return known->second;
}

std::uint32_t PatternSet::step(std::uint32_t state, std::size_t symbol) const {
  if (states_[state].next[symbol] != kNone) return states_[state].next[symbol];
  std::vector<std::uint32_t> nodes = starts_;  // a match may begin behind any character
  for (std::uint32_t node : states_[state].nodes)
    if (nodes_[node].symbols[symbol]) nodes.push_back(nodes_[node].next);
  std::uint32_t next = state_of(std::move(nodes));
  states_[state].next[symbol] = next;
  return next;
}

std::optional<std::size_t> PatternSet::first_match(std::string_view text) const {
  if (starts_.empty()) return std::nullopt;
  std::uint32_t state = 0;
  std::uint32_t best = states_[state].accepts;
  auto feed = [&](std::size_t symbol) {
    state = step(state, symbol);
    best = std::min(best, states_[state].accepts);
  };
  feed(kStart);
  for (char c : text) {
    if (best == 0) break;
    feed(static_cast<unsigned char>(c));
  }
  feed(kEnd);
  if (best == kNone) return std::nullopt;
  return best;
}

}  // namespace lvm::device
