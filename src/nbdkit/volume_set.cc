// SPDX-License-Identifier: LGPL-2.1-or-later
#include "nbdkit/volume_set.h"

#include <fmt/format.h>

#include <cstdlib>

#include "activate/activate.h"
#include "apply/apply.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/trace.h"
#include "config/config.h"
#include "device/io/options.h"
#include "device/io/system_io.h"
#include "dm/user/local_engine.h"
#include "lock/local/local_locks.h"
#include "plan/duplicate_pvs.h"
#include "plan/lv_change.h"
#include "scan/scan.h"
#include "world/image_backing.h"

namespace lvm::nbdkit {
namespace {

class NoTrace final : public Trace {
 public:
  bool wants(int) const override { return false; }
  void note(int, std::string_view) override {}
  void warn(std::string_view) override {}
};

// Nobody is there to be asked; what goes wrong is the result of the opening.
class FirstError final : public apply::Dialogue {
 public:
  void say(const step::Say&) override {}
  bool ask(const step::Question&) override { return false; }
  void report(const Error& error) override {
    if (!error_) error_ = error;
  }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}
  Error take() { return error_.value_or(Error(Code::io, "the volume could not be activated")); }

 private:
  std::optional<Error> error_;
};

class Volumes final : public VolumeSet {
 public:
  explicit Volumes(config::Config config, bool read_only) : config_(std::move(config)), read_only_(read_only) {}

  Result<> read(std::vector<std::string> devices);
  std::vector<std::string> names() override;
  Result<std::unique_ptr<dm::user::Block>> open_volume(const std::string& name, bool writable) override;

 private:
  Result<> attach(const model::Vg& vg);
  Result<> activate(const world::VgView& view, const model::Lv& lv);

  config::Config config_;
  bool read_only_;
  std::mutex mutex_;
  NoTrace trace_;
  SystemClock clock_;
  SystemFiles files_;
  SystemPrograms programs_;
  lock::NoLocks locks_;
  dm::user::LocalEngine engine_;
  std::unique_ptr<device::Io> io_;
  std::optional<System> system_;
  world::World world_;
};

Result<> Volumes::read(std::vector<std::string> devices) {
  io_ = device::make_system_io(device::system_options(config_, devices), {.user = &engine_});
  system_.emplace(System{*io_, engine_, locks_, clock_, files_, programs_, trace_});
  scan::Request request{.live = scan::Live::table, .only_devices = std::move(devices)};
  world_ = TRY(scan::discover(*system_, config_, request));
  return scan::read(*system_, config_, request, world_);
}

std::vector<std::string> Volumes::names() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const world::VgView& view : world_.vgs)
    for (const model::Lv& lv : view.vg->lvs)
      if (lv.visible()) out.push_back(fmt::format("{}/{}", view.vg->name, lv.name));
  return out;
}

Result<> Volumes::attach(const model::Vg& vg) {
  for (const world::PvDevice& pv : world_.pvs) {
    if (pv.vg_id != vg.id || pv.duplicate) continue;
    auto backing = TRY(world::image_backing(pv, vg));
    backing.read_only |= read_only_;
    TRY(engine_.attach(pv.device.number, backing));
  }
  return {};
}

Result<> Volumes::activate(const world::VgView& view, const model::Lv& lv) {
  TRY(attach(*view.vg));
  plan::Context context{world_, config_, clock_.unix_seconds(), [this] { return clock_.new_uuid(); }};
  plan::LvActivateRequest request{.lvs = {lv.id}, .ignore_activation_skip = true};
  step::Plan plan = TRY(plan::lv_activate(context, view, request));
  TRY(plan::check_duplicates(config_, world_, plan));
  if (!plan.failures.empty()) return std::unexpected(plan.failures.front());
  FirstError dialogue;
  apply::Applier applier(*system_, config_, world_, dialogue, {"nbdkit", false, false});
  if (!applier.run(plan).ok()) return std::unexpected(dialogue.take());
  return {};
}

Result<std::unique_ptr<dm::user::Block>> Volumes::open_volume(const std::string& name, bool writable) {
  std::lock_guard lock(mutex_);
  std::size_t slash = name.find('/');
  const world::VgView* view = world_.find_vg(std::string_view(name).substr(0, slash));
  if (slash == std::string::npos || view == nullptr)
    return fail(Code::not_found, fmt::format("\"{}\": no such volume; VG/LV is expected.", name));
  if (view->unusable) return fail(Code::corrupt, *view->unusable);
  const model::Lv* lv = view->vg->find_lv(name.substr(slash + 1));
  if (lv == nullptr || !lv->visible())
    return fail(Code::not_found,
                fmt::format("Volume group {} has no volume {}.", view->vg->name, name.substr(slash + 1)));
  std::string uuid = activate::top_uuid(*view->vg, *lv);
  auto info = TRY(engine_.info(uuid));
  if (!info) {
    TRY(activate(*view, *lv));
    info = TRY(engine_.info(uuid));
  }
  if (!info) return fail(Code::io, fmt::format("{}: the volume is not to be activated.", name));
  return engine_.open(info->device, writable);
}

}  // namespace

Result<std::unique_ptr<VolumeSet>> VolumeSet::open(std::vector<std::string> devices, bool read_only) {
  config::LoadOptions options;
  const char* directory = std::getenv("LVM_SYSTEM_DIR");
  if (directory != nullptr && *directory != '\0') options.system_dir = directory;
  SystemFiles files;
  config::Config config = TRY(config::load(files, options));
  auto out = std::make_unique<Volumes>(std::move(config), read_only);
  TRY(out->read(std::move(devices)));
  return out;
}

}  // namespace lvm::nbdkit
