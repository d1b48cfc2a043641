// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/settings.h"

#include <algorithm>
#include <array>

#include "config/row.h"
#include "config/rows/activation.h"
#include "config/rows/allocation.h"
#include "config/rows/backup.h"
#include "config/rows/config.h"
#include "config/rows/devices.h"
#include "config/rows/dmeventd.h"
#include "config/rows/global.h"
#include "config/rows/local.h"
#include "config/rows/log.h"
#include "config/rows/metadata.h"
#include "config/rows/report.h"
#include "config/rows/shell.h"
#include "config/rows/tags.h"

namespace lvm::config {

namespace {

template <std::size_t... N>
constexpr std::array<Row, (N + ...)> join(const Row (&... parts)[N]) {
  std::array<Row, (N + ...)> rows{};
  std::size_t at = 0;
  ((std::copy_n(parts, N, rows.begin() + at), at += N), ...);
  return rows;
}

constexpr auto kRows = join(kConfigRows, kDevicesRows, kAllocationRows, kLogRows, kBackupRows, kShellRows, kGlobalRows,
                            kActivationRows, kMetadataRows, kReportRows, kDmeventdRows, kTagsRows, kLocalRows);

static_assert(kRows.size() == kSettingCount);
static_assert(
    [] {
      for (std::size_t i = 0; i < kSettingCount; ++i)
        if (kRows[i].path != kSettingNames[i].path || kRows[i].summary.empty() || kRows[i].since == 0) return false;
      return true;
    }(),
    "setting_names.h and the rows differ");

constexpr auto kByPath = [] {
  std::array<std::uint16_t, kSettingCount> order{};
  for (std::size_t i = 0; i < kSettingCount; ++i) order[i] = static_cast<std::uint16_t>(i);
  std::ranges::sort(order, {}, [](std::uint16_t i) { return kSettingNames[i].path; });
  return order;
}();
static_assert(std::ranges::adjacent_find(kByPath, {}, [](std::uint16_t i) { return kSettingNames[i].path; }) ==
                  kByPath.end(),
              "a path stands twice");

// Whether `path` is `pattern`, in which one part is `<name>`.
bool matches(std::string_view pattern, std::string_view path) {
  std::size_t open = pattern.find('<');
  std::size_t close = pattern.find('>');
  if (!path.starts_with(pattern.substr(0, open))) return false;
  std::string_view tail = pattern.substr(close + 1);
  std::string_view rest = path.substr(open);
  if (rest.size() <= tail.size() || !rest.ends_with(tail)) return false;
  rest.remove_suffix(tail.size());
  return !rest.contains('/');
}

}  // namespace

std::optional<Key> find_setting(std::string_view path) {
  auto found = std::ranges::lower_bound(kByPath, path, {}, [](std::uint16_t i) { return kSettingNames[i].path; });
  if (found != kByPath.end() && kSettingNames[*found].path == path) return Key(*found);
  for (std::size_t i = 0; i < kSettingCount; ++i)
    if (kSettingNames[i].path.contains('<') && matches(kSettingNames[i].path, path)) return Key(i);
  return std::nullopt;
}

const Row& row(Key key) { return kRows[key.index()]; }

}  // namespace lvm::config
