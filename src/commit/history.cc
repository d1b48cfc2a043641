// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/version.h"
#include "commit/commit.h"

// Archive (states before changes) and backup (the state after the last one): files in the layout of
// docs/formats/metadata.md.
namespace lvm::commit {
namespace {

constexpr std::uint32_t kFileMode = 0666, kDirectoryMode = 0777;  // without global/umask
constexpr int kNameTries = 10;
constexpr std::int64_t kDay = 24 * 60 * 60;

std::uint32_t allowed(const config::Config& config, std::uint32_t mode) {
  return mode & ~static_cast<std::uint32_t>(config.integer("global/umask"));
}

metadata::Origin origin_of(System& system, const world::Host& host, std::string description) {
  metadata::Origin out;
  out.description = std::move(description);
  out.creation_host = host.name;
  out.host_comment = fmt::format("{} {} {} {} {}", host.os, host.name, host.release, host.version, host.machine);
  out.creation_host_system_id = host.system_id;
  out.generator = fmt::format("LVM2 version {}", kLvmVersion);
  out.creation_time = system.clock.unix_seconds();
  return out;
}

// The number in VG_NNNNN-R.vg; nullopt when the name is another VG's, or something else.
std::optional<std::uint32_t> index_of(std::string_view file, std::string_view vg_name) {
  if (!file.starts_with(vg_name) || !file.ends_with(".vg")) return std::nullopt;
  file.remove_prefix(vg_name.size());
  file.remove_suffix(3);
  if (!file.starts_with('_')) return std::nullopt;
  file.remove_prefix(1);
  std::size_t dash = file.find('-');
  if (dash == std::string_view::npos || dash < 5 || dash + 1 == file.size()) return std::nullopt;
  std::uint32_t index = 0;
  auto [end, error] = std::from_chars(file.data(), file.data() + dash, index);
  if (error != std::errc() || end != file.data() + dash) return std::nullopt;
  if (file.find_first_not_of("0123456789", dash + 1) != std::string_view::npos) return std::nullopt;
  return index;
}

struct Archived {
  std::uint32_t index;
  std::string file;  // its name
};

std::vector<Archived> list_archives(System& system, const std::string& directory, std::string_view vg_name) {
  std::vector<Archived> out;
  auto entries = system.files.list(directory);
  if (!entries) return out;
  for (std::string& entry : *entries)
    if (auto index = index_of(entry, vg_name)) out.push_back({*index, std::move(entry)});
  std::ranges::sort(out, {}, &Archived::index);
  return out;
}

// Oldest first, and only those that are both too many and too old.
void prune(System& system, const config::Config& config, const std::string& directory,
           const std::vector<Archived>& archives) {
  auto least = static_cast<std::uint64_t>(std::max<std::int64_t>(config.integer("backup/retain_min"), 0));
  std::int64_t oldest = system.clock.unix_seconds() - config.integer("backup/retain_days") * kDay;
  std::uint64_t left = archives.size();
  for (const Archived& archive : archives) {
    if (left <= least) return;
    const std::string path = directory + "/" + archive.file;
    auto modified = system.files.modified(path);
    if (modified && *modified > oldest) return;
    auto removed = system.files.remove(path);
    if (!removed) system.trace.warn(removed.error().text());
    --left;
  }
}

std::uint32_t random_31_bits(System& system) {
  std::array<std::uint8_t, 4> bytes;
  system.clock.random_bytes(bytes);
  std::uint32_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value & 0x7fffffff;
}

}  // namespace

Result<> archive(System& system, const config::Config& config, const model::Vg& vg, const world::Host& host,
                 std::string_view command) {
  std::string directory = config.string("backup/archive_dir");
  TRY(system.files.make_directories(directory, allowed(config, kDirectoryMode)));
  std::string text = metadata::write(
      vg, origin_of(system, host, fmt::format("Created *before* executing '{}'", command)), syntax::Layout::file);
  auto archives = list_archives(system, directory, vg.name);
  std::uint32_t index = archives.empty() ? 0 : archives.back().index + 1;
  Result<> written;
  for (int attempt = 0; attempt < kNameTries; ++attempt, ++index) {
    std::string name = fmt::format("{}_{:05}-{}.vg", vg.name, index, random_31_bits(system));
    written = system.files.create_new(directory + "/" + name, text, allowed(config, kFileMode));
    if (written) {
      archives.push_back({index, name});
      break;
    }
    if (written.error().code() != Code::exists) break;
  }
  if (!written)
    return std::unexpected(written.error().add_context(
        fmt::format("volume group \"{}\" cannot be archived; -An goes on without", vg.name)));
  prune(system, config, directory, archives);
  return {};
}

Result<> backup(System& system, const config::Config& config, const model::Vg& vg, const world::Host& host,
                std::string_view command) {
  std::string directory = config.string("backup/backup_dir");
  TRY(system.files.make_directories(directory, allowed(config, kDirectoryMode)));
  return backup_to(system, config, directory + "/" + vg.name, vg, host,
                   fmt::format("Created *after* executing '{}'", command));
}

Result<> backup_to(System& system, const config::Config& config, const std::string& path, const model::Vg& vg,
                   const world::Host& host, std::string_view description) {
  std::string text = metadata::write(vg, origin_of(system, host, std::string(description)), syntax::Layout::file);
  return system.files.replace(path, text, allowed(config, kFileMode));
}

Result<> remove_backup(System& system, const config::Config& config, std::string_view vg_name) {
  auto removed = system.files.remove(fmt::format("{}/{}", config.string("backup/backup_dir"), vg_name));
  if (!removed && removed.error().code() == Code::not_found) return {};
  return removed;
}

}  // namespace lvm::commit
