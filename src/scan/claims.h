// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/vg.h"

// Two VGs whose texts list the same PVs. Commands that hand PVs over write one text after the other, and LVs keep their
// ids on the way: each LV on those PVs is in both. When such a command is cut between its texts, what it leaves behind
// tells who has the PVs now:
//  - vgsplit: the VG that takes them is exported until the other one has let go of them;
//  - vgmerge: the VG that takes them has all PVs and LVs of the other; its text comes to their PVs first;
//  - vgchange --uuid: both have the same PVs and LVs, one of them a later sequence number.
// A disk that was away meanwhile brings an old text back: the PVs are the VG's whose text they all have.
namespace lvm::scan {

enum class Claim {
  unsettled,   // LVs that only one of them knows, or nothing tells: the text on each PV decides
  ours,        // the PVs are `vg`'s
  theirs,      // they are `other`'s, and so are the LVs that lie on them
  superseded,  // they are `other`'s, and nothing of `vg` is left without them
};

// `vg_is_there`, `other_is_there`: a PV that both list holds a text of this VG.
Claim settle(const model::Vg& vg, bool vg_is_there, const model::Vg& other, bool other_is_there);

// Takes out what is the other's behind Claim::theirs.
void let_go(model::Vg& vg, const model::Vg& other);

}  // namespace lvm::scan
