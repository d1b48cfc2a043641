// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/cow.h"

#include <fmt/format.h>

#include "activate/live.h"
#include "plan/volume_size.h"

namespace lvm::plan {
namespace {

constexpr Sectors kSmallestChunk{8}, kLargestChunk{1024};
// An exception takes 16 bytes of a chunk of exceptions.
constexpr std::uint64_t kExceptionsPerSector = 32;

}  // namespace

bool is_cow_chunk_size(Sectors chunk) {
  return is_power_of_two(chunk.n) && chunk >= kSmallestChunk && chunk <= kLargestChunk;
}

Sectors largest_cow(Sectors origin, Sectors chunk) {
  std::uint64_t chunks = (origin.n + chunk.n - 1) / chunk.n;
  std::uint64_t per_area = chunk.n * kExceptionsPerSector;
  return Sectors((1 + chunks + (chunks + per_area) / per_area) * chunk.n);
}

Sectors smallest_cow(Sectors chunk) { return Sectors(3 * chunk.n); }

const model::Lv* holder_of_store(const model::Relations& relations, const model::Lv& lv) {
  std::uint32_t holder = relations.behind_face(relations.position(lv.id));
  return holder == model::Relations::kNone ? nullptr : &relations.vg().lvs[holder];
}

const model::Lv* origin_of_store(const model::Relations& relations, const model::Lv& lv) {
  const model::Lv* holder = holder_of_store(relations, lv);
  return holder ? relations.vg().find_lv(holder->as<model::Snapshot>()->origin) : nullptr;
}

bool has_cow_snapshots(const model::Relations& relations, const model::Lv& lv) {
  for (const model::Relation& relation : relations.users(relations.position(lv.id)))
    if (relation.role == model::Role::snapshot_origin) return true;
  return false;
}

Result<Extents> resize_of_snapshots(const Context& context, const model::Relations& relations, const model::Lv& lv,
                                    Extents wanted) {
  const model::Vg& vg = relations.vg();
  if (has_cow_snapshots(relations, lv)) {
    if (wanted < lv.extents()) return fail(Code::refused, "Snapshot origin volumes cannot be reduced in size yet.");
    if (wanted > lv.extents() && activate::is_up(context.world, vg, lv))
      return fail(Code::refused, "Snapshot origin volumes can be resized only while inactive: try lvchange -an.");
  }
  const model::Lv* holder = holder_of_store(relations, lv);
  if (!holder || wanted <= lv.extents()) return wanted;
  Extents most = to_extents_ceil(largest_cow(vg.size_of(holder->extents()), holder->as<model::Snapshot>()->chunk_size),
                                 vg.extent_size);
  if (wanted <= most) return wanted;
  context.note(print(fmt::format("Reached maximum COW size {}.", sized(context, vg, most))));
  return std::max(most, lv.extents());
}

}  // namespace lvm::plan
