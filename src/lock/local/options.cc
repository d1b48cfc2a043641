// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock/local/options.h"

namespace lvm::lock {

LocalOptions local_options(const config::Config& config) {
  LocalOptions options;
  options.directory = config.string("global/locking_dir");
  options.wait = config.flag("global/wait_for_locks");
  options.prioritise_writers = config.flag("global/prioritise_write_locks");
  return options;
}

}  // namespace lvm::lock
