# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random command lines that mostly make sense in the state they meet. Same seed and states, same lines."""

from dance.kinds import makers

NAMES = ["data", "home", "root", "swap", "var-log", "db.1", "x+y", "long_name_of_a_volume"]
GROUPS = ["vg", "vg-two", "third"]
TAGS = ["red", "blue", "k=v"]
POLICIES = ["normal", "cling", "contiguous", "anywhere", "inherit"]


def type_of(row):
    """The last word of a volume's layout; a pool's whole layout; "snapshot" of a volume that is a COW store."""
    layout, role = row.get("lv_layout", ""), row.get("lv_role", "").split(",")
    if "snapshot" in role and "thinsnapshot" not in role:
        return "snapshot"
    return layout if layout.endswith("pool") else layout.split(",")[-1]


class State:
    """What the last view said: names only, as the generator needs them."""

    def __init__(self, view):
        self.groups = {row["vg_name"]: row for row in view["vg"]}
        self.volumes = [(row["vg_name"], row["lv_name"]) for row in view["lv"]
                        if row["lv_name"] and not row["lv_name"].startswith("[")]
        self.types = {(row["vg_name"], row["lv_name"]): type_of(row) for row in view["lv"]}
        self.origins = {(row["vg_name"], row["lv_name"]) for row in view["lv"] if "origin" in row["lv_role"]}
        self.members = [(row["pv_name"], row["vg_name"]) for row in view["pv"] if row["vg_name"]]
        self.orphans = [row["pv_name"] for row in view["pv"] if not row["vg_name"] and row["pv_uuid"]]
        self.blank = [row["pv_name"] for row in view["pv"] if not row["pv_uuid"]]


