// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/implied_options.h"

#include <fmt/format.h>

#include "cli/values.h"

namespace lvm::cli {
namespace {

// Kinds of locking that are no longer there: files are what is locked, but for those that said "none" and "read only".
void add_for_locking_type(Arguments& arguments, std::int64_t type, Messages& messages) {
  constexpr std::int64_t kNone = 0, kFiles = 1, kCluster = 3, kReadOnly = 4, kDummy = 5;
  if (type == kFiles) return;
  const char* used = "file locking";
  if (type == kNone || type == kDummy) {
    arguments.imply(Opt::nolocking);
    used = "--nolocking";
  } else if (type == kReadOnly) {
    arguments.imply(Opt::sysinit);
    arguments.imply(Opt::readonly);
    used = "--sysinit --readonly";
  }
  if (type == kCluster) messages.warn("WARNING: see lvmlockd(8) for information on using cluster/clvm VGs.");
  messages.warn(fmt::format("WARNING: locking_type ({}) is deprecated, using {}.", type, used));
}

}  // namespace

Result<> add_implied_options(Arguments& arguments, const config::Config& config, Messages& messages) {
  if (config.flag("global/test")) arguments.imply(Opt::test);
  if (config.is_set("activation/activation_mode") && !arguments.activation_mode()) {
    std::string text = config.string("activation/activation_mode");
    auto mode = parse_value(row(Opt::activationmode), Signs::none, text);
    if (!mode) return fail(Code::usage, mode.error().why);
    arguments.imply(Opt::activationmode, std::move(text), *mode);
  }
  add_for_locking_type(arguments, config.integer("global/locking_type"), messages);
  return {};
}

}  // namespace lvm::cli
