// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>

#include "dm/status.h"
#include "dm/target/row.h"

// Whatever a kernel says of a target is read or refused, and a refused line is kept as it was.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace lvm::dm;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const TargetRow* row : target_rows()) static_cast<void>(parse_status(row->name, text));
  auto line = parse_status_line(text);
  if (!line) return 0;
  auto status = read_status(*line);
  if (status.start != line->start || status.length != line->length) std::abort();
  if (const auto* other = std::get_if<OtherStatus>(&status.body); other != nullptr && other->params != line->params)
    std::abort();
  return 0;
}
