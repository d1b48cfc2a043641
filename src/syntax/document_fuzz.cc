// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes parse or fail with a message; what parses survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "syntax/document.h"
#include "syntax/printer.h"

namespace {

void walk(lvm::syntax::Node node) {
  volatile std::size_t sink = node.source().size() + node.string().value_or("").size();
  sink = sink + (node.integer() ? 1 : 0) + (node.real() ? 1 : 0);
  for (lvm::syntax::Node child : node.children()) walk(child);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::syntax;
  auto document = Document::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!document) {
    if (document.error().text().find("fuzz:") != 0) std::abort();
    return 0;
  }
  walk(document->root());
  std::string raw = to_raw(document->root());
  auto again = Document::parse(raw, "again");
  if (!again || to_raw(again->root()) != raw) std::abort();
  return 0;
}
