// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "apply/walker.h"
#include "dm/status.h"

// Steps that first look at what a target says of itself.
namespace lvm::apply {
namespace {

constexpr std::uint64_t kLookAgainMilliseconds = 500;

// The status of the one target of a device.
Result<dm::StatusBody> status_of(System& system, const std::string& uuid, const std::string& name) {
  std::vector<dm::StatusLine> lines = TRY(system.dm.status(uuid));
  if (lines.size() != 1) return fail(Code::corrupt, fmt::format("{} has {} targets, not one.", name, lines.size()));
  return dm::read_status(lines.front()).body;
}

// What is repeated after a crash may have been done already.
bool done_before(std::string_view message, const Error& error) {
  if (message.starts_with("create_thin ") || message.starts_with("create_snap ")) return error.code() == Code::exists;
  return message.starts_with("delete ") && error.code() == Code::not_found;
}

// What makes nothing of "create_thin 1" or "create_snap 2 1"; nothing brings back what is deleted.
std::string opposite_of(std::string_view message) {
  for (std::string_view verb : {"create_thin ", "create_snap "})
    if (message.starts_with(verb)) {
      message.remove_prefix(verb.size());
      return fmt::format("delete {}", message.substr(0, message.find(' ')));
    }
  return {};
}

// Blocks that only the cache has; 0 when it is clean.
std::uint64_t dirty_blocks(const dm::StatusBody& body) {
  if (const auto* cache = std::get_if<dm::CacheStatus>(&body)) return cache->dirty;
  if (const auto* cache = std::get_if<dm::WritecacheStatus>(&body)) return cache->total - cache->free;
  return 0;
}

}  // namespace

Result<> Applier::Walker::run(const step::Stage&, const step::PoolMessages& step, StageState& state) {
  touch(step.uuid);
  dm::StatusBody body = TRY(status_of(system_, step.uuid, step.name));
  const auto* pool = std::get_if<dm::ThinPoolStatus>(&body);
  if (!pool) return fail(Code::corrupt, fmt::format("{} is no thin pool.", step.name));
  if (pool->state != dm::ThinPoolStatus::State::good)
    return fail(Code::refused, fmt::format("Thin pool {} has failed: it takes no messages.", step.name));
  if (pool->mode == dm::ThinPoolStatus::Mode::read_only || pool->needs_check)
    return fail(Code::refused, fmt::format("Thin pool {} needs to be checked: see lvconvert --repair.", step.name));
  state.told = pool->transaction_id == step.transaction_id;
  if (state.told) return {};
  if (pool->transaction_id + 1 != step.transaction_id)
    return fail(Code::refused, fmt::format("Thin pool {} transaction_id is {}, while expected {}.", step.name,
                                           pool->transaction_id, step.transaction_id - 1));
  std::vector<std::string> takes_back;
  takes_back.reserve(step.messages.size());
  auto tell = [&]() -> Result<> {
    for (const std::string& message : step.messages) {
      std::string opposite = opposite_of(message);
      auto sent = system_.dm.message(step.uuid, Sectors(), message);
      if (sent && !opposite.empty()) takes_back.push_back(std::move(opposite));
      if (!sent && !done_before(message, sent.error())) return std::unexpected(std::move(sent).error());
    }
    TRY(system_.dm.message(step.uuid, Sectors(),
                           fmt::format("set_transaction_id {} {}", step.transaction_id - 1, step.transaction_id)));
    return {};
  };
  Result<> told = tell();
  state.told = told.has_value();
  if (!told)
    for (const std::string& message : takes_back) static_cast<void>(system_.dm.message(step.uuid, Sectors(), message));
  return told;
}

Result<> Applier::Walker::run(const step::Stage&, const step::AwaitClean& step, StageState&) {
  touch(step.uuid);
  for (std::uint64_t first = 0;;) {
    dm::StatusBody body = TRY(status_of(system_, step.uuid, step.name));
    const auto* cache = std::get_if<dm::CacheStatus>(&body);
    if (cache && cache->state != dm::CacheStatus::State::good) return {};
    const auto* writecache = std::get_if<dm::WritecacheStatus>(&body);
    if (writecache && writecache->error)
      return fail(Code::io, fmt::format("The writecache of {} has failed: it cannot be cleaned.", step.volume));
    std::uint64_t left = dirty_blocks(body);
    first = std::max(first, left);
    if (writecache && !step.once) dialogue_.progress(step.volume + ": Cleaned", first - left, first);
    if (left == 0 && !step.once) return {};
    if (cache)
      dialogue_.say({step::Say::Level::print, fmt::format("Flushing {} blocks for cache {}.", left, step.volume)});
    if (step.once) return {};
    if (interrupted())
      return fail(Code::interrupted, fmt::format("Interrupted: {} blocks of the cache of {} are not written back yet.",
                                                 left, step.volume));
    system_.clock.sleep_milliseconds(kLookAgainMilliseconds);
  }
}

}  // namespace lvm::apply
