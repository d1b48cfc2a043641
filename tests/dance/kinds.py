# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random command lines about kinds of volume, for ./dev test dance --kinds LIST. A kind is its makers, with weights."""

import re
import subprocess
import time

LEVELS = ["raid0", "raid0_meta", "raid1", "raid1", "raid4", "raid5", "raid5_n", "raid5_la", "raid6", "raid10"]


def group_of(steps, state):
    return steps.any(list(state.groups))


def volume_of(steps, state, kinds):
    """VG/LV of a volume whose type matches, or None."""
    found = [(group, name) for group, name in state.volumes
             if re.fullmatch(kinds, state.types.get((group, name), ""))]
    chosen = steps.any(found)
    return chosen and "/".join(chosen)


def name_of(steps, state, group):
    used = [name for owner, name in state.volumes if owner == group]
    return steps.any([name for name in steps.names if name not in used] or steps.names)


def create(steps, state, options):
    group = group_of(steps, state)
    if not group:
        return None
    return ["lvcreate", "-y", *options, "-n", name_of(steps, state, group), *steps.size(6), group]


def create_raid(steps, state):
    level = steps.any(LEVELS)
    options = ["--type", level]
    if level == "raid1" and steps.chance(0.3):
        options += ["-m", "2"]
    if level not in ("raid1", "raid10", "raid6") and steps.chance(0.3):
        options += ["-i", "3"]
    options += steps.any([[], [], ["-an"], ["-R", "512k"], ["--maxrecoveryrate", "100m"], ["--alloc", "anywhere"]])
    return create(steps, state, options)


def change_raid(steps, state):
    volume = volume_of(steps, state, "raid[1456].*")
    return volume and ["lvchange", *steps.any([["--minrecoveryrate", "10"], ["--maxrecoveryrate", "0"],
                                               ["--maxrecoveryrate", "200m"], ["-y", "--resync"],
                                               ["--syncaction", "check"], ["--refresh"]]), volume]


def change_raid1(steps, state):
    volume = volume_of(steps, state, "raid1")
    disk = steps.any([disk for disk, _ in state.members])
    return volume and disk and ["lvchange", *steps.any([["--writemostly", disk], ["--writemostly", f"{disk}:n"],
                                                        ["--writebehind", "100"], ["--writebehind", "0"],
                                                        ["-y", "--rebuild", disk]]), volume]


def convert_images(steps, state):
    volume = volume_of(steps, state, "raid1|linear")
    return volume and ["lvconvert", "-y", "-m", steps.any(["0", "1", "2", "+1", "-1"]), volume]


def convert_raid(steps, state):
    volume = volume_of(steps, state, "raid[1456].*")
    disk = steps.any([disk for disk, _ in state.members])
    return volume and disk and ["lvconvert", "-y", *steps.any([["-R", "256k"], ["-R", "1m"], ["--replace", disk]]),
                                volume]


def create_mirror(steps, state):
    options = ["--type", "mirror", *steps.any([["-m", "1"], ["-m", "2"], []])]
    return create(steps, state, options + steps.any([[], ["--mirrorlog", "core"], ["-R", "512k"], ["-an"]]))


def convert_mirror(steps, state):
    volume = volume_of(steps, state, "mirror")
    return volume and ["lvconvert", "-y", *steps.any([["--mirrorlog", "core"], ["--mirrorlog", "disk"], ["-m", "0"],
                                                      ["--type", "raid1"]]), volume]


def create_snapshot(steps, state):
    volume = volume_of(steps, state, "linear|striped|raid1|raid5.*|mirror")
    if not volume:
        return None
    size = steps.any([["-l", str(steps.random.randint(1, 8))], ["-l", f"{steps.random.randint(10, 100)}%ORIGIN"]])
    options = steps.any([[], [], ["-c", "8k"], ["-pr"], ["-kn"], ["--addtag", "red"]])
    return ["lvcreate", "-y", "-s", *options, "-n", name_of(steps, state, volume.split("/")[0]), *size, volume]


def merge_snapshot(steps, state):
    volume = volume_of(steps, state, "snapshot")
    return volume and ["lvconvert", "-y", "--merge", "-i", "1", volume]


def change_snapshot(steps, state):
    volume = volume_of(steps, state, "snapshot")
    return volume and steps.any([["lvchange", "-y", "-an", volume], ["lvchange", "-y", "-ay", volume],
                                 ["lvextend", "-l", "+2", volume], ["lvremove", "-y", volume],
                                 ["lvchange", "-pr", volume]])


def create_pool(steps, state):
    options = steps.any([[], [], ["-c", "128k"], ["-Zn"], ["--discards", "nopassdown"], ["--errorwhenfull", "y"], ["-an"],
                         ["--poolmetadatasize", "4M"], ["--poolmetadataspare", "n"], ["-i", "2"]])
    return create(steps, state, ["--type", "thin-pool", *options])


