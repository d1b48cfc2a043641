// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/convert/request.h"

#include <fmt/format.h>

#include "activate/activate.h"
#include "activate/live.h"
#include "plan/convert/in_sync.h"

namespace lvm::plan::convert {

void Job::ask(std::string text, std::string when_no) {
  if (!request.yes) stages.plan().questions.push_back({std::move(text), std::move(when_no)});
}

bool Job::active() { return activate::is_up(stages.world(), vg(), lv); }

Result<> Job::needs_active() {
  if (active()) return {};
  return fail(Code::refused, fmt::format("{} must be active to perform this operation.", name()));
}

void Job::say_converted() {
  if (stages.plan().stages.empty()) stages.add_steps({});
  stages.plan().stages.back().steps.emplace_back(
      print(fmt::format("Logical volume {} successfully converted.", name())));
}

void Job::note_default_stripe_size() {
  Sectors size(static_cast<std::uint64_t>(given.config.integer("metadata/stripesize")) * 2);
  given.note(print(fmt::format("Using default stripesize {}.", given.size_text(size))));
}

Result<> Job::needs_sync(std::string_view otherwise) {
  auto synced = in_sync(stages.world(), vg(), lv);
  if (!synced) return fail(Code::refused, fmt::format("Unable to determine sync status of {}.\n{}", name(), otherwise));
  if (!*synced) return fail(Code::refused, std::string(otherwise));
  return {};
}

}  // namespace lvm::plan::convert
