// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/managers/managers.h"

#include "lockd/managers/memory/cluster.h"

namespace lvm::lockd {

std::vector<std::unique_ptr<Manager>> real_managers(const ManagerOptions&) {
  std::vector<std::unique_ptr<Manager>> out;
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
