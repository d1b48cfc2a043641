// SPDX-License-Identifier: LGPL-2.1-or-later
#include "activate/volume_list.h"

#include <algorithm>
#include <string_view>

namespace lvm::activate {
namespace {

bool has_tag(const model::Vg& vg, const model::Lv& lv, std::string_view tag) {
  return std::ranges::find(lv.tags, tag) != lv.tags.end() || std::ranges::find(vg.tags, tag) != vg.tags.end();
}

bool names_host(syntax::Node host_list, std::string_view host) {
  // A single string stands for a list of one.
  if (auto single = host_list.string()) return *single == host;
  for (syntax::Node entry : host_list.children())
    if (auto name = entry.string(); name && *name == host) return true;
  return false;
}

}  // namespace

std::vector<std::string> host_tags(const config::Config& config, const world::Host& host) {
  std::vector<std::string> tags;
  if (config.flag("tags/hosttags")) tags.push_back(host.name);
  for (syntax::Node section : config.find("tags").children()) {
    if (!section.is_section()) continue;
    syntax::Node list = section.find("host_list");
    if (list && !names_host(list, host.name)) continue;
    std::string_view tag = section.name();
    if (tag.starts_with('@')) tag.remove_prefix(1);
    tags.emplace_back(tag);
  }
  return tags;
}

bool matches_volume_list(std::span<const std::string> list, std::span<const std::string> host_tags, const model::Vg& vg,
                         const model::Lv& lv) {
  for (std::string_view entry : list) {
    if (entry == "@*") {
      if (std::ranges::any_of(host_tags, [&](const std::string& tag) { return has_tag(vg, lv, tag); })) return true;
    } else if (entry.starts_with('@')) {
      if (has_tag(vg, lv, entry.substr(1))) return true;
    } else if (auto slash = entry.find('/'); slash != std::string_view::npos) {
      if (entry.substr(0, slash) == vg.name && entry.substr(slash + 1) == lv.name) return true;
    } else if (entry == vg.name) {
      return true;
    }
  }
  return false;
}

bool permitted(const config::Config& config, const world::Host& host, const model::Vg& vg, const model::Lv& lv) {
  bool defined = config.is_set("activation/volume_list");
  std::vector<std::string> tags = host_tags(config, host);
  if (!defined && tags.empty()) return true;
  std::vector<std::string> list{"@*"};
  if (defined) list = config.strings("activation/volume_list");
  return matches_volume_list(list, tags, vg, lv);
}

bool auto_activates(const config::Config& config, const world::Host& host, const model::Vg& vg, const model::Lv& lv) {
  if (vg.flags.has(model::VgFlag::no_autoactivate) || lv.flags.has(model::LvFlag::no_autoactivate)) return false;
  if (!config.is_set("activation/auto_activation_volume_list")) return true;
  return matches_volume_list(config.strings("activation/auto_activation_volume_list"), host_tags(config, host), vg, lv);
}

bool forced_read_only(const config::Config& config, const world::Host& host, const model::Vg& vg, const model::Lv& lv) {
  if (!config.is_set("activation/read_only_volume_list")) return false;
  return matches_volume_list(config.strings("activation/read_only_volume_list"), host_tags(config, host), vg, lv);
}

}  // namespace lvm::activate
