// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/commands.h"
#include "cli/session.h"

namespace lvm::cli {
namespace {

ExitStatus gone(Session& session, std::string_view what, std::string_view instead) {
  session.messages().error(what);
  session.messages().error(instead);
  return ExitStatus::failed;
}

constexpr std::string_view kUseStats = "Please use the superior 'dmstats' facilities instead.";

}  // namespace

ExitStatus run_lvmchange(Session& session, const Arguments&) {
  return gone(session, "There's no 'lvmchange' command in LVM2.",
              "Use 'dmsetup' commands to reset the kernel device-mapper driver.");
}
ExitStatus run_lvmsadc(Session& session, const Arguments&) {
  return gone(session, "There's no 'lvmsadc' command in LVM2.", kUseStats);
}
ExitStatus run_lvmsar(Session& session, const Arguments&) {
  return gone(session, "There's no 'lvmsar' command in LVM2.", kUseStats);
}
ExitStatus run_pvdata(Session& session, const Arguments&) {
  return gone(session, "There's no 'pvdata' command in LVM2.",
              "Use lvs, pvs, vgs instead; or use vgcfgbackup and read the text file backup.");
}

}  // namespace lvm::cli
