// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/block_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "plan/images.h"

namespace lvm::plan {
namespace {

constexpr std::uint32_t kSector = 512, kLarge = 4096;

struct Blocks {
  std::uint32_t logical = 0, physical = 0;  // the largest
  bool equal = true;                        // the logical ones of all PVs
};

Blocks blocks_below(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts) {
  Blocks out;
  for (const auto& [pv, topology] : facts.pvs) {
    if (!lies_on(vg, lv, pv)) continue;
    out.equal = out.equal && (out.logical == 0 || out.logical == topology.logical_block_size);
    out.logical = std::max(out.logical, topology.logical_block_size);
    out.physical = std::max(out.physical, topology.physical_block_size);
  }
  if (out.logical == 0) out = {kSector, kSector};
  return out;
}

// "unknown file system block size, logical block size 512, physical block size 512"
std::string unknown(std::string_view what, const Blocks& blocks) {
  return fmt::format("{}, logical block size {}, physical block size {}.", what, blocks.logical, blocks.physical);
}
constexpr std::string_view kUnknown = "unknown file system block size";

// What is given is refused where a device or the file system could not work with it.
Result<> check(std::string_view what, std::uint32_t given, std::uint32_t file_system, const Blocks& blocks) {
  if (given < blocks.logical)
    return fail(Code::refused, fmt::format("{} block size {} not allowed with device logical block size {}.", what,
                                           given, blocks.logical));
  if (file_system != 0 && given > file_system)
    return fail(Code::refused, fmt::format("{} block size {} cannot be larger than file system block size {}.", what,
                                           given, file_system));
  return {};
}

Result<Blocks> blocks_of_images(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts) {
  Blocks out = blocks_below(vg, lv, facts);
  if (!out.equal) return fail(Code::refused, "Integrity requires consistent logical block size for LV devices.");
  return out;
}

std::string using_blocks(std::uint32_t size, const Blocks& blocks, const BlockFacts& facts) {
  if (facts.file_system == 0)
    return fmt::format("Using integrity block size {} for {}", size, unknown(kUnknown, blocks));
  return fmt::format("Using integrity block size {} for file system block size {}.", size, facts.file_system);
}

}  // namespace

Result<std::uint32_t> writecache_block_size(const Context& context, const model::Vg& vg, const model::Lv& lv,
                                            const BlockFacts& facts, std::optional<std::uint32_t> given) {
  const Blocks blocks = blocks_below(vg, lv, facts);
  bool of_pool = std::ranges::any_of(vg.lvs, [&](const model::Lv& other) {
    const auto* pool = other.as<model::ThinPool>();
    return pool && pool->data == lv.id;
  });
  if (given) TRY(check("Writecache", *given, facts.file_system, blocks));
  std::uint32_t small = std::max(kSector, blocks.logical);
  std::uint32_t chosen = of_pool ? small : facts.file_system == 0 || facts.file_system >= kLarge ? kLarge : small;
  std::uint32_t block = given.value_or(chosen);
  if (of_pool) {
    context.note(print(fmt::format("Using writecache block size {} for {}", block, unknown("thin pool data", blocks))));
  } else if (facts.file_system == 0) {
    if (block > kSector) {
      context.note(warn(fmt::format("WARNING: unable to detect a file system block size on {}/{}", vg.name, lv.name)));
      context.note(
          warn("WARNING: using a writecache block size larger than the file system block size may corrupt the file "
               "system."));
    }
    context.note(print(fmt::format("Using writecache block size {} for {}", block, unknown(kUnknown, blocks))));
  }
  return block;
}

Result<std::uint32_t> new_integrity_block_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts,
                                               std::uint32_t given) {
  const Blocks blocks = TRY(blocks_of_images(vg, lv, facts));
  if (given != 0) TRY(check("Integrity", given, 0, blocks));
  return given != 0 ? given : blocks.logical;
}

Result<ChosenBlocks> added_integrity_block_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts,
                                                std::uint32_t given) {
  const Blocks blocks = TRY(blocks_of_images(vg, lv, facts));
  if (given != 0) TRY(check("Integrity", given, facts.file_system, blocks));
  if (facts.file_system == 0 && given > blocks.logical)
    return fail(Code::refused,
                fmt::format("Cannot use integrity block size {} with {}", given, unknown(kUnknown, blocks)));
  ChosenBlocks out{given != 0 ? given : blocks.logical, {}};
  if (given == 0 && facts.file_system > blocks.logical)
    out.said = {fmt::format("Limiting integrity block size to {} because the LV is active.", blocks.logical)};
  out.said.push_back(using_blocks(out.size, blocks, facts));
  return out;
}

Result<ChosenBlocks> more_integrity_block_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts,
                                               std::uint32_t in_use) {
  const Blocks blocks = TRY(blocks_of_images(vg, lv, facts));
  TRY(check("Integrity", in_use, 0, blocks));
  return ChosenBlocks{in_use, {using_blocks(in_use, blocks, facts)}};
}

Sectors suitable_io_size(const model::Vg& vg, const model::Lv& lv, const BlockFacts& facts, IoSize which) {
  std::uint64_t out = 0;
  for (const auto& [pv, topology] : facts.pvs) {
    if (!lies_on(vg, lv, pv)) continue;
    Bytes said = which == IoSize::minimum ? topology.minimum_io_size : topology.optimal_io_size;
    std::uint64_t sectors = said.n / kSector;
    if (sectors != 0) out = out == 0 ? sectors : std::lcm(out, sectors);
  }
  return Sectors(out);
}

}  // namespace lvm::plan
