// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/heap.h"
#include "metadata/comments.h"
#include "metadata/fields.h"
#include "metadata/keys.h"
#include "metadata/visibility.h"
#include "metadata/words.h"
#include "model/invariants.h"
#include "syntax/scan.h"

// The whole text and the VG section; objects inside it are in read_pv.cc and read_lv.cc.
namespace lvm::metadata {

static_assert(kRoomBehindText >= syntax::kScanPadding);

using segment::store;
using segment::wrong;
using syntax::Kind;

Result<std::vector<std::string>> read_strings(const syntax::Node& node) {
  std::vector<std::string> out;
  if (node.kind() != Kind::array) {
    TRY(read_string(node, out.emplace_back()));
    return out;
  }
  out.reserve(node.child_count());
  for (syntax::Node element : node.children()) {
    auto text = element.string();
    if (!text) return wrong(node, "has an element that is not a string");
    out.emplace_back(*text);
  }
  return out;
}

Result<std::int64_t> read_time(const syntax::Node& node) {
  if (node.kind() == Kind::real) return kAbsurdTimeStandIn;
  auto value = node.integer();
  if (!value) return wrong(node, "is not a time");
  if (*value < 0 || *value == std::numeric_limits<std::int64_t>::max()) return kAbsurdTimeStandIn;
  return *value;
}

Result<ReadText> Reader::run() {
  TRY(read_top());
  TRY(model::check(out_.vg));
  return std::move(out_);
}

Result<> Reader::read_top() {
  Node vg;
  bool contents = false, version = false;
  Origin& origin = out_.origin;
  for (Node child : document_.root().children()) {
    switch (kTopTable.find(child.name())) {
      case TopKey::contents:
        if (child.string() != kContents) return wrong(child, fmt::format("is not \"{}\"", kContents));
        contents = true;
        break;
      case TopKey::version:
        if (child.integer() != kVersion) return wrong(child, fmt::format("is not {}", kVersion));
        version = true;
        break;
      case TopKey::description: TRY(read_string(child, origin.description)); break;
      case TopKey::creation_host: TRY(read_string(child, origin.creation_host)); break;
      case TopKey::creation_time: TRY(store(origin.creation_time, read_time(child))); break;
      case TopKey::creation_host_system_id: TRY(read_string(child, origin.creation_host_system_id)); break;
      case TopKey::unknown:
        if (!child.is_section()) break;  // a key of another version, about the text and not the VG
        if (vg.exists()) return wrong(child, fmt::format("is a second volume group beside \"{}\"", vg.name()));
        vg = child;
        break;
    }
  }
  if (!vg.exists()) return fail(Code::corrupt, "There is no volume group in the text.");
  if (!contents) return fail(Code::corrupt, "Can't process text format file - missing contents field.");
  if (!version) return fail(Code::corrupt, "Can't process text format file - missing version number.");
  return read_vg(vg);
}

Result<> Reader::read_vg(const Node& section) {
  model::Vg& vg = out_.vg;
  vg.name = section.name();
  std::uint32_t seen = 0;
  bool unknown = false;
  Node pvs;
  for (Node child : section.children()) {
    VgKey key = kVgTable.find(child.name());
    seen |= std::uint32_t{1} << static_cast<unsigned>(key);
    if (key == VgKey::physical_volumes) {
      pvs = child;
    } else if (key == VgKey::logical_volumes) {
      lvs_section_ = child;
    } else if (key == VgKey::unknown ||
               (key == VgKey::allocation_policy && !allocation_of(child.string().value_or("")))) {
      unknown = true;
    } else {
      TRY(read_vg_key(key, child));
    }
  }
  constexpr std::array kRequired = {VgKey::id,     VgKey::seqno,  VgKey::status,          VgKey::extent_size,
                                    VgKey::max_lv, VgKey::max_pv, VgKey::physical_volumes};
  for (VgKey key : kRequired)
    if (!(seen & (std::uint32_t{1} << static_cast<unsigned>(key))))
      return wrong(section, fmt::format("has no {}", kVgKeys[static_cast<std::size_t>(key)]));
  if (unknown)
    vg.unknown_keys = keep_unknown(section, [](const Node& node) {
      VgKey key = kVgTable.find(node.name());
      if (key == VgKey::allocation_policy) return allocation_of(node.string().value_or("")).has_value();
      return key != VgKey::unknown;
    });
  TRY(read_pvs(pvs));
  if (lvs_section_.exists()) TRY(read_lvs(lvs_section_));
  show_stores(vg);
  return {};
}

Result<> Reader::read_vg_key(VgKey key, const Node& node) {
  model::Vg& vg = out_.vg;
  switch (key) {
    case VgKey::id: return read_id(node, vg.id);
    case VgKey::seqno: return segment::read_number(node, kMax32, vg.seqno);
    case VgKey::status: return read_flags(node, WordList::status, vg.flags, vg.unknown_flags);
    case VgKey::flags: return read_flags(node, WordList::compatible, vg.flags, vg.unknown_flags);
    case VgKey::extent_size: return segment::read_number(node, kMax32, vg.extent_size);
    case VgKey::max_lv: return segment::read_number(node, kMax32, vg.max_lv);
    case VgKey::max_pv: return segment::read_number(node, kMax32, vg.max_pv);
    case VgKey::metadata_copies: return segment::read_number(node, kMax32, vg.metadata_copies);
    case VgKey::tags: return store(vg.tags, read_strings(node));
    case VgKey::system_id: return read_string(node, vg.system_id);
    case VgKey::lock_type: return read_string(node, vg.lock_type);
    case VgKey::lock_args: return read_string(node, vg.lock_args);
    case VgKey::allocation_policy: vg.allocation = *allocation_of(*node.string()); break;
    case VgKey::profile: return read_string(node, vg.profile);
    case VgKey::historical:
      if (!node.is_section()) return wrong(node, "is not a section");
      vg.historical = segment::raw_text(node);
      break;
    case VgKey::format:  // informational
    case VgKey::physical_volumes:
    case VgKey::logical_volumes:
    case VgKey::unknown: break;
  }
  return {};
}

Result<ReadText> read(std::string text, std::string_view source) {
  // Records of the parser and the VG take at least this much for each byte of text.
  constexpr std::size_t kHeapForAByte = 2;
  expect_allocations(text.size() * kHeapForAByte);
  if (auto end = text.find('\0'); end != std::string::npos) text.resize(end);
  Comments comments = find_comments(text);
  auto document = TRY(syntax::Document::parse(std::move(text), source));
  auto result = Reader(document).run();
  if (!result) {
    Error error(result.error().code(), fmt::format("{}: {}", source, result.error().message()));
    for (const std::string& clause : result.error().context()) error.add_context(clause);
    return std::unexpected(std::move(error));
  }
  result->origin.generator = std::move(comments.generator);
  result->origin.host_comment = std::move(comments.host);
  return result;
}

}  // namespace lvm::metadata
