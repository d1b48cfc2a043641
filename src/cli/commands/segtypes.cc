// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/values.h"

namespace lvm::cli {
namespace {

// Programs look here for what they may ask for: kinds that cannot be made are not listed.
Kind kind_of(std::string_view type) {
  if (type == "snapshot") return Kind::snapshot;
  if (type == "mirror") return Kind::mirror;
  if (type.starts_with("raid")) return Kind::raid;
  if (type.starts_with("thin")) return Kind::thin;
  if (type.starts_with("cache")) return Kind::cache;
  if (type.starts_with("vdo")) return Kind::vdo;
  if (type == "writecache") return Kind::writecache;
  if (type == "integrity") return Kind::integrity;
  return Kind::basic;
}

}  // namespace

ExitStatus run_segtypes(Session& session, const Arguments&) {
  for (const std::string_view type : segment_type_names())
    if (kind_available(kind_of(type))) session.messages().print_always(type);
  return ExitStatus::ok;
}

}  // namespace lvm::cli
