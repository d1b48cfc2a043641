// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/live_target.h"
#include "dm/user/snapshot/family.h"

namespace lvm::dm::user {
namespace {

// The device below as it is; before it changes, its snapshots save what they need.
class Origin final : public LiveTarget {
 public:
  Origin(Area area, std::shared_ptr<SnapshotOrigin> family) : area_(std::move(area)), family_(std::move(family)) {}
  Result<> read(Bytes offset, std::span<std::byte> out) override { return area_.read(offset, out); }
  Result<> change(const Change& change) override {
    return family_->change(change.offset, change.length, nullptr, [&] { return area_.change(change); });
  }
  Result<> flush() override { return area_.flush(); }

 private:
  Area area_;
  std::shared_ptr<SnapshotOrigin> family_;
};

Result<std::unique_ptr<LiveTarget>> make(const TargetBody& body, Construction& construction) {
  const auto& origin = std::get<SnapshotOriginTarget>(body);
  auto area = TRY(construction.area(origin.device, Sectors(), to_sectors_floor(construction.length())));
  auto family = construction.host().snapshots().origin(area.number());
  return std::make_unique<Origin>(std::move(area), std::move(family));
}

}  // namespace

const LiveRow kLiveSnapshotOrigin = {{"snapshot-origin", 1, 9, 0}, make};

}  // namespace lvm::dm::user
