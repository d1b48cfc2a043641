#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In a guest: runs a program of the reference LVM2 with its own libraries. `ref lvs -a`, or by a link's name.
name=${0##*/}
if [ "$name" = ref ]; then
    name=$1
    shift
fi
LD_LIBRARY_PATH=/reference/lib/x86_64-linux-gnu:/reference/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH
exec "/reference/sbin/$name" "$@"
