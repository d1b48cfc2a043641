// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "plan/block_sizes.h"
#include "plan/convert/request.h"

// Checksums below the images of a raid: what a disk silently got wrong is read from another image.
namespace lvm::plan::convert {

struct IntegrityOptions {
  std::string mode;              // "journal", "bitmap"; empty: journal
  std::uint32_t block_size = 0;  // bytes; 0: as the PVs and the file system allow
  BlockFacts blocks;
};
Result<> check_integrity(const IntegrityOptions& options, const model::Lv& lv);

// `vg` with checksums below every image of the raid that has none. Their metadata is placed beside the images and
// cleared, a commit for each, in `stages`. The checksums are yet to be calculated.
Result<model::Vg> with_integrity(Stages& stages, model::Vg vg, LvId lv, const IntegrityOptions& options);
// As much metadata as an image that has grown needs, on the same PVs.
Result<> grow_integrity_metadata(const Context& context, model::Vg& vg, LvId image);
// Once the layers are live, the kernel calculates by itself.
void clear_recalculate(model::Vg& vg, LvId lv);

// lvconvert --raidintegrity y, n.
Result<step::Plan> add_integrity(const Context& context, const world::VgView& view, const Request& request,
                                 IntegrityOptions options);
Result<step::Plan> remove_integrity(const Context& context, const world::VgView& view, const Request& request);

}  // namespace lvm::plan::convert
