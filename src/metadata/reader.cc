// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metadata/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "metadata/comments.h"
#include "metadata/fields.h"
#include "metadata/keys.h"
#include "metadata/visibility.h"
#include "metadata/words.h"
#include "model/invariants.h"

// The whole text and the VG section; objects inside it are in read_pv.cc and read_lv.cc.
namespace lvm::metadata {

using segment::store;
using segment::wrong;
using syntax::Kind;

Result<std::vector<std::string>> read_strings(const syntax::Node& node) {
  std::vector<std::string> out;
  if (node.kind() != Kind::array) {
    auto only = TRY(read_string(node));
    out.push_back(std::move(only));
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
      case TopKey::description: TRY(store(origin.description, read_string(child))); break;
      case TopKey::creation_host: TRY(store(origin.creation_host, read_string(child))); break;
      case TopKey::creation_time: TRY(store(origin.creation_time, read_time(child))); break;
      case TopKey::creation_host_system_id: TRY(store(origin.creation_host_system_id, read_string(child))); break;
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
    case VgKey::id: return store(vg.id, read_id<VgId>(node));
    case VgKey::seqno: return store(vg.seqno, read_number32(node));
    case VgKey::status: return read_flags(node, WordList::status, vg.flags, vg.unknown_flags);
    case VgKey::flags: return read_flags(node, WordList::compatible, vg.flags, vg.unknown_flags);
    case VgKey::extent_size: return store(vg.extent_size, read_number32(node));
    case VgKey::max_lv: return store(vg.max_lv, read_number32(node));
    case VgKey::max_pv: return store(vg.max_pv, read_number32(node));
    case VgKey::metadata_copies: return store(vg.metadata_copies, read_number32(node));
    case VgKey::tags: return store(vg.tags, read_strings(node));
    case VgKey::system_id: return store(vg.system_id, read_string(node));
    case VgKey::lock_type: return store(vg.lock_type, read_string(node));
    case VgKey::lock_args: return store(vg.lock_args, read_string(node));
    case VgKey::allocation_policy: vg.allocation = *allocation_of(*node.string()); break;
    case VgKey::profile: return store(vg.profile, read_string(node));
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
