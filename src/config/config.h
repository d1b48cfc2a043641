// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "config/settings.h"
#include "syntax/document.h"

namespace lvm::config {

// The cascade of settings: --config over profiles over lvmlocal.conf and tag files over lvm.conf over
// the defaults of the table. Look-ups name a row, checked when compiled:
//   config.flag("activation/udev_sync")
class Config {
 public:
  Config();
  Config(Config&&) noexcept;
  Config& operator=(Config&&) noexcept;
  ~Config();

  // In order of precedence, weakest first. Layers are added in any order; of two of one kind the later wins.
  enum class Layer : std::uint8_t { lvm_conf, local_conf, tag_file, metadata_profile, command_profile, command_line };
  static constexpr std::size_t kLayers = 6;
  void add(Layer layer, syntax::Document document);

  bool flag(Key key) const;
  std::int64_t integer(Key key) const;
  double real(Key key) const;
  std::string string(Key key) const;
  std::vector<std::string> strings(Key key) const;
  bool is_set(Key key) const;  // by some layer, not by default

  // The settings for a VG or LV whose metadata names this profile: those of the command itself where the name is empty,
  // the profile is not known, or the command has a metadata profile of its own. Valid as long as this Config is.
  const Config& with_profile(std::string_view name) const;
  // A profile that metadata name, once all layers are there.
  void add_profile(std::string name, syntax::Document document);
  // The metadata profile that the command names: what it makes has it attached.
  const std::string& metadata_profile() const;
  void set_metadata_profile(std::string name);

  // Any path, for keys without a row (tags/NAME, user sections).
  syntax::Node find(std::string_view path) const;
  // The roots of the documents, strongest first; with a layer, those of that layer.
  std::vector<syntax::Node> roots(std::optional<Layer> layer = std::nullopt) const;

  // Where defaults such as backup/backup_dir start: LVM_SYSTEM_DIR.
  const std::string& system_dir() const;
  void set_system_dir(std::string directory);
  // Tags of this host, from the tags section: without @.
  const std::vector<std::string>& host_tags() const;
  void set_host_tags(std::vector<std::string> tags);

  // What was wrong with the files and strings read: unknown keys, wrong types. Said once by the caller.
  // Empty with config/checks = 0.
  const std::vector<std::string>& warnings() const;

 private:
  void put(Layer layer, std::shared_ptr<const syntax::Document> document);

  struct State;
  std::unique_ptr<State> state_;
};

struct LoadOptions {
  std::string system_dir = "/etc/lvm";  // LVM_SYSTEM_DIR
  std::string command_line;             // --config
  std::string command_profile, metadata_profile;
  std::string host_name;  // for host tags; the machine's own if empty
};

// lvm.conf, lvmlocal.conf, files of host tags, profiles and the command line; files that are absent count
// as empty, but for profiles. A syntax error names file and line: Code::corrupt, for the command line
// Code::usage.
Result<Config> load(Files& files, const LoadOptions& options);

// A profile by name, checked: it may hold only settings that its kind of profile may set.
enum class ProfileKind : std::uint8_t { command, metadata };
Result<syntax::Document> load_profile(Files& files, const Config& config, std::string_view name, ProfileKind kind);

}  // namespace lvm::config
