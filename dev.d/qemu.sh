# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The other kernel of guests (./dev guest --kernel qemu): Debian's own, on two processors, in QEMU without KVM.
QEMU=$BUILD/guest/qemu QEMU_ROOT=$BUILD/guest/qemu/root

# qemu_prepare: the kernel's package, unpacked, never installed; an initial RAM disk with process 1 and the modules by which
# that sees the host's files. Sets GUEST_MODULES and early, the modules that process 1 loads.
qemu_prepare() {
    local version PATH=$PATH:/usr/sbin:/sbin
    need qemu
    if ! compgen -G "$QEMU_ROOT/boot/vmlinuz-*" > /dev/null; then
        # The lists may be missing, or name a version that is not there any more.
        [ -n "$(qemu_package)" ] || step "updating the package lists" as_root apt-get update -q || exit 1
        unpack_packages "$QEMU" "Debian's kernel" "$(qemu_package)" ||
            unpack_packages "$QEMU" "Debian's kernel" "$(qemu_package)" || exit 1
    fi
    GUEST_MODULES=$(echo "$QEMU_ROOT"/lib/modules/*)
    version=${GUEST_MODULES##*/}
    [ -s "$GUEST_MODULES/modules.dep" ] || depmod -b "$QEMU_ROOT" "$version" || exit 1
    mapfile -t early < <(qemu_modules "$version" overlay loop dm-mod)
    if [ ! "$QEMU/initrd" -nt "$BUILD/guest/init" ]; then
        local folder=$QEMU/initrd.d module
        rm -rf "$folder"
        mkdir -p "$folder/modules"
        cp "$BUILD/guest/init" "$folder/init"
        for module in $(qemu_modules "$version" virtio_pci virtio_console 9pnet_virtio 9p); do
            cp "$module" "$folder/modules"
            echo "${module##*/}" >> "$folder/modules/order"
        done
        (cd "$folder" && find . | cpio -o -H newc --quiet) > "$QEMU/initrd.new"
        mv "$QEMU/initrd.new" "$QEMU/initrd"
    fi
}

# qemu_package: linux-image-amd64 names the newest.
qemu_package() { apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }'; }

# qemu_modules VERSION NAME...: the files of these modules and of those they need, in the order of loading.
qemu_modules() {
    local version=$1 name
    shift
    for name in "$@"; do modprobe -d "$QEMU_ROOT" -S "$version" --show-depends "$name"; done |
        awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# qemu_command: sets launch. Uses the variables of guest_run.
qemu_command() {
    launch=(qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m "$memory" -nodefaults -display none -no-reboot
        -kernel "$(echo "$QEMU_ROOT"/boot/vmlinuz-*)" -initrd "$QEMU/initrd"
        -append "console=ttyS0 quiet panic=-1 job=$job"
        -serial "file:$job/console.log" -device virtio-serial-pci
        -chardev file,id=out,path=/proc/self/fd/3,append=on -device virtserialport,chardev=out,nr=1
        -chardev file,id=err,path=/proc/self/fd/4,append=on -device virtserialport,chardev=err,nr=2
        -virtfs local,path=/,mount_tag=host,security_model=none,multidevs=remap)
    [ -z "$stage" ] ||
        launch+=(-virtfs "local,path=$stage,mount_tag=stage,security_model=none,multidevs=remap,readonly=on")
}
