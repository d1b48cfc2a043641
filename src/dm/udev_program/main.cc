// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "dm/udev_program/variables.h"

// lvm-dm-udev: what the device-mapper's udev rules cannot do by themselves. Started for every event: small on purpose.
namespace {

int usage() {
  std::fputs(
      "usage: lvm-dm-udev flags COOKIE      variables for the flags in a cookie\n"
      "       lvm-dm-udev split NAME        variables for the parts of a volume's device name\n"
      "       lvm-dm-udev complete COOKIE   the event has been handled\n",
      stderr);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return usage();
  std::string_view verb = argv[1];
  if (verb == "split") {
    std::fputs(lvm::dm::name_variables(argv[2]).c_str(), stdout);
    return 0;
  }
  auto cookie = lvm::dm::parse_cookie(argv[2]);
  if (!cookie) return usage();
  if (verb == "flags") {
    std::fputs(lvm::dm::flag_variables(*cookie).c_str(), stdout);
    return 0;
  }
  if (verb != "complete") return usage();
  // Nobody waits for a cookie without a base.
  if ((*cookie & 0xffff) == 0 || lvm::dm::complete_cookie(*cookie)) return 0;
  std::fprintf(stderr, "lvm-dm-udev: cookie %s: %s\n", argv[2], std::strerror(errno));
  return 1;
}
