// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/engine.h"

namespace lvm::dm {

Result<std::optional<LiveTable>> Engine::live_table(std::string_view uuid) {
  auto found = TRY(info(uuid));
  if (!found) return std::nullopt;
  LiveTable out{.info = *std::move(found), .table = {}};
  if (auto read = table(uuid)) out.table = *std::move(read);
  return out;
}

Result<std::optional<LiveStatus>> Engine::live_status(std::string_view uuid) {
  auto found = TRY(info(uuid));
  if (!found) return std::nullopt;
  LiveStatus out{.info = *std::move(found), .lines = {}};
  if (auto read = status(uuid)) out.lines = *std::move(read);
  return out;
}

}  // namespace lvm::dm
