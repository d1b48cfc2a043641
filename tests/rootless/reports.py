# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reports for programs: typed JSON, and nothing else on standard output."""
import json

from place import check, new_group

EVERYTHING = {
    "vgs": "vg_all",
    "pvs": "pv_all,pvseg_all",
    "lvs -a": "lv_all",
    "lvs -a --segments": "seg_all",
    "pvs --segments": "pvseg_all,seg_all",
}
NUMBERS = {"seg_count", "vg_extent_count", "vg_free_count", "pv_count", "lv_count", "vg_seqno", "pv_pe_count", "pvseg_start",
           "pvseg_size", "stripes", "max_lv", "pv_missing", "vg_exported", "lv_skip_activation", "lv_active_locally"}
UNKNOWN = {"data_percent", "copy_percent", "raid_mismatch_count", "cache_dirty_blocks"}
LISTS = {"lv_tags", "vg_tags", "pv_tags", "devices", "lv_layout", "lv_role", "seg_pe_ranges"}


def group(place):
    devices = new_group(place, "a.img", "b.img")
    place.lvm("lvcreate -an -Zn -L 8M -n x --addtag one --addtag two vg", env=devices)
    place.lvm("lvcreate -an -Zn -L 8M -i 2 -n y vg", env=devices)
    place.lvm("lvcreate -an -Zn --type thin-pool -L 8M -n p vg", env=devices)
    return devices


def only_json(done):
    """What was printed, when it is one JSON text and nothing else."""
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        check(False, f"not JSON: {error}\n{done.stdout}")


def same_value(typed, plain):
    """Whether a typed value says what the same report says as text."""
    if typed is None:
        return plain == ""
    if isinstance(typed, list):
        return plain in (",".join(typed), " ".join(typed))  # ranges of extents have blanks between them
    if isinstance(typed, (int, float)):
        return plain in ("", "unmanaged", "unknown") or float(plain) == typed
    return typed == plain


def UserReports_TypedJsonSaysWhatTextSays(place):
    """Every field of every report: a number, a list, null or text, and the value is that of plain JSON."""
    devices = group(place)
    seen = {}
    for command, fields in EVERYTHING.items():
        rows = {}
        for form in ("json", "json_std"):
            done = place.lvm(f"{command} -o {fields} --binary --reportformat {form}", env=devices)
            check(done.stderr == "", f"{command}: {done.stderr}")
            rows[form] = next(iter(only_json(done)["report"][0].values()))
        check(len(rows["json"]) == len(rows["json_std"]) > 0, f"{command}: {rows}")
        for plain, typed in zip(rows["json"], rows["json_std"]):
            check(list(plain) == list(typed), f"{command} shows other fields")
            for name, value in typed.items():
                check(isinstance(plain[name], str), f"{name} is no text in json")
                check(same_value(value, plain[name]), f"{command}: {name} is {value!r} and {plain[name]!r}")
                seen.setdefault(name, set()).add(type(value))
    for names, kinds in ((NUMBERS, {int}), (UNKNOWN, {type(None)}), (LISTS, {list}), ({"lv_size", "vg_size", "lv_time"}, {str})):
        for name in names:
            check(seen.get(name) == kinds, f"{name} is {seen.get(name)}, not {kinds}")


def UserReports_ErrorsAreBesideTheReportOrDataInIt(place):
    devices = group(place)
    bad = (("lvs nosuch", 5), ("vgs vg nosuch", 5), ("pvs nosuch.img", 5), ("lvs -o nosuch", 5), ("lvs -S nosuch=1", 5),
           ("vgs -O nosuch", 5), ("fullreport nosuch", 5))
    for form in ("json", "json_std"):
        for line, status in bad:
            done = place.lvm(f"{line} --reportformat {form}", status=status, env=devices)
            only_json(done)
            check("nosuch" in done.stderr, f"{line}: nothing said\n{done.stdout}")
    with_log = "--config log/report_command_log=1"
    for line, status in bad[:3]:
        done = place.lvm(f"{line} --reportformat json_std {with_log}", status=status, env=devices)
        log = only_json(done)["log"]
        check(done.stderr == "", f"{line}: also on standard error: {done.stderr}")
        errors = [entry for entry in log if entry["log_type"] == "error"]
        check(any("nosuch" in entry["log_message"] for entry in errors), f"{line}: {log}")
        check(all(type(entry[key]) is int for entry in log for key in ("log_seq_num", "log_errno", "log_ret_code")), log)
        # The VG's failure is an entry of its own; devices that are none are no objects.
        statuses = [entry["log_ret_code"] for entry in log if entry["log_type"] == "status"]
        check(set(statuses) == (set() if line.startswith("pvs") else {status}), log)


def UserReports_WarningsAndChangesAreNotInTheReport(place):
    """A VG that lacks a PV, and commands that change something."""
    devices = group(place)
    alone = {"LVM_IMAGES": "a.img"}
    done = place.lvm("lvs -a --reportformat json_std", env=alone)
    check(only_json(done)["report"], "no report")
    check("missing" in done.stderr, f"nothing is said of the missing PV: {done.stderr}")
    done = place.lvm("lvs -a --reportformat json_std --config log/report_command_log=1", env=alone)
    log = only_json(done)["log"]
    check(done.stderr == "" and any(entry["log_type"] == "warn" for entry in log), f"{log}\n{done.stderr}")
    line = "lvcreate -an -Zn -L 4M -n z vg --reportformat json_std --config log/report_command_log=1"
    log = only_json(place.lvm(line, env=devices))["log"]
    check(any(entry["log_type"] == "print" and 'Logical volume "z" created.' in entry["log_message"] for entry in log), log)
    check(any(entry["log_type"] == "warn" and "not zeroed" in entry["log_message"] for entry in log), log)

