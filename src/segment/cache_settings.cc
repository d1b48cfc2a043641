// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment/cache_settings.h"

#include <fmt/format.h>

namespace lvm::segment {
namespace {

Result<> read_policy_settings(const syntax::Node& section, std::vector<model::CacheSetting>& to) {
  if (!section.exists()) return {};
  if (!section.is_section()) return wrong(section, "is not a section");
  for (syntax::Node child : section.children()) {
    if (auto number = child.integer()) {
      to.emplace_back(child.name(), fmt::format("{}", *number));
      continue;
    }
    auto text = child.string();
    if (!text) return wrong(child, "is neither a number nor a string");
    std::string quoted;
    syntax::append_quoted(quoted, *text);
    to.emplace_back(child.name(), std::move(quoted));
  }
  return {};
}

}  // namespace

Result<> read_cache_settings(const syntax::Node&, Keys& keys, model::CacheSettings& to) {
  keys.number(kMetadataFormat, to.metadata_format);
  keys.number(kChunkSize, to.chunk_size, Presence::needed);
  keys.word(kCacheMode, to.mode);
  keys.word(kPolicy, to.policy);
  return read_policy_settings(keys.find(kPolicySettings), to.policy_settings);
}

void write_cache_settings(const model::CacheSettings& settings, syntax::Printer& out) {
  if (settings.metadata_format != 0) out.number(kMetadataFormat, settings.metadata_format);
  out.number(kChunkSize, settings.chunk_size.n);
  if (!settings.mode.empty()) out.string(kCacheMode, settings.mode);
  if (!settings.policy.empty()) out.string(kPolicy, settings.policy);
  if (settings.policy_settings.empty()) return;
  out.open(kPolicySettings);
  // LVM indents these alone, even where nothing else is.
  std::string_view indent = out.layout() == syntax::Layout::raw ? "\t" : "";
  for (const auto& [key, value] : settings.policy_settings) out.verbatim(fmt::format("{}{}={}\n", indent, key, value));
  out.close();
}

}  // namespace lvm::segment
