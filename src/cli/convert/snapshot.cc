// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/convert/snapshot.h"

#include <fmt/format.h>

#include "cli/commands/pool_options.h"
#include "cli/convert/conversions.h"
#include "cli/operands.h"
#include "plan/convert/snapshot.h"
#include "plan/cow.h"

namespace lvm::cli::convert {

ExitStatus run_split_snapshot(Session& session) {
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    return session.carry_out(plan::convert::split_snapshot(session.context(), view, lv.id));
  });
}

ExitStatus run_combine_snapshot(Session& session) {
  const Arguments& arguments = session.arguments();
  plan::convert::CombineRequest request;
  if (auto size = arguments.bytes(Opt::chunksize)) {
    request.chunk_size = to_sectors_ceil(*size);
    if (!plan::is_cow_chunk_size(*request.chunk_size))
      return session.refuse(Error(Code::refused, "Chunk size must be a power of 2 in the range 4K to 512K."));
  }
  request.zero = arguments.yes_no(Opt::zero).value_or(true);
  auto store = parse_lv_name(arguments.operands()[1]);
  if (!store) return session.refuse(store.error());
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    const model::Lv* volume = view.vg->find_lv(store->lv.empty() ? store->vg : store->lv);
    if (!volume)
      return session.refuse(
          Error(Code::not_found, fmt::format("Failed to find logical volume \"{}/{}\"", view.vg->name, store->lv)));
    request.origin = lv.id;
    request.store = volume->id;
    return session.carry_out(plan::convert::combine_snapshot(session.context(), view, request));
  });
}

}  // namespace lvm::cli::convert
