// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/vg.h"
#include "syntax/document.h"
#include "syntax/printer.h"

// VG <-> text. Both layouts carry the same keys (docs/formats/metadata.md).
namespace lvm::metadata {

// Who wrote a text, when and why: its top-level keys.
struct Origin {
  std::string description;  // "Write from vgcreate a."
  std::string creation_host;
  std::string host_comment;  // "Linux node 6.1.0 ... x86_64": a comment behind creation_host
  std::string creation_host_system_id;
  std::string generator;  // "LVM2 version 2.03.16(2) (2022-05-18)"
  std::int64_t creation_time = 0;
};

struct ReadText {
  model::Vg vg;
  Origin origin;
};

// A text with room for so many bytes more (std::string::reserve) is read where it is, without a copy.
inline constexpr std::size_t kRoomBehindText = 16;

// Reads one text of either layout. Every count, name and reference is checked; a broken text gives
// Code::corrupt with line and key. The model's invariants (model/invariants.h) hold afterwards.
Result<ReadText> read(std::string text, std::string_view source);

// The few facts that scanning needs, from the head of a text, without parsing all of it.
struct Summary {
  std::string vg_name;
  VgId vg_id;
  std::uint32_t seqno = 0;
  std::string system_id, lock_type;
  bool exported = false;
};
Result<Summary> read_summary(std::string_view text, std::string_view source);

// The text without the final NUL. The VG must hold its invariants.
std::string write(const model::Vg& vg, const Origin& origin, syntax::Layout layout);

}  // namespace lvm::metadata
