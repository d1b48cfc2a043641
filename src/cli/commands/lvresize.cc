// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <unistd.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "plan/lv_autoextend.h"
#include "plan/lv_resize.h"
#include "plan/resize_parts.h"
#include "scan/file_system.h"

// lvextend, lvreduce and lvresize: one verb, three directions.
namespace lvm::cli {
namespace {

using Direction = plan::LvResizeRequest::Direction;

// What is to happen to the content; nothing: it is not looked at.
Result<std::optional<plan::FileSystemRequest>> content_request(const Arguments& arguments) {
  using Request = plan::FileSystemRequest;
  std::string_view how = arguments.text(Opt::fs);
  if (arguments.has(Opt::resizefs) && !how.empty())
    return fail(Code::usage, "Options --resizefs and --fs cannot be used together: --resizefs is --fs resize.");
  if (arguments.has(Opt::resizefs)) how = "resize";
  std::string_view mode = arguments.text(Opt::fsmode);
  if (!mode.empty() && how != "resize")
    return fail(Code::usage, "--fsmode says how --fs resize may reach the file system: it needs that option.");
  if (how.empty() || how == "ignore") return std::optional<Request>();
  Request out;
  if (how == "checksize") out.handling = Request::Handling::checksize;
  if (how == "resize_fsadm") out.handling = Request::Handling::fsadm;
  if (mode == "nochange") out.mode = Request::Mode::nochange;
  if (mode == "offline") out.mode = Request::Mode::offline;
  out.mode_given = !mode.empty();
  out.check = !arguments.has(Opt::nofsck);
  out.force = arguments.has(Opt::force);
  return std::optional<Request>(std::move(out));
}

Result<plan::LvResizeRequest> resize_request(Session& session, Direction direction) {
  const Arguments& arguments = session.arguments();
  plan::LvResizeRequest request;
  request.direction = direction;
  request.only_metadata = arguments.form_id() == form::resize::pool_metadata;
  if (auto size = arguments.amount(Opt::poolmetadatasize)) {
    auto sign = size->sign == Sign::plus ? plan::LvSize::Sign::plus : plan::LvSize::Sign::none;
    request.pool_metadata = plan::LvSize{plan::LvSize::Unit::bytes, sign, size->bytes.n};
  }
  if (arguments.form_id() == form::resize::devices) {
    request.size = {plan::LvSize::Unit::percent_pvs, plan::LvSize::Sign::plus, 100};
  } else if (!request.only_metadata && arguments.form_id() != form::resize::policies) {
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
  request.file_system = TRY(content_request(arguments));
  request.pvs = TRY(pv_arguments(arguments, 1));
  return request;
}

// Grown by as much as the configuration says, if so much of it is in use.
Result<step::Plan> by_policy(Session& session, const world::VgView& view, const model::Lv& lv,
                             const plan::LvResizeRequest& request) {
  std::optional<dm::StatusBody> status;
  std::string device = plan::policy_device(*view.vg, lv);
  if (!device.empty() && session.world().find_live(device)) {
    std::vector<dm::StatusLine> lines = TRY(session.system().dm.status(device));
    if (lines.size() == 1) status = dm::read_status(lines.front()).body;
  }
  return plan::lv_autoextend(session.context(), view, request, status ? &*status : nullptr);
}

// What the kernel says of the raid whose size the volume's is, where that keeps space for reshaping.
Result<std::optional<dm::RaidStatus>> status_of_reshapable(Session& session, const world::VgView& view, LvId lv) {
  const model::Lv* part = view.vg->find_lv(plan::resized_part(*view.vg, lv));
  if (!part || !part->as<model::Raid>() || !part->segments.front().reshape_extents) return std::nullopt;
  std::string uuid = activate::top_uuid(*view.vg, *part);
  if (!session.world().find_live(uuid)) return std::nullopt;
  std::vector<dm::StatusLine> lines = TRY(session.system().dm.status(uuid));
  if (lines.size() != 1) return std::nullopt;
  dm::StatusBody body = dm::read_status(lines.front()).body;
  const auto* raid = std::get_if<dm::RaidStatus>(&body);
  return raid ? std::optional(*raid) : std::nullopt;
}

// What the volume carries, read from its live device.
Result<world::FileSystem> look_into(Session& session, const world::VgView& view, const model::Lv& lv) {
  const world::LiveDevice* live = activate::own_device(session.world(), *view.vg, lv);
  if (!live)
    return fail(Code::refused, fmt::format("Logical volume {}/{} must be activated before resizing filesystem.",
                                           view.vg->name, lv.name));
  device::Device device;
  device.path = fmt::format("/dev/{}/{}", view.vg->name, lv.name);
  device.aliases = {"/dev/mapper/" + live->info.name};
  device.number = live->info.device;
  if (session.engine().name != "user") return scan::file_system(session.system(), device);
  // What is open may be mounted by way of a loop device.
  if (live->info.open_count > 0)
    return fail(Code::busy, fmt::format("Logical volume {}/{} is in use: its file system is resized once nobody has it "
                                        "open.",
                                        view.vg->name, lv.name));
  device.path = session.engine().run_directory + device.path;
  device.aliases.clear();
  if (::access(device.path.c_str(), R_OK | W_OK) != 0)
    return fail(Code::unsupported,
                fmt::format("{} is not there, for want of FUSE: file systems are resized by programs "
                            "that need it. Resize the volume alone.",
                            device.path));
  world::FileSystem out = TRY(scan::file_system(session.system(), device));
  out.file = true;
  return out;
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
    auto raid_status = status_of_reshapable(session, view, lv->id);
    if (!raid_status) return session.refuse(raid_status.error());
    request->raid_status = std::move(*raid_status);
    const bool by_script =
        request->file_system && request->file_system->handling == plan::FileSystemRequest::Handling::fsadm;
    if (by_script && session.engine().name == "user")
      return session.refuse(Error(Code::unsupported, "fsadm knows block devices only: use --fs resize."));
    if (request->file_system && !by_script) {
      auto content = look_into(session, view, *lv);
      if (!content) return session.refuse(content.error());
      request->file_system->found = std::move(*content);
    }
    if (session.arguments().form_id() == form::resize::policies)
      return session.carry_out(by_policy(session, view, *lv, *request));
    return session.carry_out(plan::lv_resize(session.context(), view, *request));
  });
}

}  // namespace

ExitStatus run_lvextend(Session& session, const Arguments&) { return resize(session, Direction::extend); }
ExitStatus run_lvreduce(Session& session, const Arguments&) { return resize(session, Direction::reduce); }
ExitStatus run_lvresize(Session& session, const Arguments&) { return resize(session, Direction::either); }

}  // namespace lvm::cli
