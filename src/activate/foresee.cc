// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/foresee.h"

#include <limits>

namespace lvm::activate {
namespace {

// No device has this major number: those to come have no numbers yet, but must not be taken for one another.
constexpr std::uint32_t kToCome = std::numeric_limits<std::uint32_t>::max();

class Foresight {
 public:
  explicit Foresight(world::World& world) : world_(world) {}

  void operator()(const step::CreateDevice& step) {
    world::LiveDevice live;
    live.info.name = step.request.name;
    live.info.uuid = step.request.uuid;
    live.info.device = {kToCome, static_cast<std::uint32_t>(world_.live.size())};
    world_.live.insert_or_assign(step.request.uuid, std::move(live));
  }
  void operator()(const step::LoadTable& step) {
    if (auto* live = find(step.uuid)) {
      live->table = step.table;
      live->info.live_table = true;
      live->info.read_only = step.read_only;
    }
  }
  void operator()(const step::RemoveDevice& step) { world_.live.erase(step.uuid); }
  void operator()(const step::RenameDevice& step) {
    if (auto* live = find(step.uuid)) live->info.name = step.new_name;
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  world::LiveDevice* find(const std::string& uuid) {
    auto at = world_.live.find(uuid);
    return at == world_.live.end() ? nullptr : &at->second;
  }

  world::World& world_;
};

}  // namespace

void foresee(world::World& world, const std::vector<step::Step>& steps) {
  Foresight foresight(world);
  for (const step::Step& step : steps) std::visit(foresight, step);
}

}  // namespace lvm::activate
