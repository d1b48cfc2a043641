// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace lvm::config {

// What stands at the head of the files that dump() makes for packages.
inline constexpr std::string_view kGeneralPreamble =
    R"(# Settings of the LVM tools; see lvm.conf(5) for the format and for what goes
# over what.
#
# Settings behind a # show the default of the release that this file came
# with: the program itself has them, and a later release may have others.
# Remove the # to hold on to a value. Each setting may stand here once.
#
# The tools read $SYSTEM_DIR/lvm.conf, or lvm.conf in the directory that the
# environment variable LVM_SYSTEM_DIR names. lvmconfig(8) shows the values in
# force and checks this file.
)";

inline constexpr std::string_view kLocalPreamble =
    R"(# Settings of this one host, to be installed as $SYSTEM_DIR/lvmlocal.conf.
#
# Other than lvm.conf, this file must not be copied to other hosts: it says
# what tells this host from them. Any section may stand here, and goes over
# lvm.conf; files of host tags (lvm_TAG.conf) go over this one.
#
# The format is that of lvm.conf(5). Each setting may stand here once.
)";

}  // namespace lvm::config
