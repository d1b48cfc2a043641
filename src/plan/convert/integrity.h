// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/convert/request.h"

// Checksums below the images of a raid: what a disk silently got wrong is read from another image.
namespace lvm::plan::convert {

struct IntegrityOptions {
  std::string mode;              // "journal", "bitmap"; empty: journal
  std::uint32_t block_size = 0;  // bytes; 0: as the PVs and the file system allow
};
Result<> check_integrity(const IntegrityOptions& options, const model::Lv& lv);

// `vg` with checksums below these images. Their metadata is placed beside the images and cleared, a commit for each, in
// `stages`. The checksums are yet to be calculated.
Result<model::Vg> with_integrity(Stages& stages, model::Vg vg, const std::vector<LvId>& images,
                                 const IntegrityOptions& options);
// As much metadata as an image that has grown needs, on the same PVs.
Result<> grow_integrity_metadata(const Context& context, model::Vg& vg, LvId image);
// Once the layers are live, the kernel calculates by itself.
void clear_recalculate(model::Vg& vg, LvId lv);

// Puts them below images that the raid has taken in already, in stages of the job.
Result<> add_checksums(Job& job, model::Vg vg, const std::vector<LvId>& images, const IntegrityOptions& options,
                       std::vector<std::string> said);
// How the images of a raid have theirs, for those that come to it. None: no image has checksums.
std::optional<IntegrityOptions> integrity_of(const model::Vg& vg, const model::Lv& lv);

// lvconvert --raidintegrity y, n.
Result<step::Plan> add_integrity(const Context& context, const world::VgView& view, const Request& request,
                                 IntegrityOptions options);
Result<step::Plan> remove_integrity(const Context& context, const world::VgView& view, const Request& request);

}  // namespace lvm::plan::convert
