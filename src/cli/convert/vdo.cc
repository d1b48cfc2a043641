// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "cli/commands/lv_attributes.h"
#include "cli/commands/pool_options.h"
#include "cli/commands/vdo_options.h"
#include "cli/convert/rows.h"
#include "plan/convert/vdo.h"

namespace lvm::cli::convert {

ExitStatus to_vdo_pool(Session& session) {
  const Arguments& arguments = session.arguments();
  plan::convert::VdoPoolRequest request;
  auto options = vdo_options(arguments);
  if (!options) return session.refuse(options.error());
  request.vdo.options = std::move(*options);
  if (auto valid = plan::check_vdo_options(request.vdo.options); !valid) return session.refuse(valid.error());
  request.volume = lv_option(arguments, Opt::name);
  request.virtual_size = arguments.bytes(Opt::virtualsize);
  if (request.virtual_size && request.virtual_size->n == 0)
    return session.refuse(Error(Code::usage, "--virtualsize may not be zero."));
  request.format = arguments.yes_no(Opt::zero).value_or(true);
  if (arguments.has(Opt::readahead)) {
    auto attributes = lv_attributes(session);
    if (!attributes) return session.refuse(attributes.error());
    request.read_ahead = attributes->read_ahead;
  }
  return with_volume(session, [&](const world::VgView& view, const model::Lv& lv) {
    request.lv = lv.id;
    auto plan = [&](const world::VgView& seen) { return plan::convert::to_vdo_pool(session.context(), seen, request); };
    return make_vdo_pool(session, view.vg->id, lv.name, request.vdo, plan);
  });
}

}  // namespace lvm::cli::convert
