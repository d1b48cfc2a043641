# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the metadata of a volume group with many linear volumes, for vgcfgrestore."""

import random

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def identifier(source):
    letters = "".join(source.choice(ALPHABET) for _ in range(32))
    return "-".join([letters[:6], *(letters[at:at + 4] for at in range(6, 26, 4)), letters[26:]])


def volume(source, number):
    return f"""
\t\tlv{number} {{
\t\t\tid = "{identifier(source)}"
\t\t\tstatus = ["READ", "WRITE", "VISIBLE"]
\t\t\tflags = []
\t\t\tcreation_time = 1700000000
\t\t\tcreation_host = "bench"
\t\t\tsegment_count = 1

\t\t\tsegment1 {{
\t\t\t\tstart_extent = 0
\t\t\t\textent_count = 1

\t\t\t\ttype = "striped"
\t\t\t\tstripe_count = 1

\t\t\t\tstripes = [
\t\t\t\t\t"pv0", {number}
\t\t\t\t]
\t\t\t}}
\t\t}}"""


def group(name, volumes, pv_id, device, sectors, pe_start, extent_sectors, seed=1):
    source = random.Random(seed)
    extents = (sectors - pe_start) // extent_sectors
    if volumes > extents:
        raise ValueError(f"{volumes} volumes need more than {extents} extents")
    return f"""contents = "Text Format Volume Group"
version = 1
description = ""
creation_host = "bench"
creation_time = 1700000000

{name} {{
\tid = "{identifier(source)}"
\tseqno = 1
\tformat = "lvm2"
\tstatus = ["RESIZEABLE", "READ", "WRITE"]
\tflags = []
\textent_size = {extent_sectors}
\tmax_lv = 0
\tmax_pv = 0
\tmetadata_copies = 0

\tphysical_volumes {{

\t\tpv0 {{
\t\t\tid = "{pv_id}"
\t\t\tdevice = "{device}"

\t\t\tstatus = ["ALLOCATABLE"]
\t\t\tflags = []
\t\t\tdev_size = {sectors}
\t\t\tpe_start = {pe_start}
\t\t\tpe_count = {extents}
\t\t}}
\t}}

\tlogical_volumes {{
{''.join(volume(source, number) for number in range(volumes))}
\t}}
}}
"""
