// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/pool_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "activate/naming.h"
#include "dm/types.h"

namespace lvm::activate {
namespace {

using model::Lv;
using model::Vg;

// The program and its options; none when the configuration wants none.
std::vector<std::string> words_of(const config::Config& config, bool thin) {
  std::vector<std::string> out{thin ? config.string("global/thin_check_executable")
                                    : config.string("global/cache_check_executable")};
  if (out.front().empty()) return {};
  auto options = thin ? config.strings("global/thin_check_options") : config.strings("global/cache_check_options");
  for (std::string& word : options)
    if (!word.empty()) out.push_back(std::move(word));
  return out;
}

step::CheckPool check_of(const Vg& vg, const Lv& pool, const Lv& metadata, std::string_view layer,
                         std::vector<std::string> words) {
  return {layer.empty() ? top_uuid(vg, metadata) : layer_uuid(vg, metadata, layer),
          dm::device_name(vg.name, metadata.name, layer), std::move(words), fmt::format("{}/{}", vg.name, pool.name),
          false};
}

// What is to be checked, by the uuid of the device whose target reads it.
using Checks = std::unordered_map<std::string, step::CheckPool>;

// The step is about making or taking away this device.
bool concerns(const step::Step& step, const std::string& uuid) {
  if (const auto* create = std::get_if<step::CreateDevice>(&step)) return create->request.uuid == uuid;
  const auto* remove = std::get_if<step::RemoveDevice>(&step);
  return remove && remove->uuid == uuid;
}
bool concern(const std::vector<step::Step>& steps, const std::string& uuid) {
  return std::ranges::any_of(steps, [&](const step::Step& step) { return concerns(step, uuid); });
}

void add_thin_pool(const Vg& vg, const Lv& lv, const config::Config& config, Checks& out) {
  const Lv* metadata = vg.find_lv(lv.as<model::ThinPool>()->metadata);
  std::vector<std::string> words = words_of(config, true);
  if (metadata && !words.empty())
    out.emplace(layer_uuid(vg, lv, "tpool"), check_of(vg, lv, *metadata, "", std::move(words)));
}

// The cache's table stands in the volume's own device, or in the layer below its snapshots.
void add_cache(const Vg& vg, const Lv& lv, const config::Config& config, const std::vector<step::Step>& steps,
               Checks& out) {
  const auto& cache = *lv.as<model::Cache>();
  const Lv* pool = vg.find_lv(cache.cache);
  const auto* body = pool ? pool->as<model::CachePool>() : nullptr;
  const Lv* metadata = body ? vg.find_lv(body->metadata) : cache.volume ? pool : nullptr;
  std::vector<std::string> words = words_of(config, false);
  if (!metadata || words.empty()) return;
  std::string real = layer_uuid(vg, lv, "real");
  out.emplace(concern(steps, real) ? real : top_uuid(vg, lv),
              check_of(vg, *pool, *metadata, body ? "" : "cmeta", std::move(words)));
}

// Metadata whose device stays as it is has not changed hands.
Checks checks_of(const Vg& vg, const config::Config& config, const std::vector<step::Step>& steps) {
  Checks out;
  for (const Lv& lv : vg.lvs) {
    if (lv.as<model::ThinPool>()) add_thin_pool(vg, lv, config, out);
    if (lv.as<model::Cache>()) add_cache(vg, lv, config, steps, out);
  }
  std::erase_if(out, [&](const auto& entry) { return !concern(steps, entry.second.uuid); });
  return out;
}

// Most volumes have no pool: VGs of many are not searched for each of them.
bool may_concern_a_pool(const std::vector<step::Step>& steps, bool behind) {
  if (behind) return steps.size() > 1;
  return std::ranges::any_of(steps, [](const step::Step& step) {
    const auto* load = std::get_if<step::LoadTable>(&step);
    return load && std::ranges::any_of(load->table, [](const dm::Target& target) {
             return std::holds_alternative<dm::ThinPoolTarget>(target.body) ||
                    std::holds_alternative<dm::CacheTarget>(target.body);
           });
  });
}

void insert(const Vg& vg, const config::Config& config, bool behind, std::vector<step::Step>& steps) {
  if (!may_concern_a_pool(steps, behind)) return;
  Checks checks = checks_of(vg, config, steps);
  std::vector<step::Step> out;
  for (step::Step& step : steps) {
    auto found = std::ranges::find_if(checks, [&](const auto& entry) { return concerns(step, entry.first); });
    if (found == checks.end()) {
      out.push_back(std::move(step));
      continue;
    }
    step::CheckPool check = found->second;
    check.behind = behind;
    if (!behind) out.emplace_back(check);
    out.push_back(std::move(step));
    if (behind) out.emplace_back(std::move(check));
  }
  steps = std::move(out);
}

}  // namespace

void add_checks_before(const Vg& vg, const config::Config& config, std::vector<step::Step>& steps) {
  insert(vg, config, false, steps);
}

void add_checks_behind(const Vg& vg, const config::Config& config, std::vector<step::Step>& steps) {
  insert(vg, config, true, steps);
}

}  // namespace lvm::activate
