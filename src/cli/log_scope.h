// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>

#include "cli/session.h"

// In the command log, what is said while one object is worked on is about that object.
namespace lvm::cli {

// `work` returns how it ended, which becomes an entry of its own.
template <class Work>
ExitStatus about(Session& session, Messages::Object object, Work work) {
  Messages& messages = session.messages();
  Messages::Object before = messages.set_object(std::move(object));
  const ExitStatus status = work();
  Messages::Object done = messages.set_object(std::move(before));
  if (messages.logging()) messages.log_status(done, static_cast<int>(status));
  return status;
}

inline Messages::Object log_object(const model::Vg& vg, const model::Lv& lv) {
  return {"lv", lv.name, lv.id.dashed(), vg.name, vg.id.dashed()};
}

// A PV by the path of its device; `vg` null: of no VG.
inline Messages::Object log_object(const model::Vg* vg, PvId pv, const std::string& path) {
  return {"pv", path, pv.dashed(), vg ? vg->name : std::string(), vg ? vg->id.dashed() : std::string()};
}

}  // namespace lvm::cli
