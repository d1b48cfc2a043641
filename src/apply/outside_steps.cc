// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "apply/walker.h"

// Steps that other packages' programs do, and those on small files.
namespace lvm::apply {

Result<> Applier::Walker::run_program(const std::vector<std::string>& words, int accepted) {
  if (system_.trace.wants(1)) system_.trace.note(1, fmt::format("Executing: {}", command_text(words)));
  int status = TRY(system_.programs.run(words));
  if (status < 0 || status > accepted)
    return fail(Code::io, fmt::format("{} failed with status {}.", command_text(words), status));
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::RunProgram& step, StageState&) {
  TRY(run_program(step.words, step.accepted));
  if (!step.at_the_end.empty()) at_the_end_.push_back(step.at_the_end);
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::CheckPool& step, StageState&) {
  constexpr std::size_t kHead = 64;
  std::optional<dm::Info> info = TRY(system_.dm.info(step.uuid));
  if (!info)
    return fail(Code::not_found, fmt::format("The metadata of pool {} has no device to be checked.", step.pool));
  device::Device metadata;
  metadata.path = "/dev/mapper/" + info->name;
  metadata.number = info->device;
  TRY(system_.dm.settle());
  std::array<std::byte, kHead> head{};
  {
    std::unique_ptr<device::Handle> handle = TRY(system_.io.open(metadata, device::Access::read));
    TRY(handle->read(Bytes(), head));
  }
  if (std::ranges::all_of(head, [](std::byte byte) { return byte == std::byte{}; })) return {};
  std::vector<std::string> words = step.words;
  words.push_back(metadata.path);
  auto status = system_.programs.run(words);
  if (!status && status.error().code() == Code::not_found) {
    dialogue_.say({step::Say::Level::warn, fmt::format("WARNING: Check is skipped, please install recommended missing "
                                                       "binary {}!",
                                                       words.front())});
    return {};
  }
  int failed = TRY(std::move(status));
  if (failed == 0) return {};
  std::string text = fmt::format("Check of pool {} failed (status:{}). Manual repair required!", step.pool, failed);
  if (!step.behind) return fail(Code::corrupt, std::move(text));
  dialogue_.say({step::Say::Level::warn, fmt::format("WARNING: {}", text)});
  return {};
}

Result<> Applier::Walker::run(const step::Stage&, const step::ReplaceFile& step, StageState&) {
  // What only its owner may read stands in a folder of that kind.
  std::uint32_t folder_mode = step.mode == 0600 ? 0700 : 0755;
  TRY(system_.files.make_directories(step.path.substr(0, step.path.rfind('/')), folder_mode));
  return system_.files.replace(step.path, step.content, step.mode);
}

Result<> Applier::Walker::run(const step::Stage&, const step::RemoveFile& step, StageState&) {
  auto removed = system_.files.remove(step.path);
  if (!removed && removed.error().code() == Code::not_found) return {};
  return removed;
}

// All of them, though one fails; the first error tells.
Result<> Applier::Walker::run_at_the_end() {
  Result<> out;
  while (!at_the_end_.empty()) {
    std::vector<std::string> words = std::move(at_the_end_.back());
    at_the_end_.pop_back();
    Result<> done = run_program(words, 0);
    if (!done && out) out = std::move(done);
  }
  return out;
}

}  // namespace lvm::apply
