// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/selection.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/run_directory.h"
#include "device/images.h"
#include "syntax/document.h"
#include "syntax/printer.h"

namespace lvm::cli {
namespace {

void add_list(std::string_view list, std::vector<std::string>& out) {
  while (!list.empty()) {
    std::size_t end = std::min(list.find(','), list.size());
    if (end > 0) out.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

// What is not there is judged by its name.
bool is_block(const std::string& path) {
  struct stat status;
  if (::stat(device::split_image_name(path).file.c_str(), &status) == 0) return S_ISBLK(status.st_mode);
  return path.starts_with("/dev/");
}

// Also when it would have to be made first.
bool can_be_written(std::string path) {
  while (path.size() > 1 && ::access(path.c_str(), F_OK) != 0) path.resize(std::max<std::size_t>(path.rfind('/'), 1));
  return ::access(path.c_str(), W_OK) == 0;
}

bool named_by_option(const config::Config& config, std::string_view path) {
  return std::ranges::any_of(config.roots(config::Config::Layer::command_line),
                             [&](syntax::Node root) { return root.find(path).exists(); });
}

}  // namespace

Selection select_devices(const Arguments& arguments, const config::Config& config) {
  Selection out;
  for (const std::string& list : arguments.all(Opt::devices)) add_list(list, out.paths);
  if (const char* images = std::getenv("LVM_IMAGES"); out.paths.empty() && images != nullptr)
    add_list(images, out.paths);
  if (out.paths.empty()) out.paths = config.strings("devices/images");
  for (const std::string& path : out.paths) (is_block(path) ? out.blocks : out.images) = true;
  return out;
}

Result<> use_own_places(config::Config& config, const Selection& selection) {
  std::string text;
  auto move = [&](std::string_view section, std::string_view name, const std::string& now, const std::string& own) {
    if (!named_by_option(config, fmt::format("{}/{}", section, name)) && !can_be_written(now))
      text += fmt::format("{} {{ {} = {} }}\n", section, name, syntax::quoted(own));
  };
  if (::geteuid() != 0) {
    move("backup", "backup_dir", config.string("backup/backup_dir"), state_directory() + "/backup");
    move("backup", "archive_dir", config.string("backup/archive_dir"), state_directory() + "/archive");
  }
  // /run/lock is everyone's: a lock directory that one user makes there would shut out all others, root included.
  std::string locks = config.string("global/locking_dir");
  bool roots_own = ::geteuid() != 0 && locks.starts_with("/run/");
  if (selection.images_only() && (roots_own || !can_be_written(locks)) &&
      !named_by_option(config, "global/locking_dir")) {
    std::string run = TRY(run_directory());
    text += fmt::format("global {{ locking_dir = {} }}\n", syntax::quoted(run + "/lock"));
  }
  if (text.empty()) return {};
  syntax::Document document = TRY(syntax::Document::parse(text, "places of this user"));
  config.add(config::Config::Layer::command_line, std::move(document));
  return {};
}

}  // namespace lvm::cli
