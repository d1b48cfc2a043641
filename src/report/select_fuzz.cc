// SPDX-License-Identifier: LGPL-2.1-or-later
// Any text is a selection or an error; a selection answers for every row.
#include <cstddef>
#include <cstdint>

#include "report/small_world.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::report;
  static const lvm::world::World world = test::make_world();
  if (size == 0) return 0;
  const Kind kind = data[0] % 3 == 0 ? Kind::lv : data[0] % 3 == 1 ? Kind::pv : Kind::vg;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  // Regular expressions are the C library's: its own speed and memory are not what is looked for here.
  if (text.find('~') != std::string::npos && text.size() > 64) return 0;
  const auto found = test::report(world, kind, kind == Kind::pv ? "pv_name" : "vg_name", text);
  if (!found && found.error().message().empty()) return 1;
  return 0;
}
