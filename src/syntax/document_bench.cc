// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses and prints a VG text of N volumes (default 10 000) M times: run it under callgrind to count
// instructions per byte. Prints the text's size and the node count.
#include <cstdio>
#include <cstdlib>

#include "syntax/document.h"
#include "syntax/printer.h"

namespace {

using namespace lvm::syntax;

std::string make_text(int volumes) {
  Printer out(Layout::raw);
  out.open("vg");
  out.string("id", "01ShNN-oOgL-qakj-qkOw-QZYZ-x43h-TNtvHV");
  out.integer("seqno", 20001);
  out.open("logical_volumes");
  const std::string_view flags[] = {"READ", "WRITE", "VISIBLE"};
  for (int i = 0; i < volumes; ++i) {
    out.blank();
    out.open("volume" + std::to_string(i));
    out.string("id", "qP4l7z-gW3q-RTRH-ClWo-Kiae-PeJj-8snavS");
    out.strings("status", flags);
    out.strings("flags", {});
    out.number("creation_time", 1795438680);
    out.string("creation_host", "storage-host");
    out.number("segment_count", 1);
    out.blank();
    out.open("segment1");
    out.number("start_extent", 0);
    out.number("extent_count", 25);
    out.blank();
    out.string("type", "striped");
    out.number("stripe_count", 1, "linear");
    out.blank();
    out.open_list("stripes");
    out.pair("pv0", static_cast<std::uint64_t>(i) * 25, true);
    out.close_list();
    out.close();
    out.close();
  }
  out.close();
  out.close();
  return out.take();
}

}  // namespace

int main(int argc, char** argv) {
  int volumes = argc > 1 ? std::atoi(argv[1]) : 10000;
  int rounds = argc > 2 ? std::atoi(argv[2]) : 1;
  std::string text = make_text(volumes);
  std::uint32_t children = 0;
  for (int i = 0; i < rounds; ++i) {
    auto document = Document::parse(text, "bench");
    if (!document) return 1;
    children += document->root().find("vg/logical_volumes").child_count();
  }
  std::printf("%zu bytes, %u volumes\n", text.size(), children);
}
