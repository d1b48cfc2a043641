// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apply/apply.h"

namespace lvm::apply::testing {

// Hears what goes wrong, and answers no.
class Listener final : public Dialogue {
 public:
  void say(const step::Say&) override {}
  bool ask(const step::Question&) override { return false; }
  void report(const Error& error) override { errors.push_back(error.text()); }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}

  std::vector<std::string> errors;
};

}  // namespace lvm::apply::testing
