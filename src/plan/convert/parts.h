// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/convert/request.h"

// Images and their metadata that come to a volume, and that leave it.
namespace lvm::plan::convert {

// --- coming ---------------------------------------------------------------------------------------
struct NewImage {
  model::Lv data, metadata;
};
// Images of `length` extents on PVs that carry no image yet, numbered from `first` on; each with metadata on the same
// PV if `metadata` is not 0. `vg` tells what is free.
Result<std::vector<NewImage>> place_images(Job& job, const model::Vg& vg, std::uint32_t first, std::uint32_t count,
                                           Extents length, Extents metadata);
// Metadata for an image that is there, on one of its PVs.
Result<model::Lv> place_metadata(Job& job, const model::Vg& vg, const model::Lv& image, std::uint32_t number,
                                 Extents length);
// Adds an LV that is to be cleared before it is used: visible, and marked as to be rebuilt.
void add_for_clearing(model::Vg& vg, model::Lv lv);
// Adds these images, their metadata cleared; hidden, and marked as to be rebuilt.
struct AddedImages {
  std::vector<LvId> data, metadata;
};
Result<AddedImages> add_cleared(Job& job, model::Vg& vg, std::vector<NewImage> images);
// Gives each image metadata of so many extents, cleared and hidden, which a set is still to take in.
Result<std::vector<LvId>> add_metadata(Job& job, model::Vg& vg, const std::vector<model::Area>& images, Extents length);
// Hides what add_for_clearing() added.
void hide(model::Vg& vg, LvId id);
// Parts that were just added no longer count as to be rebuilt.
void clear_rebuild(model::Vg& vg, const std::vector<LvId>& parts);

// --- leaving --------------------------------------------------------------------------------------
// A part that no longer belongs to its volume: NAME_extracted, a volume of its own, until remove_extracted() takes it
// away with its device.
void extract(model::Vg& vg, LvId id, bool rename = true);
// Takes the devices of these LVs down; takes the LVs, with their own parts, out of the VG.
void take_down(Stages& stages, const std::vector<LvId>& parts);
void erase(model::Vg& vg, const std::vector<LvId>& parts);

// Commits `vg`, in which the parts are nobody's any more, and takes their devices down. Returns the VG without them,
// for the next commit.
Result<model::Vg> let_go(Job& job, model::Vg vg, const std::vector<LvId>& parts);

// Images and metadata are named by their position again.
void number_images(model::Vg& vg, LvId lv);

}  // namespace lvm::plan::convert
