#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Debian 12 has no vdoformat. This one says what it was called with, where tests look, and what the real one prints.
echo "$*" >> /run/vdo.formats
size=
for word in "$@"; do
    case $word in --logical-size=*) size=${word#*=} ;; esac
    device=$word
done
if [ -z "$size" ]; then
    bytes=$(blockdev --getsize64 "$device") || exit 1
    echo "Logical blocks defaulted to $((bytes / 4096 * 9 / 10)) blocks."
fi
echo "The VDO volume can address 2 GB in 1 data slab."
echo "It can grow to address at most 16 TB of physical storage in 8192 slabs."
