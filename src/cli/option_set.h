// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/command.h"

namespace lvm::cli {

// The options that some form of a command takes. Names are looked up here: an abbreviation needs to be
// unique among the command's own options only.
class OptionSet {
 public:
  explicit OptionSet(const CommandRow& command);

  bool has(Opt opt) const { return present_[static_cast<std::size_t>(opt)]; }
  // Signs that any form allows: values are read before the form is known.
  Signs signs(Opt opt) const { return signs_[static_cast<std::size_t>(opt)]; }

  struct Unknown {
    std::vector<Opt> similar;  // near matches by spelling
    bool elsewhere = false;    // other commands have it
  };
  struct Ambiguous {
    std::vector<std::string> names;
  };
  using Match = std::variant<Opt, Unknown, Ambiguous>;
  // `name` without the leading hyphens; hyphens inside are dropped.
  Match find(std::string_view name) const;
  // nullopt: not an option of this command.
  std::optional<Opt> find_letter(char letter) const;

 private:
  void add(const Use& use);

  std::array<bool, kOptionCount> present_{};
  std::array<Signs, kOptionCount> signs_{};
};

}  // namespace lvm::cli
