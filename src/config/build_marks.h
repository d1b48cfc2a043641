// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace lvm::config {

// Defaults that packagers choose when they build LVM2, by the marks that `lvmconfig --unconfigured` shows in their
// place.
struct BuildMark {
  std::string_view path, mark;
};
inline constexpr BuildMark kBuildMarks[] = {
    {"config/profile_dir", "@DEFAULT_SYS_DIR@/@DEFAULT_PROFILE_SUBDIR@"},
    {"allocation/use_blkid_wiping", "@DEFAULT_USE_BLKID_WIPING@"},
    {"backup/backup_dir", "@DEFAULT_SYS_DIR@/@DEFAULT_BACKUP_SUBDIR@"},
    {"backup/archive_dir", "@DEFAULT_SYS_DIR@/@DEFAULT_ARCHIVE_SUBDIR@"},
    {"global/etc", "@CONFDIR@"},
    {"global/locking_dir", "@DEFAULT_LOCK_DIR@"},
    {"global/mirror_segtype_default", "@DEFAULT_MIRROR_SEGTYPE@"},
    {"global/raid10_segtype_default", "@DEFAULT_RAID10_SEGTYPE@"},
    {"global/sparse_segtype_default", "@DEFAULT_SPARSE_SEGTYPE@"},
    {"global/thin_check_executable", "@THIN_CHECK_CMD@"},
    {"global/thin_dump_executable", "@THIN_DUMP_CMD@"},
    {"global/thin_repair_executable", "@THIN_REPAIR_CMD@"},
    {"global/cache_check_executable", "@CACHE_CHECK_CMD@"},
    {"global/cache_dump_executable", "@CACHE_DUMP_CMD@"},
    {"global/cache_repair_executable", "@CACHE_REPAIR_CMD@"},
    {"global/vdo_format_executable", "@VDO_FORMAT_CMD@"},
    {"global/fsadm_executable", "@FSADM_PATH@"},
    {"global/use_lvmpolld", "@DEFAULT_USE_LVMPOLLD@"},
    {"dmeventd/executable", "@DMEVENTD_PATH@"},
};

}  // namespace lvm::config
