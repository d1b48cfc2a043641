// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/vdo_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/program_output.h"
#include "cli/commands/pool_options.h"
#include "syntax/document.h"

namespace lvm::cli {
namespace {

// "key=value key=value", in the grammar of lvm.conf.
Result<> read_settings(const std::string& text, plan::VdoOptions& out) {
  if (text == "default") return {};
  auto parsed = syntax::Document::parse(text, "--vdosettings");
  if (!parsed) return fail(Code::usage, parsed.error().text());
  for (syntax::Node node : parsed->root().children()) {
    std::string value;
    if (auto number = node.integer())
      value = fmt::format("{}", *number);
    else if (auto word = node.string())
      value = std::string(*word);
    out.settings.emplace_back(std::string(node.name()), std::move(value));
  }
  return {};
}

}  // namespace

Result<plan::VdoOptions> vdo_options(const Arguments& arguments) {
  plan::VdoOptions out;
  for (const std::string& text : arguments.all(Opt::vdosettings)) TRY(read_settings(text, out));
  out.compression = arguments.yes_no(Opt::compression);
  out.deduplication = arguments.yes_no(Opt::deduplication);
  return out;
}

Result<> read_vdo_options(Session& session, plan::LvCreateRequest& request) {
  if (request.type != "vdo") return {};
  request.vdo.options = TRY(vdo_options(session.arguments()));
  TRY(plan::check_vdo_options(request.vdo.options));
  request.pool.make = true;
  request.pool.name = lv_option(session.arguments(), Opt::vdopool);
  if (request.pool.name.empty()) request.pool.name = request.base;
  if (!request.name.empty() && request.name == request.pool.name)
    return fail(Code::usage, fmt::format("Logical volume name {} and pool name must be different.", request.name));
  return {};
}

namespace {

// Notes and questions first; then vdoformat's words are kept, to be read, and said further in than ours.
ExitStatus carry_out_and_read(Session& session, step::Plan plan, std::string& words) {
  step::Plan questions;
  questions.questions = std::exchange(plan.questions, {});
  ExitStatus status = session.carry_out(std::move(questions));
  if (status != ExitStatus::ok) return status;
  auto kept = KeptOutput::begin();
  if (!kept) return session.refuse(kept.error());
  status = session.carry_out(std::move(plan));
  words = kept->end();
  for (std::size_t at = 0; at < words.size();) {
    std::size_t end = std::min(words.find('\n', at), words.size());
    std::string line = words.substr(at, end - at);
    // Lines of our own begin with two blanks.
    session.messages().print(line.starts_with("  ") ? line.substr(2) : "  " + line);
    at = end + 1;
  }
  return status;
}

}  // namespace

ExitStatus make_vdo_pool(Session& session, VgId vg, const std::string& pool, plan::VdoRequest& request,
                         const std::function<Result<step::Plan>(const world::VgView& view)>& plan) {
  auto made = plan(*session.world().find_vg(vg));
  bool whole = !made || made->stages.empty() ||
               (made->stages.back().after && made->stages.back().after->find_lv(pool) &&
                made->stages.back().after->find_lv(pool)->as<model::VdoPool>());
  if (!made || session.test_mode() || session.arguments().has(Opt::plan)) return session.carry_out(std::move(made));
  std::string words;
  ExitStatus status = carry_out_and_read(session, std::move(*made), words);
  if (whole || status != ExitStatus::ok) return status;
  const world::VgView& view = *session.world().find_vg(vg);
  auto blocks = plan::blocks_of_format(words, fmt::format("{}/{}", view.vg->name, pool));
  if (!blocks) return session.refuse(blocks.error());
  request.formatted_blocks = *blocks;
  return session.carry_out(plan(view));
}

}  // namespace lvm::cli
