// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/lv_attributes.h"

#include <fmt/format.h>

#include <cstdlib>
#include <limits>

#include "base/result.h"

namespace lvm::cli {
namespace {

// The driver's major number is in /proc/devices; 0 without the driver.
std::int32_t device_mapper_major(Session& session) {
  auto text = session.system().files.read("/proc/devices");
  if (!text) return 0;
  std::size_t at = text->find(" device-mapper\n");
  if (at == std::string::npos) return 0;
  std::size_t start = text->rfind('\n', at) + 1;
  return static_cast<std::int32_t>(std::strtol(text->c_str() + start, nullptr, 10));
}

}  // namespace

Result<plan::LvAttributes> lv_attributes(Session& session) {
  const Arguments& arguments = session.arguments();
  plan::LvAttributes out;
  out.writable = arguments.writable();
  out.allocation = arguments.allocation();
  if (auto read_ahead = arguments.read_ahead()) {
    switch (read_ahead->kind) {
      case ReadAhead::Kind::automatic: out.read_ahead = model::Lv::kReadAheadAuto; break;
      case ReadAhead::Kind::none: out.read_ahead = model::Lv::kReadAheadNone; break;
      case ReadAhead::Kind::sectors:
        if (read_ahead->sectors.n > std::numeric_limits<std::int32_t>::max())
          return fail(Code::usage, "Read ahead is too large: at most 2147483647 sectors.");
        out.read_ahead = static_cast<std::int64_t>(read_ahead->sectors.n);
        break;
    }
  }
  out.persistent = arguments.yes_no(Opt::persistent);
  if (auto minor = arguments.number(Opt::minor)) {
    constexpr std::int64_t kMaxMinor = (1 << 20) - 1;
    if (*minor < 0 || *minor > kMaxMinor) return fail(Code::usage, "Minor number outside range 0-1048575.");
    if (out.persistent == false) return fail(Code::refused, "Options --major and --minor are incompatible with -Mn.");
    out.minor = static_cast<std::int32_t>(*minor);
    out.persistent = true;
  }
  if (auto major = arguments.number(Opt::major)) {
    out.major = device_mapper_major(session);
    out.asked_major = *major;
  }
  out.activation_skip = arguments.yes_no(Opt::setactivationskip);
  out.autoactivation = arguments.yes_no(Opt::setautoactivation);
  if (arguments.has(Opt::metadataprofile))
    out.profile = std::string(arguments.text(Opt::metadataprofile));
  else if (arguments.has(Opt::profile) && !arguments.has(Opt::activate))
    out.profile = std::string(arguments.text(Opt::profile));
  if (arguments.has(Opt::detachprofile)) out.profile = "";
  out.add_tags = arguments.all(Opt::addtag);
  out.delete_tags = arguments.all(Opt::deltag);
  return out;
}

std::optional<plan::Activation> activation_wanted(const Arguments& arguments) {
  auto wanted = arguments.activation();
  if (!wanted) return std::nullopt;
  if (!activates(*wanted)) return plan::Activation::no;
  return is_automatic(*wanted) ? plan::Activation::automatic : plan::Activation::yes;
}

}  // namespace lvm::cli
