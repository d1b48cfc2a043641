// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/row.h"

namespace lvm::config {

inline constexpr Row kDevicesRows[] = {
    {"devices", "", version(1, 0, 0), {}, 0,
     "Which block devices are used, and how.",
     ""},
    {"devices/dir", "/dev", version(1, 0, 0), {}, kAdvanced | kCommented,
     "Where the nodes of volume groups are made; also accepted as a prefix of their names.",
     ""},
    {"devices/scan", R"(["/dev"])", version(1, 0, 0), {}, kAdvanced | kCommented,
     "Directories that are searched for block devices.",
     ""},
    {"devices/loopfiles", "", version(1, 2, 0), version(2, 3, 0), kDeprecated | kUnsupported | kNoDefault,
     "Plain files treated as devices.",
     ""},
    {"devices/obtain_device_list_from_udev", "0", version(2, 2, 85), {}, kCommented,
     "Take the list of block devices from udev instead of walking the directories of devices/scan.",
     "Only the directory that udev looks after is concerned; others are still walked."},
    {"devices/external_device_info_source", "none", version(2, 2, 116), {}, kCommented,
     "Who else is asked about a device.",
     R"(Values:
  none   only what is found on the device and in sysfs
  udev   also the udev database: it knows MD and multipath components sooner)"},
    {"devices/hints", "all", version(2, 3, 2), {}, kCommented,
     "Remember in /run/lvm/hints which devices hold physical volumes, and read only those.",
     R"(Remove the file, or set this to none, when volumes are copied onto devices behind LVM's back (with dd, say).
Values:
  all    use hints
  none   read every device)"},
    {"devices/preferred_names", "", version(1, 2, 19), {}, kNoDefault | kEmptyAllowed,
     "Patterns that choose which of a device's names is shown.",
     R"(The first pattern that fits one of the names wins. With none, names of /dev/mapper and /dev/disk come after short ones.
Example
preferred_names = [ "^/dev/mpath/", "^/dev/[hs]d" ])"},
    {"devices/use_devicesfile", "0", version(2, 3, 12), {}, kCommented,
     "Use only the devices that are listed in a devices file.",
     "When the file does not exist, all devices are used, and vgcreate or vgimportdevices makes one. devices/filter does not apply while a devices file is in use."},
    {"devices/devicesfile", "system.devices", version(2, 3, 12), {}, kCommented,
     "Name of the devices file in the directory devices below the configuration directory.",
     "lvmdevices(8) edits the file."},
    {"devices/search_for_devnames", "auto", version(2, 3, 12), {}, kCommented,
     "Look for a listed device under another name when the devices file knows it by name only.",
     R"(Names such as /dev/sdb change from boot to boot.
Values:
  none   do not look
  auto   look at devices that are likely to match
  all    look at all devices)"},
    {"devices/filter", R"(["a|.*|"])", version(1, 0, 0), {}, kCommented,
     "Patterns that accept or reject block devices, tried in order on each name of a device.",
     R"(Each entry is a, for accept, or r, for reject, and a regular expression between two delimiters. The first that fits decides; a device that fits none is accepted. A device is used if one of its names is accepted first. See also devices/global_filter.
Example
filter = [ "a|^/dev/sd|", "r|.*|" ])"},
    {"devices/global_filter", R"(["a|.*|"])", version(2, 2, 98), {}, kCommented,
     "Like devices/filter, and before it; --config cannot be used to get around it.",
     "What it rejects is hidden from daemons and udev rules as well as from commands."},
    {"devices/cache", "$SYSTEM_DIR/cache/.cache", version(1, 0, 0), version(1, 2, 19), kDeprecated,
     "The file of a device cache that is no longer kept.",
     ""},
    {"devices/cache_dir", "$SYSTEM_DIR/cache", version(1, 2, 19), version(2, 3, 0), kDeprecated,
     "The directory of a device cache that is no longer kept.",
     ""},
    {"devices/cache_file_prefix", "", version(1, 2, 19), version(2, 3, 0), kDeprecated | kEmptyAllowed,
     "A prefix for the name of the cache file that is no longer kept.",
     ""},
    {"devices/write_cache_state", "1", version(1, 0, 0), version(2, 3, 0), kDeprecated,
     "Whether the device cache file was written.",
     ""},
    {"devices/types", "", version(1, 0, 0), {}, kAdvanced | kNoDefault | kIntegersToo,
     "More kinds of block devices that may hold physical volumes.",
     R"(Pairs of a name as in /proc/devices and the largest number of partitions.
Example
types = [ "fd", 16 ])"},
    {"devices/sysfs_scan", "1", version(1, 0, 8), {}, kCommented,
     "Skip device nodes that sysfs does not know.",
     ""},
    {"devices/scan_lvs", "0", version(2, 2, 182), {}, kCommented,
     "Look for physical volumes on logical volumes.",
     "Leave this off where logical volumes belong to guests with volume groups of their own."},
    {"devices/multipath_component_detection", "1", version(2, 2, 89), {}, kCommented,
     "Skip devices that are paths of a multipath device.",
     ""},
    {"devices/multipath_wwids_file", "/etc/multipath/wwids", version(2, 3, 13), {}, kCommented | kEmptyAllowed,
     "The list of multipath's WWIDs, by which its paths are known before it starts.",
     "Empty: do not read it."},
    {"devices/md_component_detection", "1", version(1, 0, 18), {}, kCommented,
     "Skip devices that are members of an MD array.",
     ""},
    {"devices/md_component_checks", "auto", version(2, 3, 2), {}, kCommented,
     "How hard to look for MD members.",
     R"(Superblocks of versions 1.0 and 0.90 stand at the end of a device, where reading costs more.
Values:
  auto    read the end if anything suggests an array
  start   read the start only
  full    read both ends of each device)"},
    {"devices/fw_raid_component_detection", "0", version(2, 2, 112), {}, kCommented,
     "Skip devices that are members of a firmware RAID; needs external_device_info_source udev.",
     ""},
    {"devices/md_chunk_alignment", "1", version(2, 2, 48), {}, kCommented,
     "Align the data of a physical volume on an MD array with its stripes.",
     ""},
    {"devices/default_data_alignment", "1", version(2, 2, 75), {}, kCommented,
     "Alignment of the data area of a physical volume, in MiB; 0 means 64 KiB.",
     ""},
    {"devices/data_alignment_detection", "1", version(2, 2, 51), {}, kCommented,
     "Align the data area with the I/O sizes that the kernel reports.",
     ""},
    {"devices/data_alignment", "0", version(2, 2, 45), {}, kCommented,
     "Alignment of the data area in KiB; 0 leaves it to the settings above.",
     ""},
    {"devices/data_alignment_offset_detection", "1", version(2, 2, 50), {}, kCommented,
     "Shift the data area by the alignment offset that the kernel reports.",
     ""},
    {"devices/ignore_suspended_devices", "0", version(1, 2, 19), {}, kCommented,
     "Do not read suspended device-mapper devices, as that would block.",
     ""},
    {"devices/ignore_lvm_mirrors", "1", version(2, 2, 104), {}, kCommented,
     "Do not look for physical volumes on volumes of type mirror, as reading one that failed can block.",
     ""},
    {"devices/disable_after_error_count", "0", version(2, 2, 75), version(2, 3, 0), kDeprecated | kCommented,
     "After how many errors a device was left alone.",
     ""},
    {"devices/require_restorefile_with_uuid", "1", version(2, 2, 73), {}, kCommented,
     "Ask pvcreate --uuid for --restorefile, too.",
     ""},
    {"devices/pv_min_size", "2048", version(2, 2, 85), {}, kCommented,
     "Smaller devices, in KiB, cannot be physical volumes; at least 512.",
     ""},
    {"devices/issue_discards", "0", version(2, 2, 85), {}, kCommented,
     "Send discards to physical volumes for space that a volume gives back.",
     "The data is gone at once: vgcfgrestore cannot bring such a volume back."},
    {"devices/allow_changes_with_duplicate_pvs", "0", version(2, 2, 153), {}, kCommented,
     "Allow changes to a VG when one of its PVs was found on several devices.",
     ""},
    {"devices/allow_mixed_block_sizes", "0", version(2, 3, 6), {}, kCommented,
     "Allow devices with different logical block sizes in one VG.",
     ""},
    {"devices/io_timeout", "10", version(2, 3, 16), {}, kCommented | kExtension,
     "Seconds after which a device that does not answer a read is given up.",
     "LVM2 waits without end. Writes are never given up."},
};

}  // namespace lvm::config
