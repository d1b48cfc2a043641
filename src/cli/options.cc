// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/option_table.h"

namespace lvm::cli {
namespace {

constexpr std::string_view kYesNo[] = {"y", "n"};
constexpr std::string_view kActivation[] = {"y", "n", "ay"};
constexpr std::string_view kActivationMode[] = {"partial", "degraded", "complete"};
constexpr std::string_view kPermission[] = {"rw", "r"};
constexpr std::string_view kAllocation[] = {"contiguous", "cling", "cling_by_tags", "normal", "anywhere", "inherit"};
constexpr std::string_view kReportFormat[] = {"basic", "json", "json_std"};
constexpr std::string_view kReportName[] = {"log", "vg", "lv", "pv", "pvseg", "seg"};
constexpr std::string_view kHeadings[] = {"none", "abbrev", "full", "0", "1", "2"};
constexpr std::string_view kSegmentType[] = {"linear",    "striped", "snapshot", "raid",  "mirror",     "thin",
                                             "thin-pool", "vdo",     "vdo-pool", "cache", "cache-pool", "writecache"};
constexpr std::string_view kLockType[] = {"sanlock", "dlm", "idm", "none"};
constexpr std::string_view kMetadataType[] = {"lvm2"};
constexpr std::string_view kMetadataCopies[] = {"0", "1", "2"};
constexpr std::string_view kVgMetadataCopies[] = {"all", "unmanaged"};
constexpr std::string_view kMirrorLog[] = {"core", "disk"};
constexpr std::string_view kDiscards[] = {"passdown", "nopassdown", "ignore"};
constexpr std::string_view kCacheMode[] = {"writethrough", "writeback", "passthrough"};
constexpr std::string_view kCacheMetadataFormat[] = {"auto", "1", "2"};
constexpr std::string_view kSyncAction[] = {"check", "repair"};
constexpr std::string_view kConfigType[] = {"current",
                                            "default",
                                            "diff",
                                            "full",
                                            "list",
                                            "missing",
                                            "new",
                                            "profilable",
                                            "profilable-command",
                                            "profilable-metadata"};
constexpr std::string_view kFileSystem[] = {"checksize", "resize", "resize_fsadm", "ignore"};
constexpr std::string_view kFileSystemMode[] = {"manage", "nochange", "offline"};
constexpr std::string_view kDumpType[] = {"headers", "metadata", "metadata_all", "metadata_search", "metadata_area"};
constexpr std::string_view kRepairType[] = {"pv_header", "metadata", "label_header"};
constexpr std::string_view kPlanFormat[] = {"text", "json"};
constexpr std::string_view kReadAhead[] = {"auto", "none"};

}  // namespace

const OptionRow& row(Opt opt) { return row_of(opt); }
std::span<const OptionRow> all_options() { return option_table::kRows; }

std::string_view value_text(ValueType type) {
  switch (type) {
    case ValueType::none: return "";
    case ValueType::string: return "String";
    case ValueType::number: return "Number";
    case ValueType::region_size: return "Size[m|UNIT]";
    case ValueType::change: return "[+|-]Number";
    case ValueType::size:
    case ValueType::plain_size: return "Size";
    case ValueType::extents: return "Number[PERCENT]";
    case ValueType::yes_no: return "y|n";
    case ValueType::activation: return "y|n|ay";
    case ValueType::activation_mode: return "partial|degraded|complete";
    case ValueType::permission: return "rw|r";
    case ValueType::allocation: return "contiguous|cling|cling_by_tags|normal|anywhere|inherit";
    case ValueType::read_ahead: return "auto|none|Number";
    case ValueType::units: return "[Number]r|R|h|H|b|B|s|S|k|K|m|M|g|G|t|T|p|P|e|E";
    case ValueType::report_format: return "basic|json|json_std";
    case ValueType::report_name: return "log|vg|lv|pv|pvseg|seg";
    case ValueType::headings: return "none|abbrev|full|0|1|2";
    case ValueType::segment_type:
      return "linear|striped|snapshot|raid|mirror|thin|thin-pool|vdo|vdo-pool|cache|cache-pool|writecache";
    case ValueType::lock_type: return "sanlock|dlm|idm|none";
    case ValueType::metadata_type: return "lvm2";
    case ValueType::metadata_copies: return "0|1|2";
    case ValueType::vg_metadata_copies: return "all|unmanaged|Number";
    case ValueType::mirror_log: return "core|disk";
    case ValueType::discards: return "passdown|nopassdown|ignore";
    case ValueType::cache_mode: return "writethrough|writeback|passthrough";
    case ValueType::cache_metadata_format: return "auto|1|2";
    case ValueType::sync_action: return "check|repair";
    case ValueType::write_mostly: return "PV[:t|n|y]";
    case ValueType::config_type:
      return "current|default|diff|full|list|missing|new|profilable|profilable-command|profilable-metadata";
    case ValueType::file_system: return "checksize|resize|resize_fsadm|ignore";
    case ValueType::file_system_mode: return "manage|nochange|offline";
    case ValueType::dump_type: return "headers|metadata|metadata_all|metadata_search|metadata_area";
    case ValueType::repair_type: return "pv_header|metadata|label_header";
    case ValueType::plan_format: return "text|json";
    case ValueType::tag: return "Tag";
    case ValueType::pv: return "PV";
    case ValueType::lv: return "LV";
  }
  return "";
}

std::span<const std::string_view> value_words(ValueType type) {
  switch (type) {
    case ValueType::yes_no: return kYesNo;
    case ValueType::activation: return kActivation;
    case ValueType::activation_mode: return kActivationMode;
    case ValueType::permission: return kPermission;
    case ValueType::allocation: return kAllocation;
    case ValueType::read_ahead: return kReadAhead;
    case ValueType::report_format: return kReportFormat;
    case ValueType::report_name: return kReportName;
    case ValueType::headings: return kHeadings;
    case ValueType::segment_type: return kSegmentType;
    case ValueType::lock_type: return kLockType;
    case ValueType::metadata_type: return kMetadataType;
    case ValueType::metadata_copies: return kMetadataCopies;
    case ValueType::vg_metadata_copies: return kVgMetadataCopies;
    case ValueType::mirror_log: return kMirrorLog;
    case ValueType::discards: return kDiscards;
    case ValueType::cache_mode: return kCacheMode;
    case ValueType::cache_metadata_format: return kCacheMetadataFormat;
    case ValueType::sync_action: return kSyncAction;
    case ValueType::config_type: return kConfigType;
    case ValueType::file_system: return kFileSystem;
    case ValueType::file_system_mode: return kFileSystemMode;
    case ValueType::dump_type: return kDumpType;
    case ValueType::repair_type: return kRepairType;
    case ValueType::plan_format: return kPlanFormat;
    default: return {};
  }
}

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::basic: return "linear and striped volumes";
    case Kind::snapshot: return "snapshots";
    case Kind::mirror: return "mirrors";
    case Kind::raid: return "raid volumes";
    case Kind::integrity: return "raid integrity";
    case Kind::thin: return "thin pools and thin volumes";
    case Kind::cache: return "caches";
    case Kind::writecache: return "write caches";
    case Kind::vdo: return "VDO volumes";
    case Kind::shared: return "shared volume groups";
  }
  return "";
}

// What plan/ can build.
bool kind_available(Kind kind) {
  constexpr Kind kAvailable[] = {
      Kind::basic, Kind::mirror, Kind::raid,       Kind::integrity, Kind::snapshot,
      Kind::thin,  Kind::cache,  Kind::writecache, Kind::vdo,       Kind::shared,
  };
  return std::ranges::find(kAvailable, kind) != std::end(kAvailable);
}

}  // namespace lvm::cli
