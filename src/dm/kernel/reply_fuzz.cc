// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/kernel/reply.h"

#include <cstring>

#include "dm/text.h"

// Whatever a driver writes back must be read without harm.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace lvm::dm;
  std::span<const std::byte> reply(reinterpret_cast<const std::byte*>(data), size);
  if (auto lines = parse_targets(reply))
    for (const auto& line : *lines) static_cast<void>(parse_params(line.type, line.params));
  static_cast<void>(parse_names(reply, true));
  static_cast<void>(parse_names(reply, false));
  static_cast<void>(parse_versions(reply));
  static_cast<void>(parse_dependencies(reply));
  static_cast<void>(parse_message(reply));
  return 0;
}
