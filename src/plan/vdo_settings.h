// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/cache.h"
#include "plan/context.h"

// What VDO pools are set to: the configuration, over it --vdosettings, over that --compression and --deduplication.
namespace lvm::plan {

struct VdoOptions {
  std::vector<std::pair<std::string, std::string>> settings;  // of --vdosettings, as written
  std::optional<bool> compression, deduplication;

  bool empty() const { return settings.empty() && !compression && !deduplication; }
};

// What of it is not kept in the pool: it is told to vdoformat alone.
struct VdoSettings {
  model::VdoPool pool;  // without data and extents
  std::uint32_t check_point_frequency = 0;
};

// Every key and value is known: what can be refused before anything is read.
Result<> check_vdo_options(const VdoOptions& options);

// Of a new pool.
Result<VdoSettings> new_vdo_settings(const config::Config& config, const VdoOptions& options);

// Of a pool that is there. Some settings are for ever; `live`: others cannot be changed while the pool is in use.
Result<> change_vdo_settings(const VdoOptions& options, const std::string& name, bool live, model::VdoPool& pool);

// The program that formats the data, and its words; `logical`: the size that volumes see, nullopt: as it likes.
step::RunProgram format_vdo(const Context& context, const VdoSettings& settings, std::optional<Sectors> logical,
                            const std::string& vg, const std::string& pool);
// How many 4 KiB blocks it chose, by its words.
Result<std::uint64_t> blocks_of_format(const std::string& output, const std::string& name);

}  // namespace lvm::plan
