// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
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

  // Highest precedence first wins; layers are added in any order.
  enum class Layer { lvm_conf, tag_file, local_conf, metadata_profile, command_profile, command_line };
  void add(Layer layer, syntax::Document document);

  bool flag(Key key) const;
  std::int64_t integer(Key key) const;
  double real(Key key) const;
  std::string string(Key key) const;
  std::vector<std::string> strings(Key key) const;
  bool is_set(Key key) const;  // by some layer, not by default

  // Any path, for keys without a row (tags/NAME, user sections).
  syntax::Node find(std::string_view path) const;

  // What was wrong with the files and strings read: unknown keys, wrong types. Said once by the caller.
  const std::vector<std::string>& warnings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct LoadOptions {
  std::string system_dir = "/etc/lvm";  // LVM_SYSTEM_DIR
  std::string command_line;             // --config
  std::string command_profile, metadata_profile;
};

// lvm.conf, lvmlocal.conf, profiles and the command line. A syntax error names file and line.
Result<Config> load(Files& files, const LoadOptions& options);

}  // namespace lvm::config
