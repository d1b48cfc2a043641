// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/operands.h"
#include "model/names.h"
#include "plan/lv_remove.h"

namespace lvm::cli {
namespace {

struct Rename {
  std::string vg;
  plan::LvRenameRequest request;
};

// `VG OLD NEW` with names or paths, or `VG/OLD NEW`.
Result<Rename> read_operands(const Arguments& arguments) {
  const std::vector<std::string>& operands = arguments.operands();
  bool with_vg = operands.size() == 3;
  const std::string& old_text = operands[with_vg ? 1 : 0];
  const std::string& new_text = operands[with_vg ? 2 : 1];
  Rename out;
  if (with_vg) out.vg = TRY(parse_vg_name(operands[0]));
  for (const auto& [text, name] : {std::pair{&old_text, &out.request.old_name}, {&new_text, &out.request.new_name}}) {
    if (text->find('/') == std::string::npos) {
      *name = *text;
      continue;
    }
    LvName parsed = TRY(parse_lv_name(*text));
    if (!out.vg.empty() && parsed.vg != out.vg)
      return fail(Code::usage, fmt::format("Logical volume names must have the same volume group (\"{}\" or \"{}\")",
                                           out.vg, parsed.vg));
    out.vg = parsed.vg;
    *name = parsed.lv;
  }
  if (out.vg.empty()) return fail(Code::usage, "Please provide a volume group name");
  if (!model::is_valid_name(out.request.new_name))
    return fail(Code::usage, fmt::format("New logical volume name \"{}\" is invalid", out.request.new_name));
  TRY(model::check_new_lv_name(out.request.new_name));
  if (out.request.old_name == out.request.new_name)
    return fail(Code::usage, "Old and new logical volume names must differ");
  return out;
}

}  // namespace

ExitStatus run_lvrename(Session& session, const Arguments& arguments) {
  auto rename = read_operands(arguments);
  if (!rename) return session.refuse(rename.error());
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  return session.with_vg(rename->vg, [&](const world::VgView& view) {
    return session.carry_out(plan::lv_rename(session.context(), view, rename->request));
  });
}

}  // namespace lvm::cli
