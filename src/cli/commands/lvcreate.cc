// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>

#include "cli/block_facts.h"
#include "cli/commands/commands.h"
#include "cli/commands/lv_attributes.h"
#include "cli/commands/pool_options.h"
#include "cli/commands/raid_options.h"
#include "cli/commands/vdo_options.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "model/names.h"
#include "plan/lv_create.h"

namespace lvm::cli {
namespace {

// What each form makes when --type does not say so.
struct Implied {
  FormId form;
  std::string_view type;
};
constexpr Implied kImplied[] = {
    {form::lvcreate::error, "error"},
    {form::lvcreate::zero, "zero"},
    {form::lvcreate::linear, "linear"},
    {form::lvcreate::striped, "striped"},
    {form::lvcreate::mirror, "mirror"},
    {form::lvcreate::snapshot, "snapshot"},
    {form::lvcreate::sparse_snapshot, "snapshot"},
    {form::lvcreate::thin_pool, "thin-pool"},
    {form::lvcreate::cache_pool, "cache-pool"},
    {form::lvcreate::thin, "thin"},
    {form::lvcreate::thin_with_pool, "thin"},
    {form::lvcreate::thin_snapshot, "thin"},
    {form::lvcreate::thin_external_snapshot, "thin"},
    {form::lvcreate::cache, "cache"},
    {form::lvcreate::cache_on_volume, "cache"},
    {form::lvcreate::writecache, "writecache"},
    {form::lvcreate::vdo, "vdo"},
};

std::string type_wanted(const Arguments& arguments, const config::Config& config) {
  if (arguments.has(Opt::type)) return std::string(arguments.text(Opt::type));
  bool striped = arguments.number(Opt::stripes).value_or(1) > 1;
  if (arguments.form_id() == form::lvcreate::raid) {
    // No copies are asked for.
    if (arguments.number(Opt::mirrors) == 0) return striped ? "striped" : "linear";
    return striped ? config.string("global/raid10_segtype_default") : config.string("global/mirror_segtype_default");
  }
  if (arguments.form_id() == form::lvcreate::sparse) return config.string("global/sparse_segtype_default");
  for (const Implied& implied : kImplied)
    if (implied.form == arguments.form_id()) return std::string(implied.type);
  return {};
}

// The options of some kinds, each read into its part of the request.
constexpr Result<> (*kReaders[])(Session&, plan::LvCreateRequest&) = {
    read_raid_options,
    read_pool_options,
    read_vdo_options,
};

Result<plan::LvCreateRequest> create_request(Session& session, const LvName& name, const LvName& base) {
  const Arguments& arguments = session.arguments();
  plan::LvCreateRequest request;
  request.name = name.lv;
  request.base = base.lv;
  if (arguments.has(Opt::size) || arguments.has(Opt::extents)) request.size = TRY(size_argument(arguments));
  request.attributes = TRY(lv_attributes(session));
  request.type = type_wanted(arguments, session.context().config);
  if (auto stripes = arguments.number(Opt::stripes)) {
    if (*stripes == 0) return fail(Code::usage, "--stripes may not be zero.");
    if (*stripes < 1 || *stripes > 128)
      return fail(Code::usage, "Number of stripes (" + std::to_string(*stripes) + ") must be between 1 and 128.");
    request.stripes = static_cast<std::uint32_t>(*stripes);
  }
  if (auto size = arguments.bytes(Opt::stripesize)) request.stripe_size = to_sectors_ceil(*size);
  request.activation = activation_wanted(arguments).value_or(plan::Activation::yes);
  request.ignore_activation_skip = arguments.has(Opt::ignoreactivationskip);
  request.zero = arguments.yes_no(Opt::zero);
  request.wipe_signatures = arguments.yes_no(Opt::wipesignatures);
  request.yes = session.yes();
  for (auto* read : kReaders) TRY(read(session, request));
  return request;
}

// NAME, VG/NAME or /dev/VG/NAME after --name; the VG it names, if any.
Result<LvName> new_name(const Arguments& arguments) {
  std::string_view text = arguments.text(Opt::name);
  if (text.empty()) return LvName{};
  if (text.find('/') != std::string_view::npos) return parse_lv_name(text);
  return LvName{"", std::string(text)};
}

// The operand: a VG, or in forms that build upon a volume that volume.
Result<LvName> base_name(const Arguments& arguments, std::string_view text) {
  const auto& operands = arguments.form().operands;
  bool takes_lv = !operands.empty() && (operands[0].words & (word_lv | word_lv_new)) != 0;
  if (takes_lv && !arguments.operands().empty()) return parse_lv_name(text);
  LvName out;
  out.vg = TRY(parse_vg_name(text));
  return out;
}

}  // namespace

ExitStatus run_lvcreate(Session& session, const Arguments& arguments) {
  auto name = new_name(arguments);
  if (!name) return session.refuse(name.error());
  const char* default_vg = std::getenv("LVM_VG_NAME");
  std::string vg_text = !arguments.operands().empty() ? arguments.operands().front()
                        : !name->vg.empty()           ? name->vg
                        : default_vg                  ? default_vg
                                                      : "";
  auto base = vg_text.empty() ? Result<LvName>(LvName()) : base_name(arguments, vg_text);
  if (!base) return session.refuse(base.error());
  auto request = create_request(session, *name, *base);
  if (!request) return session.refuse(request.error());
  auto valid = plan::check_request(*request);
  if (!valid) return session.refuse(valid.error());
  if (vg_text.empty()) return session.refuse(Error(Code::usage, "Please specify a volume group name."));
  const std::string& vg_name = base->vg;
  if (!name->vg.empty() && name->vg != vg_name)
    return session.refuse(
        Error(Code::usage, "Inconsistent volume group names given: \"" + name->vg + "\" and \"" + vg_name + "\""));
  auto pvs = pv_arguments(arguments, 1);
  if (!pvs) return session.refuse(pvs.error());
  request->pvs = std::move(*pvs);

  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  request->creation_host = session.world().host.name;
  return session.with_vg(vg_name, [&](const world::VgView& view) {
    if (plan::asks_for_blocks(*request)) request->blocks = device_blocks(session, view);
    if (request->type == "vdo") {
      if (request->pool.name.empty()) request->pool.name = model::next_lv_name(*view.vg, "vpool");
      return make_vdo_pool(session, view.vg->id, request->pool.name, request->vdo, [&](const world::VgView& seen) {
        return plan::lv_create(session.context(), seen, *request);
      });
    }
    return session.carry_out(plan::lv_create(session.context(), view, *request));
  });
}

}  // namespace lvm::cli
