#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Three hosts and their disks, over each lock manager: who may use what, while hosts come, die and come back.

  run.py [-k REGEX]     lock managers whose name matches
  run.py --hosts N [--disks N] [--size SIZE] -- COMMAND    COMMAND on each of N hosts that share disks; $HOST is its number
"""

import argparse
import functools
import os
import re
import shlex
import signal
import sys
import time
import traceback

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lockd"))

from checks import Checks
from cluster import ROOT, Cluster, at_once, enter_own_network, why_no_network
from managers import CONF, MANAGERS

WRITER = f"/usr/bin/python3 {ROOT}/tests/cluster/writer.py"


class Play:
    """What all lock managers have to show. Host 3 is LVM2's where LVM2 has the lock manager."""

    def __init__(self, manager, cluster, checks):
        self.manager, self.cluster, self.checks = manager, cluster, checks
        self.one, self.two, self.three = cluster.hosts
        self.three.reference = manager.in_reference

    def good(self, host, command):
        status, output = host.lvm(command)
        self.checks.that(f"{host.name}: {command}", status == 0, f"[{status}] {output}")
        return output

    def in_the_end(self, host, command, seconds):
        end = time.time() + seconds
        while (answer := host.lvm(command))[0] != 0 and time.time() < end:
            time.sleep(1)
        self.checks.that(f"{host.name}: {command}", answer[0] == 0, answer)

    def must(self, host, command):
        """The rest would make no sense."""
        failed = self.checks.failed
        output = self.good(host, command)
        if self.checks.failed > failed:
            raise RuntimeError(output)

    def refused(self, host, command, reason="locked by other host"):
        status, output = host.lvm(command)
        self.checks.that(f"{host.name}: {command} is refused", status == 5 and reason in output, f"[{status}] {output}")

    def same(self, what, one, other):
        self.checks.that(what, one == other, f"{one!r} and {other!r}")

    def run(self):
        self.manager.prepare(self.cluster)
        at_once([functools.partial(self.manager.join, host) for host in self.cluster.hosts])
        self.start()
        self.exclusive_and_shared()
        self.at_once()
        self.daemon_dies()
        self.host_dies_and_comes_back()
        self.more()
        self.stop()

    def more(self):
        """What only this lock manager has to show."""

    def start(self):
        self.must(self.one, f"vgcreate -s 1M --shared vg {' '.join(self.manager.disks)}")
        for host in (self.two, self.three):
            # On a machine that is short of time LVM2's may fail at first ("invalid parameters for sanlock").
            self.in_the_end(host, "vgchange --lockstart vg", 60 if host.reference else 0)

    def exclusive_and_shared(self):
        one, two, three = self.one, self.two, self.three
        self.good(one, "lvcreate -aey -Wn -Zn -n data -L 8M vg")
        for host in (two, three):
            for command in ("lvchange -aey", "lvchange -asy", "lvextend -l+1", "lvremove -y"):
                self.refused(host, f"{command} vg/data")
        self.good(one, "lvchange -an vg/data")
        for host in (two, three):
            self.good(host, "lvchange -aey vg/data")
            self.refused(one, "lvchange -asy vg/data")
            self.good(host, "lvchange -an vg/data")
        for host in (one, two, three):
            self.good(host, "lvchange -asy vg/data")
        for host in (one, three):
            self.refused(host, "lvchange -aey vg/data", "")
        for host in (two, three):
            self.good(host, "lvchange -an vg/data")
        self.good(one, "lvchange -aey vg/data")
        self.good(one, "lvchange -an vg/data")

    def at_once(self):
        """All hosts change the VG side by side; nothing gets lost and nobody's view is old."""
        def make(host):
            return [host.lvm(f"lvcreate -an -Wn -Zn -n h{host.number}v{number} -l 1 vg")[0] for number in range(4)]

        statuses = at_once([functools.partial(make, host) for host in self.cluster.hosts])
        self.same("three hosts make four volumes each, side by side", statuses, [[0] * 4] * 3)
        names = sorted(["data"] + [f"h{host}v{number}" for host in (1, 2, 3) for number in range(4)])
        for host in self.cluster.hosts:
            self.same(f"{host.name} sees all of them", sorted(host.lvm("lvs --noheadings -o name vg")[1].split()), names)
        self.good(self.two, "vgck vg")
        used = self.two.lvm("lvs --noheadings -o seg_pe_ranges vg")[1].split()
        self.same("and no extent is used twice", len(set(used)), len(names))
        statuses = at_once([lambda host=host: host.lvm(f"lvremove -y vg/h{host.number}v0 vg/h{host.number}v1")[0]
                            for host in self.cluster.hosts])
        self.same("each removes two", statuses, [0] * 3)
        self.same("which is seen by the others", self.one.lvm("vgs --noheadings -o lv_count vg")[1].strip(), "7")

    def daemon_dies(self):
        """lvmlockd of host 2 dies while it has a volume: its locks stay, and its successor takes them over."""
        self.good(self.two, "lvchange -aey vg/h1v2")
        self.two.must("pkill -KILL -x lvmlockd; rm -f /run/lvm/lvmlockd.socket")
        self.refused(self.one, "lvchange -aey vg/h1v2")
        self.manager.start_lvmlockd(self.two, "--adopt 1")
        self.good(self.two, "vgchange --lockstart vg")
        self.refused(self.three, "lvchange -aey vg/h1v2")
        self.good(self.two, "lvchange -an vg/h1v2")
        self.good(self.three, "lvchange -aey vg/h1v2")
        self.good(self.three, "lvchange -an vg/h1v2")

    def write(self, host):
        """A process on the host that writes to vg/data, well under way."""
        process = host.background(f"exec {WRITER} write /dev/vg/data {host.name} /results/noted", "/tmp/writer.log")
        end = time.time() + 120
        while self.noted(host) < 200:
            if time.time() > end:
                raise RuntimeError(f"the writer does not write: {host.call('cat /tmp/writer.log')}")
            time.sleep(0.2)
        return process

    @staticmethod
    def noted(host):
        try:
            with open(host.results + "/noted") as file:
                return int(file.read() or 0)
        except FileNotFoundError:
            return 0

    def written(self, by, seen_by):
        status, output = seen_by.call(f"{WRITER} check /dev/vg/data {by.name} {self.noted(by)}")
        self.checks.that(f"{seen_by.name} sees all that {by.name} had on disk: {output.strip()}", status == 0, output)

    def taken_over(self, taker, volume, since):
        while (status := taker.lvm(f"lvchange -aey {volume}")[0]) != 0 and time.time() - since < self.manager.most:
            time.sleep(1)
        waited = time.time() - since
        self.checks.that(f"{taker.name} gets {volume} after {waited:.0f} s", status == 0,
                         taker.lvm(f"lvchange -aey {volume}")[1])
        self.checks.that(f"and not before {self.manager.least} s, when the other may still have written",
                         waited >= self.manager.least, waited)
        return time.time()

    def host_dies_and_comes_back(self):
        one, two, three = self.one, self.two, self.three
        self.good(one, "lvchange -aey vg/data")
        self.write(one)
        died = time.time()
        one.power_off()
        print(f"       {one.name} has no power any more", flush=True)
        if self.manager.least:
            self.refused(two, "lvchange -aey vg/data")
        self.taken_over(two, "vg/data", died)
        self.written(one, two)
        self.good(two, "lvcreate -an -Wn -Zn -n late -l 1 vg")
        writer = self.write(two)
        self.refused(three, "lvchange -aey vg/data")
        one.start()
        one.wait()
        self.manager.join(one)
        self.good(one, "vgchange --lockstart vg")
        self.refused(one, "lvchange -aey vg/data")
        two.must(f"kill {writer}; sleep 1")
        self.good(two, "lvchange -an vg/data")
        self.good(one, "lvchange -aey vg/data")
        self.written(two, one)
        self.good(one, "lvchange -an vg/data")
        self.same("and the volume it made", self.one.lvm("lvs --noheadings -o name vg/late")[1].strip(), "late")

    def stop(self):
        if self.manager.has_members:
            self.refused(self.one, "vgremove -y vg", "")
            for host in (self.two, self.three):
                self.good(host, "vgchange --lockstop vg")
        else:
            self.good(self.two, "lvchange -aey vg/late")
            self.refused(self.one, "vgremove -y vg")
            self.good(self.two, "lvchange -an vg/late")
        self.in_the_end(self.one, "vgremove -y vg", 60)  # a manager may take a moment to hear that others have left
        seen = self.two.lvm("vgs --noheadings -o name")[1]
        self.checks.that("nothing is left", "vg" not in seen.split(), seen)


