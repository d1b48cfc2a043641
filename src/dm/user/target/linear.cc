// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/live_target.h"

namespace lvm::dm::user {
namespace {

class Linear final : public LiveTarget {
 public:
  explicit Linear(Area area) : area_(std::move(area)) {}
  Result<> read(Bytes offset, std::span<std::byte> out) override { return area_.read(offset, out); }
  Result<> change(const Change& change) override { return area_.change(change); }
  Result<> flush() override { return area_.flush(); }
  void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) override {
    area_.start_read(offset, out, result, batch);
  }

 private:
  Area area_;
};

Result<std::unique_ptr<LiveTarget>> make(const TargetBody& body, Construction& construction) {
  const auto& linear = std::get<LinearTarget>(body);
  auto area = TRY(construction.area(linear.device, linear.offset, to_sectors_floor(construction.length())));
  return std::make_unique<Linear>(std::move(area));
}

}  // namespace

const LiveRow kLiveLinear = {{"linear", 1, 4, 0}, make};

}  // namespace lvm::dm::user
