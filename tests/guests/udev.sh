#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# In a guest: starts udevd with the device-mapper and LVM rules. This build's rules and programs win; where the
# build has none, the reference's are used through `ref`, since the rules call /sbin/dmsetup and /sbin/lvm.
set -eu
rules=/usr/lib/udev/rules.d
if [ -d /reference/lib/udev/rules.d ] && ! [ -e $rules/10-dm.rules ]; then
    for rule in /reference/lib/udev/rules.d/*.rules; do
        [ -e "$rules/${rule##*/}" ] || cp "$rule" "$rules/"
    done
    for program in dmsetup lvm; do
        [ -e "/usr/sbin/$program" ] || ln -s /usr/bin/ref "/usr/sbin/$program"
    done
fi
# Nothing mounts a /run/udev or hands out device groups here; udevd itself needs neither.
/lib/systemd/systemd-udevd --daemon 2> /dev/null
udevadm trigger --subsystem-match=block --action=add
udevadm settle
