#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Debian's packages of LVM2 bring, the install tree has under the same name: programs, pages, units, settings."""
import os
import re

from checks import check, drop_loop_disks, expect, loop_disks, main, run

# By name; why it is not there, or what stands for it.
ELSEWHERE = {
    "55-dm.rules": "10-dm.rules",
    "56-lvm.rules": "11-dm-lvm.rules",
    "60-persistent-storage-dm.rules": "13-dm-disk.rules",
    "69-lvm.rules": "69-dm-lvm.rules",
}
OTHERS = r"dmeventd|dm-event|lvm2-monitor|lvmpolld|dmsetup|dmstats|pvmove"  # not built: docs/DECISIONS.md, docs/HACKING.md


def names(root, folders):
    out = {}
    for folder in folders:
        for path, _, files in os.walk(f"{root}/{folder}"):
            for name in files:
                out[name.removesuffix(".gz")] = f"{path}/{name}"
    return out


@check
def everything_has_a_counterpart():
    theirs = names("/reference", ("sbin", "usr/share/man", "usr/share/initramfs-tools", "lib/udev", "lib/systemd", "usr/lib/tmpfiles.d", "etc"))
    ours = names("", ("usr/sbin", "usr/share/man/man5", "usr/share/man/man7", "usr/share/man/man8", "usr/share/initramfs-tools",
                      "usr/lib/udev", "usr/lib/systemd", "usr/lib/tmpfiles.d", "etc/lvm"))
    expect(len(theirs) > 100, f"the reference has only {sorted(theirs)}")
    missing = [name for name in theirs if ELSEWHERE.get(name, name) not in ours and not re.search(OTHERS, name)]
    expect(not missing, f"not installed: {missing}")


@check
def pages_are_found_and_read():
    """Each page by man(1)'s own rules, those of old names too."""
    pages = names("", ("usr/share/man/man8",))
    for name in ("lvm.conf.5", "lvmthin.7", "lvmraid.7", "lvmautoactivation.7", "lvm-dumpconfig.8", "lvm-fullreport.8", "lvcreate.8"):
        section = name[-1]
        with open(f"/usr/share/man/man{section}/{name}") as file:
            text = file.read()
        expect(re.search(r"^\.SH NAME$", text, re.MULTILINE), f"{name} has no name")
    # What pages name as others to see is there, or another package's.
    foreign = {"thin_check", "thin_repair", "cache_check", "vdoformat", "udev", "dmsetup"}
    everything = {name for section in "578" for name in os.listdir(f"/usr/share/man/man{section}")}
    for page in pages.values():
        if not re.search(r"/(lv|pv|vg|fsadm|blkd)[^/]*$", page) or page.endswith(".gz"):
            continue
        with open(page) as file:
            text = file.read().replace("\\-", "-")
        for name, section in re.findall(r"^\.BR (\S+) \((\d)\)", text[text.rfind(".SH SEE ALSO"):], re.MULTILINE):
            expect({f"{name}.{section}", f"{name}.{section}.gz"} & everything or name in foreign, f"{page} names {name}({section})")


@check
def links_run():
    for name in ("lvs", "vgck", "pvck", "lvmdiskscan", "vgimportclone", "lvmdevices", "lvmconfig"):
        run(f"/usr/sbin/{name} --version", text="LVM version")


@check
def a_dump_for_a_report_of_a_problem():
    """lvmdump: what it gathers, that it overwrites nothing, and that it ends though a program hangs."""
    disks = loop_disks([64 << 20])
    try:
        run(f"vgcreate dumped {disks[0]} && lvcreate -y -Wn -l 2 -n volume dumped")
        before = run(f"sha256sum {disks[0]}")
        run("rm -rf /tmp/dump /tmp/hung && DMSETUP_BINARY='ref' lvmdump -a -m -u -s -d /tmp/dump")
        for name, text in (("lvs", "volume"), ("vgs", "dumped"), ("pvs", disks[0]), ("config", "devices"), ("versions", "LVM version"),
                           ("lvm/lvm.conf", ""), ("lvm/backup/dumped", "volume"), ("metadata/loop0.headers", "mda_header"),
                           ("metadata/loop0", "dumped"), ("lvmdump.log", "(exit 0)"), ("udev/version", ""), ("sysreport/lsblk_s", "")):
            with open(f"/tmp/dump/{name}", errors="replace") as file:
                expect(text in file.read(), f"no {text!r} in {name}")
        expect(run(f"sha256sum {disks[0]}") == before, "the disk changed")
        run("lvmdump -d /tmp/dump", status=5, text="is there already and not empty")
        run("lvmdump -x", status=3)
        run("cd /tmp && rm -f lvmdump-*.tgz && lvmdump", text=".tgz")
        run("tar tzf /tmp/lvmdump-*.tgz", text="/lvm/lvm.conf")
        with open("/tmp/hangs", "w") as file:
            file.write("#!/bin/sh\nexec sleep 3600\n")
        os.chmod("/tmp/hangs", 0o755)
        run("LVM_BINARY=/tmp/hangs LVMDUMP_TIMEOUT=1 lvmdump -d /tmp/hung", text="did not end within 1 s")
        expect(os.path.exists("/tmp/hung/dev_listing"), "nothing was gathered behind the program that hangs")
    finally:
        run("vgremove -ff -y dumped", status=None)
        run(f"pvremove -ff -y {disks[0]}", status=None)
        drop_loop_disks(disks)


if __name__ == "__main__":
    main("installed_tree")