class IdmPlay(Play):
    """Also: hosts that cannot renew their leases, though they can write, have stopped before another may begin."""

    KILL = "/usr/sbin/lose-volumes"

    def more(self):
        # On a machine short of time the program may not end before the watchdog strikes: safe, and not what is asked here.
        for _ in range(3):
            if self.cut_off():
                break
        else:
            self.checks.that("a program ends the use of volumes before the watchdog does", False)
        self.reset_by_watchdog()

    def taken_from(self, host, taker, since):
        """Another host gets vg/data, which the one wrote to until it could not any more."""
        before = self.taken_over(taker, "vg/data", since) - os.stat(host.results + "/noted").st_mtime
        self.checks.that(f"{host.name} wrote {before:.0f} s before that for the last time", before > 0)

    def comes_back(self, host):
        host.power_off()  # User-Mode Linux begins anew without its network
        host.start()
        host.wait()
        self.manager.join(host)
        self.good(host, "vgchange --lockstart vg")

    def reset_by_watchdog(self):
        """The lock manager of host 1 stands still while a volume is written: its machine is reset before another begins."""
        one, two = self.one, self.two
        self.good(one, "lvchange -aey vg/data")
        self.write(one)
        stopped = time.time()
        one.must("pkill -STOP -x idmlockd")
        print(f"       the lock manager of {one.name} stands still", flush=True)
        self.refused(two, "lvchange -aey vg/data")
        self.taken_from(one, two, stopped)
        self.checks.that("for it was reset", not one.answers())
        self.written(one, two)
        self.comes_back(one)
        self.refused(one, "lvchange -aey vg/data")
        self.good(two, "lvchange -an vg/data")
        self.good(one, "lvchange -aey vg/data")
        self.good(one, "lvchange -an vg/data")

    def cut_off(self):
        """Host 1 cannot renew its locks, and a program ends its use of volumes. False: the watchdog had to."""
        one, two, three = self.one, self.two, self.three
        one.must(f"""cat > {self.KILL} <<'END'
#!/bin/sh
for i in data late; do
    dmsetup wipe_table vg-$i
    dmsetup remove --retry vg-$i
done
END
chmod 755 {self.KILL}
sed -i 's#^global {{#&\\n    lvmlockctl_kill_command = "{self.KILL}"#' {CONF}""")
        self.good(one, "lvchange -aey vg/data")
        self.good(one, "lvchange -asy vg/late")
        self.write(one)
        since = time.time()
        one.must("idmlockctl inject 100")
        print(f"       {one.name} cannot renew its locks", flush=True)
        self.good(two, "lvchange -asy vg/late")
        self.refused(two, "lvchange -aey vg/late", "")
        self.refused(three, "lvchange -aey vg/data")
        self.taken_from(one, three, since)
        ended = one.answers()
        if ended:
            self.checks.that("its volumes are gone", one.call("test -e /dev/mapper/vg-data")[0] != 0, one.call("dmsetup ls")[1])
        count = self.noted(one)
        self.written(one, three)
        self.same("and nothing is written there any more", self.noted(one), count)
        self.taken_over(two, "vg/late", since)
        if ended:
            one.must("idmlockctl inject 0")
            self.good(one, "vgchange --lockstart vg")
        else:
            print(f"       {one.name} was reset", flush=True)
            self.comes_back(one)
        self.refused(one, "lvchange -aey vg/data")
        self.good(two, "lvchange -an vg/late")
        self.good(three, "lvchange -an vg/data")
        self.good(one, "lvchange -aey vg/data")
        self.good(one, "lvchange -an vg/data")
        return ended


