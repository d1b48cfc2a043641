// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "plan/lv_resize.h"

// lvextend, lvreduce and lvresize: one verb, three directions.
namespace lvm::cli {
namespace {

using Direction = plan::LvResizeRequest::Direction;

Result<plan::LvResizeRequest> resize_request(Session& session, Direction direction) {
  const Arguments& arguments = session.arguments();
  if (arguments.has(Opt::resizefs) || arguments.has(Opt::fs))
    return fail(Code::unsupported,
                "Resizing the file system with the volume (--resizefs) is not available yet: resize the volume, "
                "then the file system (resize2fs, xfs_growfs, btrfs filesystem resize); to reduce, the other way "
                "round.");
  if (arguments.form_id() == form::resize::policies)
    return fail(Code::unsupported, "--use-policies needs thin pools or snapshots, which are not available yet.");
  plan::LvResizeRequest request;
  request.direction = direction;
  request.only_metadata = arguments.form_id() == form::resize::pool_metadata;
  if (auto size = arguments.amount(Opt::poolmetadatasize)) {
    auto sign = size->sign == Sign::plus ? plan::LvSize::Sign::plus : plan::LvSize::Sign::none;
    request.pool_metadata = plan::LvSize{plan::LvSize::Unit::bytes, sign, size->bytes.n};
  }
  if (arguments.form_id() == form::resize::devices) {
    request.size = {plan::LvSize::Unit::percent_pvs, plan::LvSize::Sign::plus, 100};
  } else if (!request.only_metadata) {
    request.size = TRY(size_argument(arguments));
    // lvreduce and lvextend take "10G" with or without a sign: theirs is the only one that makes sense.
    if (direction == Direction::extend && request.size.sign == plan::LvSize::Sign::minus)
      return fail(Code::usage, "Negative argument not permitted - use lvreduce");
    if (direction == Direction::reduce && request.size.sign == plan::LvSize::Sign::plus)
      return fail(Code::usage, "Positive sign not permitted - use lvextend");
  }
  if (auto stripes = arguments.number(Opt::stripes)) {
    if (*stripes < 1 || *stripes > 128)
      return fail(Code::usage, fmt::format("Number of stripes ({}) must be between 1 and 128.", *stripes));
    request.stripes = static_cast<std::uint32_t>(*stripes);
  }
  if (auto size = arguments.bytes(Opt::stripesize)) request.stripe_size = to_sectors_ceil(*size);
  if (auto mirrors = arguments.number(Opt::mirrors)) request.mirrors = static_cast<std::uint32_t>(*mirrors);
  request.nosync = arguments.has(Opt::nosync);
  request.allocation = arguments.allocation();
  request.force = session.force() > 0 || session.yes();
  request.pvs = TRY(pv_arguments(arguments, 1));
  return request;
}

ExitStatus resize(Session& session, Direction direction) {
  auto request = resize_request(session, direction);
  if (!request) return session.refuse(request.error());
  auto name = parse_one_lv_name(session.arguments().operands().front());
  if (!name) return session.refuse(name.error());
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  return session.with_vg(name->vg, [&](const world::VgView& view) {
    const model::Lv* lv = view.vg->find_lv(name->lv);
    if (!lv)
      return session.refuse(
          Error(Code::not_found, fmt::format("Logical volume {} not found in volume group {}.", name->lv, name->vg)));
    request->lv = lv->id;
    return session.carry_out(plan::lv_resize(session.context(), view, *request));
  });
}

}  // namespace

ExitStatus run_lvextend(Session& session, const Arguments&) { return resize(session, Direction::extend); }
ExitStatus run_lvreduce(Session& session, const Arguments&) { return resize(session, Direction::reduce); }
ExitStatus run_lvresize(Session& session, const Arguments&) { return resize(session, Direction::either); }

}  // namespace lvm::cli
