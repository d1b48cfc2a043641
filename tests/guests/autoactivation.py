#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks are attached in any order while udevd runs: their volume group comes up once, when the last one is there.

The guest has no service manager: a script stands for systemd-run. It notes the call and starts the command.
"""
import glob
import os
import random
import time

from checks import check, expect, loop_disks, main, run

MIB = 1 << 20
NOTES = "/run/activations"
SYSTEMD_RUN = """#!/bin/sh
echo "$@" >> /run/activations
while [ "$1" != /usr/sbin/lvm ]; do shift; done
setsid "$@" > /run/activation.log 2>&1 < /dev/null &
"""


def stand_in():
    os.unlink("/usr/bin/systemd-run") if os.path.lexists("/usr/bin/systemd-run") else None
    with open("/usr/bin/systemd-run", "w") as file:
        file.write(SYSTEMD_RUN)
    os.chmod("/usr/bin/systemd-run", 0o755)


def settle():
    run("udevadm settle --timeout=60")


def notes():
    return open(NOTES).read().splitlines() if os.path.exists(NOTES) else []


def wait_until(condition, text, seconds=40):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            log = run("cat /run/activation.log", status=None)
            raise AssertionError(f"{text} within {seconds} s; activation said: {log}")
        time.sleep(0.2)


class Group:
    """A VG of three disks, made and then detached."""

    def __enter__(self):
        stand_in()
        self.disks = loop_disks([64 * MIB] * 3)
        settle()
        run(f"vgcreate vg {' '.join(self.disks)}")
        run("lvcreate -n a -l 60%VG vg")  # on more than one disk
        run("lvcreate -n b -L 8M vg")
        settle()  # udevd watches a device only after it has said that the device is there
        run("mkfs.ext4 -q -L datalabel /dev/vg/b")
        return self

    def detach(self):
        run("vgchange -an vg")
        settle()
        for disk in self.disks:
            run(f"losetup -d {disk}")
        settle()
        for path in glob.glob("/run/lvm/*online/*") + glob.glob("/run/lvm/pvs_lookup/*"):
            os.unlink(path)
        if os.path.exists(NOTES):
            os.unlink(NOTES)

    def attach(self, number):
        run(f"losetup {self.disks[number]} /tmp/check-disk{number}")
        settle()

    def __exit__(self, *_):
        for number in range(3):
            run(f"losetup {self.disks[number]} /tmp/check-disk{number}", status=None)
        settle()
        run("vgchange -an vg", status=None)
        run("vgremove -ff -y vg", status=None)
        for disk in self.disks:
            run(f"losetup -d {disk}", status=None)
        settle()


def is_up():
    return os.path.exists("/dev/mapper/vg-a") and os.path.exists("/dev/mapper/vg-b")


@check
def any_order_once_and_completely():
    seed = random.randrange(1 << 30)
    print(f"    orders of seed {seed}")
    source = random.Random(seed)
    with Group() as group:
        for _ in range(3):
            group.detach()
            order = [0, 1, 2]
            source.shuffle(order)
            for number in order[:2]:
                group.attach(number)
            time.sleep(0.5)
            expect(not notes() and not is_up(), f"activated before it was complete: {notes()}")
            group.attach(order[2])
            wait_until(is_up, f"order {order}: vg did not come up")
            settle()
            expect(len(notes()) == 1, f"order {order}: activated {len(notes())} times")
            expect("lvm-activate-vg" in notes()[0], f"not our unit: {notes()[0]}")
            expect(run("lvs --noheadings -o lv_active vg").split() == ["active", "active"], "not all volumes are active")
            # A trigger of everything that is there does not activate again.
            run("udevadm trigger --subsystem-match=block --action=change")
            settle()
            expect(len(notes()) == 1, "a trigger activated the group again")


@check
def links_of_volumes():
    with Group():
        for link in ("/dev/vg/a", "/dev/mapper/vg-a", "/dev/disk/by-id/dm-name-vg-a", "/dev/disk/by-label/datalabel"):
            wait_until(lambda: os.path.islink(link), f"no link {link}")
        for disk in ("/dev/disk/by-id/lvm-pv-uuid-*",):
            expect(len(glob.glob(disk)) == 3, f"{disk}: {glob.glob(disk)}")
        run("lvrename vg a c")
        settle()
        expect(os.path.islink("/dev/vg/c") and not os.path.lexists("/dev/vg/a"), "the link was not renamed")
        run("lvremove -y vg/c")
        settle()
        expect(not os.path.lexists("/dev/vg/c"), "the link was left")


@check
def udev_that_looks_at_a_volume_does_not_keep_it():
    """Who has written to a device and closes it makes udev open it: the volume goes all the same."""
    with Group():
        for _ in range(10):
            run("mkfs.ext4 -q /dev/vg/b && lvchange -an vg/b && lvchange -ay vg/b")
        for number in range(5):
            run(f"lvcreate -y -n t{number} -L 8M vg && mkfs.ext4 -q /dev/vg/t{number} && lvremove -y vg/t{number}")


@check
def groups_that_do_not_come_up_by_themselves():
    with Group() as group:
        run("vgchange --setautoactivation n vg")
        group.detach()
        for number in range(3):
            group.attach(number)
        wait_until(notes, "vgchange was not started")
        time.sleep(1)
        settle()
        expect(not is_up(), "activated though its property says no")
        run("vgchange --setautoactivation y vg && vgexport vg")
        for path in glob.glob("/run/lvm/*online/*"):
            os.unlink(path)
        os.unlink(NOTES)
        for disk in group.disks:
            run(f"losetup -d {disk}")
        settle()
        for number in range(3):
            group.attach(number)
        time.sleep(1)
        expect(not notes(), "an exported group was activated")
        run("vgimport vg")


@check
def pvscan_keeps_books():
    with Group() as group:
        pvs = run("pvs --noheadings -o uuid").replace("-", "").split()
        for path in glob.glob("/run/lvm/*online/*") + glob.glob("/run/lvm/pvs_lookup/*"):
            os.unlink(path)
        output = run(f"pvscan --cache --listvg --checkcomplete --vgonline --autoactivation event --udevoutput {group.disks[0]}")
        expect(output == "LVM_VG_NAME_INCOMPLETE='vg'\n", output)
        run(f"pvscan --cache {group.disks[1]}", text="online.")
        output = run(f"pvscan --cache --listvg --checkcomplete --vgonline --autoactivation event --udevoutput {group.disks[2]}")
        expect(output == "LVM_VG_NAME_COMPLETE='vg'\n", output)
        expect(sorted(os.listdir("/run/lvm/pvs_online")) == sorted(pvs), "other files than those of the PVs")
        output = run(f"pvscan --cache --listvg --checkcomplete --vgonline --autoactivation event --udevoutput {group.disks[2]}")
        expect(output == "", f"complete for a second time: {output}")
        run(f"pvscan --listlvs {group.disks[0]}", text="LV vg/")
        run("vgchange -an vg")
        expect(not os.path.exists("/run/lvm/vgs_online/vg"), "deactivated, and yet online")
        run(f"pvscan --cache -aay {group.disks[0]}", text="run autoactivation")
        expect(is_up(), "pvscan -aay did not activate")
        run(f"pvscan --cache -aay {group.disks[0]}", text="skip autoactivation")
        run(f"pvscan --cache --config global/event_activation=0 --listvg --checkcomplete --udevoutput {group.disks[0]}",
            text="LVM_EVENT_ACTIVATION=0")
        run("pvscan --cache 240:77", text="No device")
        run("vgremove -ff -y vg")
        expect(not os.listdir("/run/lvm/pvs_online"), "PVs of a group that is gone are remembered")
        run(f"vgcreate vg {' '.join(group.disks)}")


if __name__ == "__main__":
    main("autoactivation")
