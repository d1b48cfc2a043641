// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "cli/arguments.h"
#include "cli/engine_choice.h"
#include "cli/messages.h"
#include "cli/selection.h"
#include "config/config.h"
#include "system/system.h"

namespace lvm::cli {

// The real machine behind System: made once by a command from its settings and options.
class SystemParts {
 public:
  static Result<SystemParts> make(const Arguments& arguments, const config::Config& config, const Selection& selection,
                                  Messages& messages);
  SystemParts(SystemParts&&) noexcept;
  ~SystemParts();

  System& system();
  const EngineChoice& engine() const;

 private:
  struct State;
  explicit SystemParts(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// lvm.conf and friends, --config, profiles, and the options that stand for settings.
Result<config::Config> load_settings(const Arguments& arguments);
// The lock of /run/lvm/hints, which is the file itself. Code::busy when it would have to wait and may not.
Result<std::unique_ptr<lock::Guard>> lock_hints(const std::string& path, lock::Mode mode, bool wait);
// How to speak: -v, -q, log/ settings.
Messages::Options message_options(const Arguments& arguments, const config::Config& config);

}  // namespace lvm::cli
