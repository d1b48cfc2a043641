// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/raid_options.h"

namespace lvm::cli {
namespace {

constexpr std::uint64_t kKiB = 1024;

std::optional<std::uint32_t> rate(const Arguments& arguments, Opt opt) {
  auto bytes = arguments.bytes(opt);
  if (!bytes) return std::nullopt;
  return static_cast<std::uint32_t>(bytes->n / kKiB);
}

}  // namespace

Result<plan::RaidOptions> raid_options(const Arguments& arguments) {
  plan::RaidOptions out;
  if (auto mirrors = arguments.number(Opt::mirrors)) out.mirrors = static_cast<std::uint32_t>(*mirrors);
  if (auto size = arguments.bytes(Opt::regionsize)) out.region_size = to_sectors_ceil(*size);
  out.nosync = arguments.has(Opt::nosync);
  out.unmonitored = arguments.yes_no(Opt::monitor) == false;
  out.min_recovery_rate = rate(arguments, Opt::minrecoveryrate);
  out.max_recovery_rate = rate(arguments, Opt::maxrecoveryrate);
  if (out.min_recovery_rate && out.max_recovery_rate && *out.min_recovery_rate > *out.max_recovery_rate)
    return fail(Code::usage, "Minimum recovery rate cannot be higher than maximum.");
  out.mirror_log = std::string(arguments.text(Opt::mirrorlog));
  if (arguments.has(Opt::corelog)) out.mirror_log = "core";
  out.integrity = arguments.yes_no(Opt::raidintegrity).value_or(false);
  out.integrity_mode = std::string(arguments.text(Opt::raidintegritymode));
  if (auto size = arguments.number(Opt::raidintegrityblocksize))
    out.integrity_block_size = static_cast<std::uint32_t>(*size);
  return out;
}

Result<plan::RaidSettings> raid_settings(const Arguments& arguments) {
  using Wanted = plan::WriteMostly::Wanted;
  plan::RaidSettings out;
  for (const std::string& text : arguments.all(Opt::writemostly)) {
    plan::WriteMostly wanted{Wanted::yes, text};
    auto colon = text.rfind(':');
    if (colon != std::string::npos && colon + 2 == text.size()) {
      wanted.pv = text.substr(0, colon);
      if (text.back() == 'n') wanted.wanted = Wanted::no;
      if (text.back() == 't') wanted.wanted = Wanted::toggle;
    }
    out.write_mostly.push_back(std::move(wanted));
  }
  if (auto count = arguments.number(Opt::writebehind)) out.write_behind = static_cast<std::uint32_t>(*count);
  out.min_recovery_rate = rate(arguments, Opt::minrecoveryrate);
  out.max_recovery_rate = rate(arguments, Opt::maxrecoveryrate);
  return out;
}

Result<> read_raid_options(Session& session, plan::LvCreateRequest& request) {
  request.raid = TRY(raid_options(session.arguments()));
  return {};
}

}  // namespace lvm::cli
