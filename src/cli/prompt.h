// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "cli/messages.h"

namespace lvm::cli {

enum class Answer { yes, no, interrupted };

// Asks on the terminal until it gets y or n. --yes answers at once; --quiet --quiet or an end of input
// answers no.
class Prompt {
 public:
  struct Options {
    bool assume_yes = false;
    bool assume_no = false;  // -qq, log/silent
  };
  Prompt(Messages& messages, int input, Options options) : messages_(messages), input_(input), options_(options) {}

  // `question` as LVM words it: "Do you really want to remove active logical volume vg/lv? [y/n]: ".
  Answer ask(std::string_view question);

 private:
  Messages& messages_;
  int input_;
  Options options_;
};

}  // namespace lvm::cli
