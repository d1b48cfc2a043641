// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/autoextend.h"

#include <algorithm>

namespace lvm::model {

std::optional<Extents> autoextended(const AutoextendPolicy& policy, Extents size, std::uint64_t used,
                                    std::uint64_t total) {
  using Wide = unsigned __int128;
  if (!policy.enabled() || total == 0) return std::nullopt;
  const auto threshold = std::max(policy.threshold, AutoextendPolicy::kLeastThreshold);
  if (Wide{used} * 100 <= Wide{total} * threshold) return std::nullopt;
  // An extent at least, or nothing would ever change; and so much that the threshold is no longer passed.
  const auto more = (Wide{size.n} * policy.percent + 99) / 100;
  const Wide enough = (Wide{size.n} * used * 100 + Wide{total} * threshold - 1) / (Wide{total} * threshold);
  const Wide grown = std::max(Wide{size.n} + std::max<Wide>(more, 1), enough);
  if (grown > ~std::uint64_t{0}) return std::nullopt;
  return Extents(static_cast<std::uint64_t>(grown));
}

Overprovisioning overprovisioning(const Provisioning& state) {
  if (state.promised <= state.pool) return Overprovisioning::none;
  if (state.promised > state.vg) return Overprovisioning::beyond_vg;
  return state.promised > state.pool + state.vg_free ? Overprovisioning::beyond_free : Overprovisioning::beyond_pool;
}

}  // namespace lvm::model