class Steps:
    def __init__(self, random, kinds=""):
        self.random = random
        self.names = NAMES
        # (weight, maker); a maker returns None when the state has nothing for it.
        self.makers = [
            (4, self.pvcreate), (1, self.pvremove), (3, self.pvchange), (1, self.pvresize),
            (5, self.vgcreate), (4, self.vgextend), (2, self.vgreduce), (1, self.vgremove), (1, self.vgrename),
            (4, self.vgchange), (1, self.backup),
            (14, self.lvcreate), (8, self.lvextend), (4, self.lvreduce), (3, self.lvrename), (4, self.lvremove),
            (10, self.lvchange), (2, self.nonsense),
        ] + makers(self, kinds)

    def next(self, state):
        weights = [weight for weight, _ in self.makers]
        while True:
            made = self.random.choices(self.makers, weights)[0][1](state)
            if made:
                return made

    def chance(self, probability):
        return self.random.random() < probability

    def any(self, choices):
        return self.random.choice(choices) if choices else None

    def tag(self):
        return [self.any(["--addtag", "--addtag", "--deltag"]), self.any(TAGS)]

    def pvcreate(self, state):
        disk = self.any(state.blank + state.orphans)
        extra = self.any([[], [], ["--metadatasize", "2M"], ["--pvmetadatacopies", "2"], ["--dataalignment", "2M"]])
        return disk and ["pvcreate", "-y", *extra, disk]

    def pvremove(self, state):
        disk = self.any(state.orphans)
        return disk and ["pvremove", disk]

    def pvchange(self, state):
        if not state.members:
            return None
        disk = self.any(state.members)[0]
        return ["pvchange", *self.any([["-x", "n"], ["-x", "y"], ["-x", "y"], ["-x", "y"], self.tag(), self.tag()]), disk]

    def pvresize(self, state):
        disk = self.any(state.members)
        return disk and ["pvresize", disk[0]]

    def vgcreate(self, state):
        free = state.blank + state.orphans
        if not free or len(state.groups) >= len(GROUPS):
            return None
        disks = self.random.sample(free, min(len(free), self.random.randint(1, 3)))
        extra = self.any([[], [], ["-s", "1M"], ["-s", "8M"], ["--addtag", "red"], ["--alloc", "cling"]])
        return ["vgcreate", *extra, self.any(GROUPS), *disks]

    def vgextend(self, state):
        free = state.blank + state.orphans
        if not free or not state.groups:
            return None
        return ["vgextend", self.any(list(state.groups)), self.any(free)]

    def vgreduce(self, state):
        member = self.any(state.members)
        return member and ["vgreduce", member[1], member[0]]

    def vgremove(self, state):
        group = self.any(list(state.groups))
        return group and ["vgremove", *self.any([[], [], ["-f"]]), group]

    def vgrename(self, state):
        group = self.any(list(state.groups))
        return group and ["vgrename", group, self.any(GROUPS)]

    def vgchange(self, state):
        group = self.any(list(state.groups))
        return group and ["vgchange", *self.any([["-an"], ["-ay"], ["-ay"], ["-aay"], self.tag(),
                                                 ["--alloc", self.any(POLICIES[:4])], ["--refresh"],
                                                 ["-l", self.any(["0", "0", "0", str(self.random.randint(1, 12))])]]), group]

    def backup(self, state):
        group = self.any(list(state.groups))
        return group and ["vgcfgbackup", group]

    def size(self, most=12):
        return self.any([["-l", str(self.random.randint(1, most))], ["-L", f"{self.random.randint(1, 4 * most)}M"],
                         ["-l", f"{self.random.randint(1, 40)}%FREE"], ["-l", f"{self.random.randint(1, 15)}%VG"]])

    def where(self, state, group):
        disks = [disk for disk, member in state.members if member == group]
        if not disks or self.chance(0.7):
            return []
        chosen = self.random.sample(disks, self.random.randint(1, len(disks)))
        if self.chance(0.3):
            first = self.random.randint(0, 9)
            chosen[0] += f":{first}-{first + self.random.randint(0, 9)}"
        return chosen

    def lvcreate(self, state):
        group = self.any(list(state.groups))
        if not group:
            return None
        line = ["lvcreate", "-y"]
        if self.chance(0.8):
            used = [name for owner, name in state.volumes if owner == group]
            free = [name for name in NAMES if name not in used]
            line += ["-n", self.any(free if free and self.chance(0.9) else NAMES)]
        line += self.size()
        members = sum(1 for _, owner in state.members if owner == group)
        if self.chance(0.35) and (members > 1 or self.chance(0.1)):
            line += ["-i", str(self.random.randint(2, max(2, min(members, 3))))]
            line += self.any([[], ["-I", "32k"], ["-I", "128k"]])
        line += self.any([[], [], [], ["-an", "-Zn"], ["-pr"], ["--addtag", "blue"], ["-ky"], ["-r", "256"],
                          ["--setautoactivation", "n"], ["--alloc", self.any(POLICIES)]])
        return [*line, group, *self.where(state, group)]

    def volume(self, state):
        found = self.any(state.volumes)
        return found and "/".join(found)

    def lvextend(self, state):
        found = self.any(state.volumes)
        if not found:
            return None
        size = self.size(6)
        if not size[1].endswith(("FREE", "VG")) or self.chance(0.5):
            size[1] = "+" + size[1]
        return ["lvextend", *size, "/".join(found), *self.where(state, found[0])]

    def lvreduce(self, state):
        volume = self.volume(state)
        return volume and ["lvreduce", "-f", "-y", "-l", f"-{self.random.randint(1, 5)}", volume]

    def lvrename(self, state):
        found = self.any(state.volumes)
        return found and ["lvrename", found[0], found[1], self.any(NAMES)]

    def lvremove(self, state):
        volume = self.volume(state)
        return volume and ["lvremove", "-y", volume]

    def lvchange(self, state):
        volume = self.volume(state)
        return volume and ["lvchange", *self.any([["-an"], ["-an"], ["-ay"], ["-ay"], ["-aay"], ["-ay", "-K"], ["-pr"],
                                                  ["-prw"], ["-ky"], ["-kn"], ["-r", "none"], ["-r", "auto"],
                                                  ["-r", "512"], self.tag(), self.tag(), ["--refresh"],
                                                  ["--alloc", self.any(POLICIES)],
                                                  ["--setautoactivation", self.any(["y", "n"])]]), volume]

    def nonsense(self, _state):
        return self.any([["lvcreate", "-n", "x", "-l", "1", "nosuch"], ["lvremove", "-y", "nosuch/x"],
                         ["vgextend", "nosuch", "/dev/loop0"], ["lvcreate", "-l", "0", "vg"],
                         ["vgcreate", "vg", "/dev/loop99"], ["pvcreate", "/dev/loop99"],
                         ["lvextend", "-L", "+1T", "vg/data"], ["lvrename", "vg", "data", "snapshot"]])
