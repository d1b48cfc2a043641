// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/vdo.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "activate/profile.h"
#include "model/names.h"
#include "model/relations.h"
#include "plan/new_lv.h"

namespace lvm::plan::convert {
namespace {

using model::Lv;
using model::Vg;

class Conversion {
 public:
  Conversion(const Context& context, const world::VgView& view, const VdoPoolRequest& request)
      : stages_(context, view), request_(request), name_(fmt::format("{}/{}", view.vg->name, lv().name)) {}

  Result<step::Plan> run() {
    TRY(check());
    sizes_ = TRY(vdo_sizes(context(), activate::settings_of(context().config, vg(), nullptr), vg(), request_.vdo,
                           request_.virtual_size));
    if (!request_.format && !sizes_.virtual_extents)
      sizes_.virtual_extents =
          TRY(virtual_extents_of(context(), vg(), vg().size_of(lv().extents()), sizes_.settings.pool));
    Lv volume = TRY(new_volume());
    bool again = request_.vdo.formatted_blocks.has_value();
    if (!again) ask();
    if (!again && request_.format)
      stages_.add_steps(TRY(format_alone(context(), stages_.view(), vg(), request_.lv, sizes_, false, true)));
    if (sizes_.virtual_extents) TRY(commit(std::move(volume)));
    return stages_.finish();
  }

 private:
  const Context& context() { return stages_.context(); }
  const Vg& vg() const { return stages_.vg(); }
  const Lv& lv() const { return *vg().find_lv(request_.lv); }

  Result<> check() {
    model::Relations relations(vg());
    if (!lv().visible() || !relations.users(relations.position(request_.lv)).empty())
      return fail(Code::refused,
                  fmt::format("Volume {} is a part of another one: it cannot become a VDO pool.", name_));
    return activate::check_unused(stages_.world(), vg(), lv());
  }

  void ask() {
    if (request_.format) {
      context().note(
          warn(fmt::format("WARNING: Converting logical volume {} to VDO pool volume with formating.", name_)));
      context().note(warn("THIS WILL DESTROY CONTENT OF LOGICAL VOLUME (filesystem etc.)"));
    } else {
      context().note(
          warn(fmt::format("WARNING: Converting logical volume {} to VDO pool volume WITHOUT formating.", name_)));
      context().note(warn("WARNING: Using invalid VDO pool data MAY DESTROY YOUR DATA!"));
    }
    stages_.plan().questions.push_back(
        {fmt::format("Do you really want to convert {}? [y/n]: ", name_), "Conversion aborted."});
  }

  Result<Lv> new_volume() {
    Lv out = new_lv(context(), request_.volume.empty() ? model::next_lv_name(vg()) : request_.volume);
    TRY(model::check_new_lv_name(out.name));
    TRY(model::check_name_lengths(vg().name, out.name));
    if (vg().find_lv(out.name))
      return fail(Code::exists,
                  fmt::format("Logical Volume \"{}\" already exists in volume group \"{}\"", out.name, vg().name));
    out.allocation = lv().allocation;
    if (request_.read_ahead) out.read_ahead = *request_.read_ahead;
    return out;
  }

  Result<> commit(Lv volume) {
    auto down = TRY(activate::deactivate(stages_.world(), vg(), lv(), context().config));
    if (!down.empty()) {
      down.emplace_back(step::Settle{});
      stages_.add_steps(std::move(down));
    }
    Vg after = vg();
    LvId id = volume.id;
    std::string name = volume.name;
    after.lvs.push_back(std::move(volume));
    become_vdo_pool(context(), after, request_.lv, id, sizes_);
    after.find_lv(request_.lv)->profile = context().config.metadata_profile();
    auto up = TRY(activate::activate(stages_.world(), stages_.view(), after, *after.find_lv(id), context().config, {}));
    up.emplace_back(step::Settle{});
    up.emplace_back(print(fmt::format("Logical volume \"{}\" created.", name)));
    up.emplace_back(print(
        fmt::format("Converted {} to VDO pool volume and created virtual {}/{} VDO volume.", name_, after.name, name)));
    stages_.add_revocable(std::move(after), {}, std::move(up));
    return {};
  }

  Stages stages_;
  const VdoPoolRequest& request_;
  std::string name_;
  VdoSizes sizes_;
};

}  // namespace

Result<step::Plan> to_vdo_pool(const Context& context, const world::VgView& view, const VdoPoolRequest& request) {
  TRY(check_writable(context, view));
  return Conversion(context, view, request).run();
}

}  // namespace lvm::plan::convert
