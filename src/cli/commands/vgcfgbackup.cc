// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/forms.h"
#include "cli/operands.h"
#include "commit/commit.h"
#include "metadata/text.h"
#include "plan/vg_restore.h"

namespace lvm::cli {
namespace {

// "%s" in --file stands for the VG's name; a template without it serves one VG only.
Result<std::string> file_name(const std::string& pattern, const std::string& vg, std::string& last) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    ++i;
    if (i < pattern.size() && pattern[i] == 's')
      out += vg;
    else if (i < pattern.size() && pattern[i] == '%')
      out += '%';
    else
      return fail(Code::usage, fmt::format("Invalid file name template \"{}\": use %s for the VG's name.", pattern));
  }
  if (out == last)
    return fail(Code::refused,
                fmt::format("VGs must be backed up into different files. Use %s in filename for VG name."));
  last = out;
  return out;
}

struct BackupFile {
  std::string path;
  metadata::ReadText content;
};

// Archives, then the backup, of one VG, oldest first.
std::vector<BackupFile> backup_files(Session& session, const std::string& vg) {
  std::vector<BackupFile> out;
  Files& files = session.system().files;
  std::string archive = session.config().string("backup/archive_dir");
  std::vector<std::string> paths;
  if (auto entries = files.list(archive))
    for (const std::string& entry : *entries)
      if (entry.starts_with(vg + "_") && entry.ends_with(".vg")) paths.push_back(archive + "/" + entry);
  std::sort(paths.begin(), paths.end());
  paths.push_back(session.config().string("backup/backup_dir") + "/" + vg);
  for (const std::string& path : paths) {
    auto text = files.read(path);
    if (!text) continue;
    auto content = metadata::read(std::move(*text), path);
    if (content && content->vg.name == vg) out.push_back({path, std::move(*content)});
  }
  return out;
}

ExitStatus list_backups(Session& session, const std::vector<BackupFile>& backups) {
  LocalDate date;
  for (const BackupFile& file : backups) {
    session.messages().print_always("");
    session.messages().print_always(fmt::format("File:\t\t{}", file.path));
    session.messages().print_always(fmt::format("VG name:    \t{}", file.content.vg.name));
    session.messages().print_always(fmt::format("Description:\t{}", file.content.origin.description));
    session.messages().print_always(fmt::format("Backup Time:\t{}", date.format(file.content.origin.creation_time)));
  }
  session.messages().print_always("");
  return ExitStatus::ok;
}

}  // namespace

ExitStatus run_vgcfgbackup(Session& session, const Arguments& arguments) {
  std::string last;
  return for_each_vg(session, [&](const world::VgView& view) {
    const model::Vg& vg = *view.vg;
    if (arguments.has(Opt::file)) {
      auto path = file_name(std::string(arguments.text(Opt::file)), vg.name, last);
      if (!path) return session.refuse(path.error());
      auto written =
          commit::backup_to(session.system(), session.config(), *path, vg, session.world().host, arguments.line());
      if (!written) return session.refuse(written.error());
    } else {
      auto written = commit::backup(session.system(), session.config(), vg, session.world().host, arguments.line());
      if (!written) return session.refuse(written.error());
    }
    session.messages().print(fmt::format("Volume group \"{}\" successfully backed up.", vg.name));
    return ExitStatus::ok;
  });
}

ExitStatus run_vgcfgrestore(Session& session, const Arguments& arguments) {
  auto name =
      arguments.operands().empty() ? Result<std::string>(std::string()) : parse_vg_name(arguments.operands().front());
  if (!name) return session.refuse(name.error());
  std::string path = arguments.has(Opt::file) ? std::string(arguments.text(Opt::file))
                                              : session.config().string("backup/backup_dir") + "/" + *name;
  if (arguments.has(Opt::list)) {
    if (!arguments.has(Opt::file)) return list_backups(session, backup_files(session, *name));
    auto text = session.system().files.read(path);
    if (!text) return session.refuse(text.error());
    auto content = metadata::read(std::move(*text), path);
    if (!content) return session.refuse(content.error());
    std::vector<BackupFile> one;
    one.push_back({path, std::move(*content)});
    return list_backups(session, one);
  }
  auto text = session.system().files.read(path);
  if (!text) {
    session.messages().error(text.error());
    session.messages().error("Restore failed.");
    return ExitStatus::failed;
  }
  auto content = metadata::read(std::move(*text), path);
  if (!content) return session.refuse(content.error());
  if (content->vg.name != *name)
    return session.refuse(Error(Code::refused, fmt::format("Restore failed: {} holds volume group \"{}\", not \"{}\".",
                                                           path, content->vg.name, *name)));
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  auto guard = session.lock_vg(*name, lock::Mode::exclusive);
  if (!guard) return session.refuse(guard.error());
  auto done = session.read({*name});
  if (!done) return session.refuse(done.error());
  plan::VgRestoreRequest request{std::move(content->vg), session.force() > 0, session.yes()};
  return session.carry_out(plan::vg_restore(session.context(), session.world().find_vg(*name), request));
}

}  // namespace lvm::cli
