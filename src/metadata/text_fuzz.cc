// SPDX-License-Identifier: LGPL-2.1-or-later
// Any bytes are read or refused with a message. What is read keeps the model's invariants and survives being
// written in both layouts; the summary of its head agrees.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "metadata/text.h"
#include "model/invariants.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm;
  std::string text(reinterpret_cast<const char*>(data), size);
  (void)metadata::read_summary(text, "fuzz");
  auto got = metadata::read(text, "fuzz");
  if (!got) {
    require(got.error().code() == Code::corrupt && !got.error().message().empty());
    return 0;
  }
  require(model::check(got->vg).has_value());
  for (auto layout : {syntax::Layout::raw, syntax::Layout::file}) {
    std::string written = metadata::write(got->vg, got->origin, layout);
    auto again = metadata::read(written, "again");
    require(again.has_value());
    require(metadata::write(again->vg, again->origin, layout) == written);
    auto summary = metadata::read_summary(written, "again");
    require(summary && summary->vg_name == got->vg.name && summary->vg_id == got->vg.id &&
            summary->seqno == got->vg.seqno);
  }
  return 0;
}
