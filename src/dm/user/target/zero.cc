// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "dm/user/live_target.h"

namespace lvm::dm::user {
namespace {

class Zero final : public LiveTarget {
 public:
  Result<> read(Bytes, std::span<std::byte> out) override {
    std::ranges::fill(out, std::byte{0});
    return {};
  }
  // Dropped, as the kernel does.
  Result<> change(const Change&) override { return {}; }
  Result<> flush() override { return {}; }
};

Result<std::unique_ptr<LiveTarget>> make(const TargetBody&, Construction&) { return std::make_unique<Zero>(); }

}  // namespace

const LiveRow kLiveZero = {{"zero", 1, 1, 0}, make};

}  // namespace lvm::dm::user
