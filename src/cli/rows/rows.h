// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/command.h"

// One row per command, each in the file of its name in this folder.
namespace lvm::cli {

extern const CommandRow devtypes_row;
extern const CommandRow engine_row;
extern const CommandRow enginerevive_row;
extern const CommandRow formats_row;
extern const CommandRow fullreport_row;
extern const CommandRow help_row;
extern const CommandRow lastlog_row;
extern const CommandRow lvchange_row;
extern const CommandRow lvconvert_row;
extern const CommandRow lvcreate_row;
extern const CommandRow lvdisplay_row;
extern const CommandRow lvextend_row;
extern const CommandRow lvmchange_row;
extern const CommandRow lvmconfig_row;
extern const CommandRow lvmdevices_row;
extern const CommandRow lvmdiskscan_row;
extern const CommandRow lvmsadc_row;
extern const CommandRow lvmsar_row;
extern const CommandRow lvpoll_row;
extern const CommandRow lvreduce_row;
extern const CommandRow lvremove_row;
extern const CommandRow lvrename_row;
extern const CommandRow lvresize_row;
extern const CommandRow lvs_row;
extern const CommandRow lvscan_row;
extern const CommandRow pvchange_row;
extern const CommandRow pvck_row;
extern const CommandRow pvcreate_row;
extern const CommandRow pvdata_row;
extern const CommandRow pvdisplay_row;
extern const CommandRow pvremove_row;
extern const CommandRow pvresize_row;
extern const CommandRow pvs_row;
extern const CommandRow pvscan_row;
extern const CommandRow segtypes_row;
extern const CommandRow systemid_row;
extern const CommandRow tags_row;
extern const CommandRow version_row;
extern const CommandRow vgcfgbackup_row;
extern const CommandRow vgcfgrestore_row;
extern const CommandRow vgchange_row;
extern const CommandRow vgck_row;
extern const CommandRow vgconvert_row;
extern const CommandRow vgcreate_row;
extern const CommandRow vgdisplay_row;
extern const CommandRow vgexport_row;
extern const CommandRow vgextend_row;
extern const CommandRow vgimport_row;
extern const CommandRow vgimportclone_row;
extern const CommandRow vgimportdevices_row;
extern const CommandRow vgmerge_row;
extern const CommandRow vgmknodes_row;
extern const CommandRow vgreduce_row;
extern const CommandRow vgremove_row;
extern const CommandRow vgrename_row;
extern const CommandRow vgs_row;
extern const CommandRow vgscan_row;
extern const CommandRow vgsplit_row;

}  // namespace lvm::cli