class SanlockPlay(Play):
    """Also: the volume of leases grows when it is full, and hosts that had it before follow."""

    def leases(self, host):
        return int(host.must("blockdev --getsize64 /dev/mapper/vg-lvmlock"))

    def more(self):
        one, two, three = self.one, self.two, self.three
        one.must(f"sed -i 's/^global {{/&\\n    sanlock_lv_extend = 8/' {CONF}")
        old = self.leases(one)
        volumes = []
        while self.leases(one) == old and len(volumes) < 400:
            volumes.append(f"vg/many{len(volumes)}")
            self.must(one, f"lvcreate -an -Wn -Zn -n {volumes[-1][3:]} -l 1 vg")
        self.same("the volume of leases has grown by 8 MiB", self.leases(one) - old, 8 << 20)
        last = volumes[-1]
        self.same("which another host has not noticed", self.leases(two), old)
        self.good(two, f"lvchange -aey {last}")
        self.same("until it needs it", self.leases(two), self.leases(one))
        self.refused(one, f"lvchange -aey {last}")
        self.refused(three, f"lvchange -aey {last}")
        self.good(two, f"lvchange -an {last}")
        self.good(three, f"lvchange -aey {last}")
        self.same("LVM2's follows too", self.leases(three), self.leases(one))
        self.good(three, f"lvchange -an {last}")
        self.good(one, f"lvremove -y {' '.join(volumes)}")


