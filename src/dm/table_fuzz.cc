// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>

#include "dm/text.h"

// What is read of any table text can be written, and reads again as the same.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace lvm::dm;
  auto table = parse_table({reinterpret_cast<const char*>(data), size});
  if (!table) return 0;
  auto text = format_table(*table);
  if (!text) std::abort();
  auto again = parse_table(*text);
  if (!again || *again != *table) std::abort();
  for (const auto& target : *table) static_cast<void>(describe_target(target));
  return 0;
}
