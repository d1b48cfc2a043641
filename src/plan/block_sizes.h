// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "plan/context.h"

// Sizes that depend on the devices below a volume, and on what it carries: blocks of writecaches and of checksums,
// chunks of pools.
namespace lvm::plan {

// What is known of both, gathered for verbs that need it.
struct BlockFacts {
  std::unordered_map<PvId, device::Topology> pvs;  // of those that are there
  std::uint32_t file_system = 0;                   // bytes of a block of what the volume carries; 0: not known
};

// A file system can only be mounted when no layer below it has larger blocks. All sizes in bytes; 0 and no value: it is
// chosen. Lines of output say which file system or device decided.

// For a writecache in front of `lv`, which may be the data of a thin pool.
Result<std::uint32_t> writecache_block_size(const Context& context, const model::Vg& vg, const model::Lv& lv,
                                            const BlockFacts& facts, std::optional<std::uint32_t> given);

// For checksums below the images of `lv`: one that is made, or one that is in use and whose blocks may not grow.
Result<std::uint32_t> new_integrity_block_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts,
                                               std::uint32_t given);
struct ChosenBlocks {
  std::uint32_t size = 0;
  std::vector<std::string> said;
};
Result<ChosenBlocks> added_integrity_block_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts,
                                                std::uint32_t given);
// The same of images that come to one whose other images have checksums of `in_use`.
Result<ChosenBlocks> more_integrity_block_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts,
                                               std::uint32_t in_use);

// The size of I/O that suits all PVs of `lv`'s data: the least multiple of what each says. 0: none says so.
enum class IoSize { minimum, optimal };
Sectors suitable_io_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts, IoSize which);

}  // namespace lvm::plan
