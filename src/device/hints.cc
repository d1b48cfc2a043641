// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/hints.h"

namespace lvm::device {

Result<> outdate_hints(Files& files, const std::string& run_directory) {
  if (!files.read(run_directory + "/hints")) return {};
  auto made = files.create_new(run_directory + "/newhints", "", 0600);
  if (!made && made.error().code() == Code::exists) return {};
  return made;
}

}  // namespace lvm::device
