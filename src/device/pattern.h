// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lvm::device {

// The regular expressions of lvm.conf (devices/filter, preferred_names), several matched in one pass:
//   characters  .  [a-z]  [^...]  ( )  |  *  +  ?  ^  $  and \ before a character taken literally
//   (\n \r \t are the control characters).
// A pattern matches anywhere in the text unless anchored. The set is one automaton whose deterministic
// states are made when first reached; not to be shared between threads.
class PatternSet {
 public:
  static Result<PatternSet> compile(std::span<const std::string> patterns);

  // The lowest index of the patterns that match.
  std::optional<std::size_t> first_match(std::string_view text) const;

 private:
  friend class PatternParser;
  // Two more symbols than bytes: before the first and behind the last character.
  static constexpr std::size_t kStart = 256, kEnd = 257, kSymbols = 258;
  using Symbols = std::bitset<kSymbols>;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // Either consumes one of `symbols` and goes to `next`, or (none set) goes to both for free.
  struct Node {
    Symbols symbols;
    std::uint32_t next = kNone, other = kNone;
    std::uint32_t accepts = kNone;  // index of the pattern that ends here
  };
  struct State {
    std::vector<std::uint32_t> nodes;
    std::uint32_t accepts = kNone;
    std::array<std::uint32_t, kSymbols> next;
  };
  void close_over(std::uint32_t node, std::vector<std::uint32_t>& into, std::vector<bool>& seen) const;
  std::uint32_t state_of(std::vector<std::uint32_t> nodes) const;
  std::uint32_t step(std::uint32_t state, std::size_t symbol) const;

  std::vector<Node> nodes_;
  std::vector<std::uint32_t> starts_;  // of each pattern
  mutable std::vector<State> states_;
  mutable std::map<std::vector<std::uint32_t>, std::uint32_t> by_nodes_;
};

}  // namespace lvm::device
