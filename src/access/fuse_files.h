// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "dm/user/daemon.h"

namespace lvm::access {

// Shows the engine's volumes as files below `directory` by FUSE, so that mkfs, debugfs, qemu, dd work on them. The
// directory is made; one that a killed daemon left mounted is unmounted first. Without libfuse3 or fusermount3
// start() fails and says what else there is. Programs only see error numbers: `tell` is given the texts.
using Tell = std::function<void(std::string_view text)>;
std::unique_ptr<dm::user::FrontEnd> make_fuse_files(std::string directory, Tell tell);
// Whether libfuse3 was there when this program was built.
bool fuse_built_in();

}  // namespace lvm::access
