#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk is gone for good: what vgreduce leaves of the volumes that it carried."""
from checks import check, drop_loop_disks, expect, loop_disks, main, run


def names():
    return run("lvs --noheadings -o name vg 2>/dev/null").split()


@check
def vgreduce_leaves_mirrors_what_they_still_have():
    """Mirrors go on without an image or a log; with --mirrorsonly nothing else goes."""
    disks = loop_disks([64 << 20] * 3)
    run("vgcreate -s 1m vg " + " ".join(disks))
    run(f"lvcreate -y -an -Wn -Zn -l4 -n lin vg {disks[1]}")
    run(f"lvcreate -y --nosync -Wn --type mirror --mirrorlog core -m1 -l4 -n m vg {disks[0]} {disks[1]}")
    run(f"lvcreate -y --nosync -Wn --type mirror -m1 -l4 -n logged vg {disks[0]} {disks[2]} {disks[1]}")
    run("dd if=/dev/urandom of=/dev/vg/m bs=1M count=4 oflag=direct")
    data = run("cksum < /dev/vg/m")
    run("vgchange -an vg")
    run(f"losetup -d {disks[1]}")
    try:
        run("vgreduce --removemissing --mirrorsonly --force vg", status=5, text="Non-mirror-image LV lin found")
        expect(sorted(names()) == ["lin", "logged", "m"], f"volumes: {names()}")
        kinds = run("lvs --noheadings -o segtype,mirror_log vg/m vg/logged 2>/dev/null").split()
        expect(sorted(kinds) == ["linear", "mirror"], f"kinds and logs: {kinds}")
        run("lvchange -ay vg/m")
        expect(run("cksum < /dev/vg/m") == data, "the mirror's data")
        run("lvchange -an vg/m")
        run("vgreduce --removemissing --force vg")
        expect(sorted(names()) == ["logged", "m"], f"volumes: {names()}")
        expect(run("vgs --noheadings -o pv_count,vg_missing_pv_count vg").split() == ["2", "0"], "PVs")
    finally:
        run("vgchange -an vg", status=None)
        drop_loop_disks(disks)


main("missing_disks")
