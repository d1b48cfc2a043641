// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/vdo_pool.h"

namespace lvm::plan::convert {

struct VdoPoolRequest {
  LvId lv;
  std::string volume;  // name of the volume on it; empty: the next lvolN
  std::optional<Bytes> virtual_size;
  std::optional<std::int64_t> read_ahead;
  bool format = true;  // else the data is that of a VDO pool already
  VdoRequest vdo;
};

// A volume becomes a VDO pool, with a volume on it. What it held is lost.
Result<step::Plan> to_vdo_pool(const Context& context, const world::VgView& view, const VdoPoolRequest& request);

}  // namespace lvm::plan::convert
