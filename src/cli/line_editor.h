// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lvm::cli {

// Lines typed at a terminal, with editing, history and completion where libedit is there; plain lines elsewhere.
class LineEditor {
 public:
  using Complete = std::function<std::vector<std::string>(std::string_view line)>;

  LineEditor(const char* prompt, std::string history_file, Complete complete);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // nullopt at the end of the input.
  std::optional<std::string> read();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lvm::cli
