// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>
#include <string_view>

#include "device/devices_file.h"

// Any bytes are a devices file, or a damaged one. What was understood is written such that it reads back the same.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace lvm::device;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  DevicesFile file = parse_devices_file(text, "fuzz");
  for (const DevicesEntry& entry : file.entries) {
    if (entry.line == 0) std::abort();
    static_cast<void>(matches(entry, {{{entry.type, entry.name}}, entry.part}));
  }
  if (file.damaged) return 0;
  DevicesFile again = parse_devices_file(write_devices_file(file, "fuzz"), "again");
  if (again.damaged || again.hash_differs || !again.problems.empty()) std::abort();
  if (again.entries.size() != file.entries.size() || again.counter != file.counter) std::abort();
  for (std::size_t i = 0; i < file.entries.size(); ++i) {
    again.entries[i].line = file.entries[i].line;
    if (again.entries[i] != file.entries[i]) std::abort();
  }
  static_cast<void>(valid_devices_file_name(text));
  return 0;
}
