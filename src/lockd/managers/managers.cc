// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/managers.h"

#include <array>

#include "lockd/managers/idm/idm_manager.h"
#include "lockd/managers/memory/cluster.h"
#ifdef LVM_HAVE_SANLOCK
#include "lockd/managers/sanlock/sanlock_manager.h"
#endif
#ifdef LVM_HAVE_DLM
#include "lockd/managers/dlm/dlm_manager.h"
#endif

namespace lvm::lockd {
namespace {

struct Row {
  ManagerKind kind;
  std::unique_ptr<Manager> (*make)(const ManagerOptions& options);
};
constexpr std::array kRows = {
#ifdef LVM_HAVE_SANLOCK
    Row{ManagerKind::sanlock, make_sanlock_manager},
#endif
#ifdef LVM_HAVE_DLM
    Row{ManagerKind::dlm, make_dlm_manager},
#endif
    Row{ManagerKind::idm, make_idm_manager},
};

}  // namespace

std::vector<std::unique_ptr<Manager>> real_managers(const ManagerOptions& options) {
  std::vector<std::unique_ptr<Manager>> out;
  for (const Row& row : kRows) out.push_back(row.make(options));
  return out;
}

std::string supported_managers() {
  std::string out;
  for (const Row& row : kRows) out += (out.empty() ? "" : " ") + std::string(to_string(row.kind));
  return out;
}

std::vector<std::unique_ptr<Manager>> memory_managers(ManagerKind global) {
  auto cluster = std::make_shared<Cluster>();
  std::vector<std::unique_ptr<Manager>> out;
  for (ManagerKind kind : {ManagerKind::dlm, ManagerKind::sanlock, ManagerKind::idm})
    out.push_back(std::make_unique<MemoryManager>(kind, cluster, 1, global == ManagerKind::none || global == kind));
  return out;
}

}  // namespace lvm::lockd
