// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/live_target.h"

namespace lvm::dm::user {
namespace {

// Stands where a device is missing.
class AlwaysFails final : public LiveTarget {
 public:
  Result<> read(Bytes, std::span<std::byte>) override { return refuse("Read"); }
  Result<> change(const Change&) override { return refuse("Write"); }
  Result<> flush() override { return {}; }

 private:
  static Result<> refuse(std::string_view what) {
    return fail(Code::io, std::string(what) + " of an area that has no device (error target).");
  }
};

Result<std::unique_ptr<LiveTarget>> make(const TargetBody&, Construction&) { return std::make_unique<AlwaysFails>(); }

}  // namespace

const LiveRow kLiveError = {{"error", 1, 5, 0}, make};

}  // namespace lvm::dm::user