def create_thin(steps, state):
    pool = volume_of(steps, state, "thin,pool")
    if not pool:
        return None
    size = steps.any(["4M", "17M", "100M"])
    return ["lvcreate", "-y", "-Wn", *steps.any([[], [], ["-an"], ["-kn"], ["-pr"]]), "-V", size, "-n",
            name_of(steps, state, pool.split("/")[0]), "-T", pool]


def create_thin_snapshot(steps, state):
    volume = volume_of(steps, state, "sparse")
    return volume and ["lvcreate", "-y", "-s", *steps.any([[], ["-kn"], ["-pr"]]), "-n",
                       name_of(steps, state, volume.split("/")[0]), volume]


def change_pool(steps, state):
    pool = volume_of(steps, state, "thin,pool")
    return pool and steps.any([["lvchange", "--discards", steps.any(["ignore", "nopassdown", "passdown"]), pool],
                               ["lvchange", "--errorwhenfull", steps.any(["y", "n"]), pool],
                               ["lvchange", "-Z", steps.any(["y", "n"]), pool], ["lvextend", "-l", "+2", pool],
                               ["lvextend", "--poolmetadatasize", "+4M", pool], ["lvchange", "-an", pool],
                               ["lvchange", "-ay", pool]])


def convert_thin(steps, state):
    volume = volume_of(steps, state, "sparse")
    plain = volume_of(steps, state, "linear|striped|raid1")
    return steps.any([volume and ["lvconvert", "-y", "--merge", volume],
                      plain and ["lvconvert", "-y", "--type", "thin-pool", plain]])


def create_cache_pool(steps, state):
    options = steps.any([[], [], ["-c", "64k"], ["--cachemode", "writeback"], ["--cachemetadataformat", "1"]])
    return create(steps, state, ["--type", "cache-pool", *options])


def attach_cache(steps, state):
    group = group_of(steps, state)
    here = {name: kind for (owner, name), kind in state.types.items() if owner == group and not name.startswith("[")}
    plain = [name for name, kind in here.items() if re.fullmatch("linear|striped|raid1", kind)]
    pools = [name for name, kind in here.items() if kind == "cache,pool"]
    # The reference makes cache volumes of origins of snapshots, and fails half-way (docs/DECISIONS.md).
    free = [name for name in plain if (group, name) not in state.origins]
    origin, fast, pool = steps.any(plain), steps.any(free), steps.any(pools)
    if fast == origin:
        fast = None
    if not origin or not (fast or pool):
        return None
    mode = steps.any([[], ["--cachemode", "writeback"], ["--cachemode", "passthrough"]])
    choices = []
    if fast:
        choices = [["--type", "cache", "--cachevol", fast, *mode], ["--type", "writecache", "--cachevol", fast]]
    if pool:
        choices.append(["--type", "cache", "--cachepool", pool, *mode])
    return ["lvconvert", "-y", *steps.any(choices), f"{group}/{origin}"]


def detach_cache(steps, state):
    volume = volume_of(steps, state, "cache|writecache")
    return volume and steps.any([["lvconvert", "-y", "--splitcache", volume], ["lvconvert", "-y", "--uncache", volume]])


def change_cache(steps, state):
    volume = volume_of(steps, state, "cache")
    return volume and ["lvchange", "-y", *steps.any([["--cachemode", "writethrough"], ["--cachemode", "writeback"],
                                                     ["--cachesettings", "migration_threshold=4096"],
                                                     ["--cachepolicy", "cleaner"], ["--cachepolicy", "smq"]]), volume]


KINDS = {
    "raid": [(10, create_raid), (3, change_raid), (2, change_raid1), (4, convert_images), (3, convert_raid)],
    "mirror": [(5, create_mirror), (3, convert_mirror)],
    "snapshot": [(8, create_snapshot), (3, merge_snapshot), (5, change_snapshot)],
    "thin": [(5, create_pool), (8, create_thin), (5, create_thin_snapshot), (5, change_pool), (2, convert_thin)],
    "cache": [(4, create_cache_pool), (7, attach_cache), (4, detach_cache), (3, change_cache)],
}


def makers(steps, kinds):
    """The makers of the kinds named, bound to `steps`; "all" stands for every kind."""
    chosen = KINDS if kinds == "all" else [kind for kind in kinds.split(",") if kind]
    return [(weight, lambda state, maker=maker: maker(steps, state))
            for kind in chosen for weight, maker in KINDS[kind]]


def copying():
    """Some raid or mirror is not yet equal, or busy."""
    status = subprocess.run(["dmsetup", "status"], capture_output=True, text=True, check=False).stdout
    for line in status.splitlines():
        words = line.split()
        if len(words) < 5 or words[3] not in ("raid", "mirror"):
            continue
        done = next((word for word in words[5:] if re.fullmatch(r"\d+/\d+", word)), "1/1").split("/")
        if done[0] != done[1] or (words[3] == "raid" and not re.search(r" (idle|frozen) ", line + " ")
                                  and words[4] != "raid0"):
            return True
    return False


def settle(seconds=30):
    """Reports are compared once the kernel has stopped copying."""
    for _ in range(seconds * 10):
        if not copying():
            return
        time.sleep(0.1)
