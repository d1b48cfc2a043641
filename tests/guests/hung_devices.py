#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that never answer: what a suspended device-mapper device is to whoever reads it."""
import os
import subprocess
import time

from checks import check, drop_loop_disks, expect, loop_disks, main, run

MIB = 1 << 20
# Long beside what a busy machine takes for a command, so that "once" and "once for each" are told apart.
TIMEOUT = 10
SCAN = f"devices/io_timeout={TIMEOUT} devices/use_devicesfile=0"
SLOW = f"--config '{SCAN} devices/filter=[\"a|.*|\"]'"
# As a host would be that does not have the dead devices.
FAST = f"--config '{SCAN} devices/filter=[\"a|^/dev/loop|\",\"r|.*|\"]'"


def seconds(command, **expected):
    start = time.monotonic()
    output = run(command, **expected)
    return time.monotonic() - start, output


def start(command):
    return subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)


def waited_once(spent, what):
    print(f"      {what}: {spent:.2f} s with a timeout of {TIMEOUT} s")
    expect(TIMEOUT <= spent < 2 * TIMEOUT, f"{what}: {spent:.1f} s is not one timeout of {TIMEOUT} s")


def meanwhile(waiting, command, what):
    """The command ends while another one waits."""
    run(command)
    expect(waiting.poll() is None, f"{what} took longer than the timeout of {TIMEOUT} s")


def names(prefix, count):
    return [f"{prefix}{number}" for number in range(count)]


class Devices:
    """Two disks; device-mapper devices without a label; some of them answer nothing."""

    def __init__(self, alive, dead):
        self.alive, self.dead = names("alive", alive), names("dead", dead)

    def __enter__(self):
        self.disks = loop_disks([64 * MIB] * 2)
        run(f"pvcreate {FAST} {' '.join(self.disks)}")
        run(f"vgcreate {FAST} vg {self.disks[0]}")
        everything = ";".join(f"{name},,,rw,0 8192 zero" for name in self.alive + self.dead)
        run(f"dmsetup create --concise '{everything}'")
        for name in self.dead:
            run(f"dmsetup suspend {name}")
        return self

    def __exit__(self, *_):
        for name in self.dead:
            run(f"dmsetup resume {name}", status=None)
        time.sleep(0.2)
        run(f"dmsetup remove {' '.join(self.alive + self.dead)}", status=None)
        for disk in self.disks:
            run(f"wipefs -q -a {disk}", status=None)
        drop_loop_disks(self.disks)


@check
def a_thousand_devices_of_which_ten_are_dead():
    with Devices(990, 10) as devices:
        spent, output = seconds(f"vgs {SLOW} --noheadings -o vg_name", text="vg")
        waited_once(spent, "vgs with 10 dead devices of 1000")
        for name in devices.dead:
            lines = [line for line in output.splitlines() if f"/dev/mapper/{name}:" in line]
            expect(len(lines) == 1 and "does not answer" in lines[0], f"{name} is named in {lines}")
        # Canaries: the devices are dead indeed, and a command that waits longer is noticed.
        reader = start(f"dd if=/dev/mapper/{devices.dead[0]} of=/dev/null bs=4096 count=1 iflag=direct")
        longer = SLOW.replace(f"io_timeout={TIMEOUT}", f"io_timeout={2 * TIMEOUT}")
        spent, _ = seconds(f"vgs {longer}")
        expect(reader.poll() is None, "the device answers")
        try:
            waited_once(spent, "a canary, vgs with twice the timeout")
        except Exception:
            pass
        else:
            expect(False, f"a command that waits for {2 * TIMEOUT} s was not noticed")
        run(f"dmsetup resume {devices.dead[0]}")
        reader.wait()


@check
def nobody_waits_for_a_command_that_waits():
    with Devices(0, 3) as devices:
        for command in (f"vgs {SLOW}", f"pvs {SLOW}", f"lvcreate {SLOW} -n a -l 1 vg",
                        f"pvcreate {SLOW} {devices.disks[1]}", f"vgextend {SLOW} vg {devices.disks[1]}"):
            verb = command.split()[0]
            waiting = start(command)
            time.sleep(1)
            expect(waiting.poll() is None, f"{command} does not wait")
            other = f"other{len(command)}"
            meanwhile(waiting, f"vgcreate {FAST} {other} {devices.disks[1]} && vgremove {FAST} {other}",
                      f"a new VG beside {verb}")
            meanwhile(waiting, f"vgs {FAST} vg && lvcreate {FAST} -n b -l 1 vg && lvremove {FAST} -y vg/b",
                      f"the VG itself beside {verb}")
            output = waiting.communicate()[0].decode()
            expect(waiting.returncode == 0, f"{command}: {output}")
        run(f"lvremove {FAST} -y vg/a")


# A device that is being read under its open mutex: to open it is to wait for ever, and not even SIGKILL helps.
@check
def a_device_that_cannot_be_opened():
    with Devices(0, 1) as devices:
        dead = devices.dead[0]
        run(f"dmsetup resume {dead}")
        loop = run(f"losetup --find --show -P /dev/mapper/{dead}").strip()
        try:
            run(f"dmsetup suspend {dead}")
            run("echo 3 > /proc/sys/vm/drop_caches")
            holder = start(f"blockdev --flushbufs {loop}; blockdev --rereadpt {loop}")
            time.sleep(1)
            expect(holder.poll() is None, "the partitions of the device could be read")
            victim = start(f"exec dd if={loop} of=/dev/null count=1")
            time.sleep(1)
            victim.kill()
            time.sleep(0.5)
            expect(victim.poll() is None, "the device can be opened")
            # Its output ends: nothing that was left behind holds it.
            spent, output = seconds(f"vgs {SLOW} --noheadings -o vg_name | cat", text="vg")
            waited_once(spent, "vgs beside a device that cannot be opened")
            expect(f"{loop}: the device does not answer" in output, output)
            spent, _ = seconds(f"lvcreate {SLOW} -n c -l 1 vg")
            expect(spent < 3 * TIMEOUT, f"lvcreate beside a device that cannot be opened: {spent:.1f} s")
        finally:
            run(f"dmsetup resume {dead}")
            holder.wait()
            victim.wait()
            run(f"losetup -d {loop}")


if __name__ == "__main__":
    os.environ["DM_DISABLE_UDEV"] = "1"  # there is none: dmsetup makes the nodes
    main("hung_devices")
