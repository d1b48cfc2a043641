// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/convert/request.h"

// The older mirror: to it, within it, and from it.
namespace lvm::plan::convert {

struct MirrorRequest : Request {
  std::uint32_t images = 2;
  std::optional<std::uint32_t> logs;  // --mirrorlog: on disk not at all, once, or twice
  bool missing_pvs = false;           // the VG may miss PVs: the second half of a repair
};

// To a mirror of so many images; from a mirror of another number, or to a linear volume (one image). The kernel copies
// what is new: whoever wants to wait for that asks its status. Where the log is on disk, finish_mirror_images()
// follows.
Result<step::Plan> set_mirror_images(const Context& context, const world::VgView& view, const MirrorRequest& request);

// Once new images have been copied above a mirror that has its log on disk (model::converted_mirror), they become
// images like the others. Before that there is nothing to do: an empty plan.
Result<step::Plan> finish_mirror_images(const Context& context, const world::VgView& view, LvId lv);

// Takes `count` images off: they become one volume `name`.
Result<step::Plan> split_mirror_images(const Context& context, const world::VgView& view, const Request& request,
                                       std::uint32_t count, const std::string& name);

// lvconvert --mirrorlog.
Result<step::Plan> set_mirror_log(const Context& context, const world::VgView& view, const MirrorRequest& request);

// What of a mirror lies on PVs that are gone.
struct LostParts {
  std::vector<std::size_t> images;
  bool log = false;
};
LostParts lost_parts(const world::VgView& view, const model::Lv& lv);
// The first half of a repair: lost images and a lost log leave the mirror; with one image left it is linear. The second
// is to add others, by set_mirror_images() and set_mirror_log(); `replaced`: images will be.
Result<step::Plan> drop_lost_parts(const Context& context, const world::VgView& view, const Request& request,
                                   bool replaced);

// The images of a mirror become those of a raid1.
Result<step::Plan> mirror_to_raid1(const Context& context, const world::VgView& view, const Request& request);
// And back, with a log on disk.
Result<step::Plan> raid1_to_mirror(const Context& context, const world::VgView& view, const Request& request);

}  // namespace lvm::plan::convert
