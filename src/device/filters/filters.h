// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "config/config.h"
#include "device/io.h"
#include "dm/engine.h"

namespace lvm::device {

struct FilterContext;

// Which devices LVM may use at all. A file per filter, one table of them (rows.h). Those that look at
// content look at the head that scanning has read already.
//
// There is no filter for devices/sysfs_scan: what enumeration finds, the kernel has.
class Filters {
 public:
  // Code::usage when a pattern of lvm.conf is wrong. `engine` must outlive the filters. With
  // `listed_devices` (--devices, a devices file) the list decides and the patterns do not count.
  static Result<Filters> make(const config::Config& config, dm::Engine& engine, Files& files,
                              bool listed_devices = false);
  Filters(Filters&&) noexcept;
  Filters& operator=(Filters&&) noexcept;
  ~Filters();

  // Why the device must not be used ("device is partitioned"), or nullopt. The first asks filters that
  // need no content, before the device is opened; the second the others.
  std::optional<std::string_view> reject(const Device& device) const;
  std::optional<std::string_view> reject_content(const Device& device, std::span<const std::byte> head) const;

  // With patterns that accept some of its names the first of those is shown, unless devices/preferred_names is set.
  void choose_name(Device& device) const;

  // Members of md arrays of the old formats say so at their end only. Worth a read for a labelled device
  // that is larger than its label says, or for every one with md_component_checks = "full".
  bool wants_end(const Device& device, Bytes size_in_label) const;
  std::optional<std::string_view> reject_end(const Device& device, Handle& handle) const;

 private:
  explicit Filters(std::unique_ptr<FilterContext> context);
  std::unique_ptr<FilterContext> context_;
};

}  // namespace lvm::device
