// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "plan/context.h"
#include "world/file_system.h"

// Which programs resize what a volume carries, and in which order around the change of the volume.
namespace lvm::plan {

struct FileSystemRequest {
  world::FileSystem found;
  // checksize: a file system that would be cut is a reason to refuse; fsadm: that program decides everything.
  enum class Handling { checksize, resize, fsadm } handling = Handling::resize;
  // May it be mounted or unmounted for that? `manage` asks, unless it was given by name.
  enum class Mode { manage, nochange, offline } mode = Mode::manage;
  bool mode_given = false;
  bool check = true;  // fsck before (without --nofsck)
  bool force = false;
};

// Done before and behind the change of the volume's size; each becomes a stage of its own.
struct FileSystemSteps {
  std::vector<step::Question> questions;
  std::vector<step::Step> before, behind;
};

// `volume` is "vg/lv"; sizes are those of the volume. Refused here, before anything is changed: kinds that cannot
// be resized in that direction, and what would need a mount that the mode forbids.
Result<FileSystemSteps> resize_file_system(const Context& context, const std::string& volume, Bytes from, Bytes to,
                                           const FileSystemRequest& request);

}  // namespace lvm::plan
