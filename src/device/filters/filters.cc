// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/filters/filters.h"

#include <algorithm>
#include <utility>

#include "device/filters/rows.h"
#include "device/filters/type.h"

namespace lvm::device {

namespace {

// Patterns of a setting; without it everything is accepted. Set to nothing it is an error: who sets a filter wants some
// devices excluded.
Result<RegexFilter> patterns_of(const config::Config& config, config::Key key) {
  auto value = config.find(key.path());
  bool is_empty = value.kind() == syntax::Kind::array ? value.child_count() == 0 : value.string() == "";
  if (value && is_empty)
    return fail(Code::refused, std::string(key.path()) + " is set to nothing: a pattern begins with 'a' or 'r'.");
  if (!config.is_set(key)) return RegexFilter();
  auto filter = RegexFilter::make(config.strings(key));
  if (filter) return filter;
  return fail(filter.error().code(),
              filter.error().text() + " (" + std::string(key.path()) + ", line " + std::to_string(value.line()) + ")");
}

}  // namespace

Filters::Filters(std::unique_ptr<FilterContext> context) : context_(std::move(context)) {}
Filters::Filters(Filters&&) noexcept = default;
Filters& Filters::operator=(Filters&&) noexcept = default;
Filters::~Filters() = default;

Result<Filters> Filters::make(const config::Config& config, dm::Engine& engine, Files& files, bool listed_devices) {
  auto context = std::make_unique<FilterContext>(engine);
  if (!listed_devices) {
    context->filter = TRY(patterns_of(config, "devices/filter"));
    context->global_filter = TRY(patterns_of(config, "devices/global_filter"));
  }
  context->preferred_names =
      config.is_set("devices/preferred_names") && !config.strings("devices/preferred_names").empty();
  std::vector<std::string> extra_types;
  if (config.is_set("devices/types")) extra_types = config.strings("devices/types");
  if (auto text = files.read("/proc/devices")) context->majors = accepted_majors(*text, extra_types);
  constexpr std::int64_t kLeastKib = 512;
  context->minimum_size =
      Bytes(static_cast<std::uint64_t>(std::max(config.integer("devices/pv_min_size"), kLeastKib)) * 1024);
  context->scan_lvs = config.flag("devices/scan_lvs");
  context->ignore_suspended = config.flag("devices/ignore_suspended_devices");
  context->ignore_mirrors = config.flag("devices/ignore_lvm_mirrors");
  context->multipath_components = config.flag("devices/multipath_component_detection");
  context->files = &files;
  if (std::string path = config.string("devices/multipath_wwids_file"); context->multipath_components && !path.empty())
    if (auto wwids = files.read(path)) context->multipath_wwids = parse_multipath_wwids(*wwids);
  context->md_components = config.flag("devices/md_component_detection");
  context->md_check_always_end = config.string("devices/md_component_checks") == "full";
  context->md_check_never_end = config.string("devices/md_component_checks") == "start";
  context->firmware_raid = config.flag("devices/fw_raid_component_detection");
  return Filters(std::move(context));
}

std::optional<std::string_view> Filters::reject(const Device& device) const {
  for (const FilterRow& row : kFilters)
    if (!row.needs_content && row.rejects(*context_, {device, {}})) return row.reason;
  return std::nullopt;
}

void Filters::choose_name(Device& device) const {
  if (context_->preferred_names) return;
  context_->global_filter.show_accepted_name(device);
  context_->filter.show_accepted_name(device);
}

std::optional<std::string_view> Filters::reject_content(const Device& device, std::span<const std::byte> head) const {
  for (const FilterRow& row : kFilters)
    if (row.needs_content && row.rejects(*context_, {device, head})) return row.reason;
  return std::nullopt;
}

bool Filters::wants_end(const Device& device, Bytes size_in_label) const {
  if (!context_->md_components || context_->md_check_never_end || device.image) return false;
  return context_->md_check_always_end || device.size > size_in_label;
}

std::optional<std::string_view> Filters::reject_end(const Device&, Handle& handle) const {
  if (is_md_member_at_end(handle.size(), handle)) return kMdComponentReason;
  return std::nullopt;
}

}  // namespace lvm::device
