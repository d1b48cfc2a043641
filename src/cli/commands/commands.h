// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/command.h"

// The functions behind the rows: a file each in this folder.
namespace lvm::cli {

ExitStatus run_devtypes(Session&, const Arguments&);
ExitStatus run_engine(Session&, const Arguments&);
ExitStatus run_enginerevive(Session&, const Arguments&);
ExitStatus run_formats(Session&, const Arguments&);
ExitStatus run_fullreport(Session&, const Arguments&);
ExitStatus run_help(Session&, const Arguments&);
ExitStatus run_lastlog(Session&, const Arguments&);
ExitStatus run_lvchange(Session&, const Arguments&);
ExitStatus run_lvconvert(Session&, const Arguments&);
ExitStatus run_lvcreate(Session&, const Arguments&);
ExitStatus run_lvdisplay(Session&, const Arguments&);
ExitStatus run_lvextend(Session&, const Arguments&);
ExitStatus run_lvmchange(Session&, const Arguments&);
ExitStatus run_lvmconfig(Session&, const Arguments&);
ExitStatus run_lvmdevices(Session&, const Arguments&);
ExitStatus run_lvmdiskscan(Session&, const Arguments&);
ExitStatus run_lvmsadc(Session&, const Arguments&);
ExitStatus run_lvmsar(Session&, const Arguments&);
ExitStatus run_lvpoll(Session&, const Arguments&);
ExitStatus run_lvreduce(Session&, const Arguments&);
ExitStatus run_lvremove(Session&, const Arguments&);
ExitStatus run_lvrename(Session&, const Arguments&);
ExitStatus run_lvresize(Session&, const Arguments&);
ExitStatus run_lvs(Session&, const Arguments&);
ExitStatus run_lvscan(Session&, const Arguments&);
ExitStatus run_pvchange(Session&, const Arguments&);
ExitStatus run_pvck(Session&, const Arguments&);
ExitStatus run_pvcreate(Session&, const Arguments&);
ExitStatus run_pvdata(Session&, const Arguments&);
ExitStatus run_pvdisplay(Session&, const Arguments&);
ExitStatus run_pvremove(Session&, const Arguments&);
ExitStatus run_pvresize(Session&, const Arguments&);
ExitStatus run_pvs(Session&, const Arguments&);
ExitStatus run_pvscan(Session&, const Arguments&);
ExitStatus run_segtypes(Session&, const Arguments&);
ExitStatus run_systemid(Session&, const Arguments&);
ExitStatus run_tags(Session&, const Arguments&);
ExitStatus run_version(Session&, const Arguments&);
ExitStatus run_vgcfgbackup(Session&, const Arguments&);
ExitStatus run_vgcfgrestore(Session&, const Arguments&);
ExitStatus run_vgchange(Session&, const Arguments&);
ExitStatus run_vgck(Session&, const Arguments&);
ExitStatus run_vgconvert(Session&, const Arguments&);
ExitStatus run_vgcreate(Session&, const Arguments&);
ExitStatus run_vgdisplay(Session&, const Arguments&);
ExitStatus run_vgexport(Session&, const Arguments&);
ExitStatus run_vgextend(Session&, const Arguments&);
ExitStatus run_vgimport(Session&, const Arguments&);
ExitStatus run_vgimportclone(Session&, const Arguments&);
ExitStatus run_vgimportdevices(Session&, const Arguments&);
ExitStatus run_vgmerge(Session&, const Arguments&);
ExitStatus run_vgmknodes(Session&, const Arguments&);
ExitStatus run_vgreduce(Session&, const Arguments&);
ExitStatus run_vgremove(Session&, const Arguments&);
ExitStatus run_vgrename(Session&, const Arguments&);
ExitStatus run_vgs(Session&, const Arguments&);
ExitStatus run_vgscan(Session&, const Arguments&);
ExitStatus run_vgsplit(Session&, const Arguments&);

}  // namespace lvm::cli
