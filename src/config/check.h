// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/settings.h"
#include "syntax/document.h"

namespace lvm::config {

// A truth value as settings spell them.
std::optional<bool> parse_flag(std::string_view text);

// What LVM2 says about a value that does not fit its setting; nothing if it fits.
std::optional<std::string> type_problem(Key key, std::string_view path, syntax::Node value);

struct Assignment {
  Key key;
  syntax::Node node;
};
// The good assignments of a document; what is unknown or wrong goes to `problems`.
std::vector<Assignment> check_document(const syntax::Document& document, std::vector<std::string>& problems);

// What may not stand in a profile of this kind.
std::vector<std::string> profile_problems(const syntax::Document& document, ProfileKind kind);

}  // namespace lvm::config
