// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/batch.h"

#include <utility>

namespace lvm::dm::user {

void Batch::wait() {
  const auto operations = std::exchange(operations_, {});
  std::vector<RingRead> reads;
  for (const auto& operation : operations) reads.push_back(operation.read);
  // One alone is done quicker without.
  const auto answers = reads.size() > 1 ? operations.front().rings->run(reads) : std::vector<int>(reads.size());
  for (std::size_t i = 0; i < operations.size(); ++i)
    keep_error(*operations[i].result, operations[i].finish(answers[i]));
  for (IoGate* gate : std::exchange(gates_, {})) gate->leave();
}

}  // namespace lvm::dm::user