PLAYS = {"idm": IdmPlay, "sanlock": SanlockPlay}


def show_logs(cluster):
    for host in cluster.all():
        try:
            _, text = host.call("tail -n 15 /tmp/*.log; dmesg | tail -n 10", 30)
        except (OSError, EOFError) as error:
            text = str(error)
        print(f"--- {host.name}\n{text}")


def scenario(name, checks):
    print(f"{name}:", flush=True)
    manager = MANAGERS[name]()
    cluster = Cluster(hosts=3, disks=2, with_reference=manager.in_reference)
    failed = checks.failed
    try:
        manager.lay_out(cluster)
        cluster.boot()
        PLAYS.get(name, Play)(manager, cluster, checks).run()
    except Exception:  # the logs tell more
        checks.that(f"{name}: the scenario ran to its end", False, traceback.format_exc())
    if checks.failed > failed:
        show_logs(cluster)
    cluster.power_off()


def on_each(options, command):
    cluster = Cluster(options.hosts, options.disks, options.size)
    cluster.boot()
    results = at_once([functools.partial(host.call, command, 1500) for host in cluster.hosts])
    for host, (status, output) in zip(cluster.hosts, results):
        print(f"{host.name} [{status}]\n{output}", end="")
    return max(status for status, _ in results)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="")
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--disks", type=int, default=2)
    parser.add_argument("--size", default="512M")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    if reason := why_no_network():
        print(f"cluster: this machine gives guests no network, nothing was run: {reason}\ncluster: 0 passed, 0 failed")
        return 0
    enter_own_network()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended
    if options.hosts:
        return on_each(options, shlex.join(options.command))
    checks = Checks()
    for name in MANAGERS:
        if re.search(options.k, name):
            scenario(name, checks)
    print(f"cluster: {checks.passed} passed, {checks.failed} failed")
    return int(checks.failed > 0 or not checks.passed)


if __name__ == "__main__":
    sys.exit(main())
