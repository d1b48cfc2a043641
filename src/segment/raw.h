// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "syntax/document.h"

namespace lvm::segment {

// Collects nodes of one section, in their order, as text for Printer::verbatim: as they were written but
// for indentation and comments, with a blank line where one stood. So what came out of a metadata area
// goes back byte for byte.
class RawKeeper {
 public:
  explicit RawKeeper(std::string& out) : out_(out) {}

  void keep(const syntax::Node& node);
  void skip(const syntax::Node& node) { skip(node.source()); }  // written elsewhere
  void skip(std::string_view source) { last_ = source; }

 private:
  std::string& out_;
  std::string_view last_;
};

// One node, each line without indentation.
std::string raw_text(const syntax::Node& node);

}  // namespace lvm::segment
