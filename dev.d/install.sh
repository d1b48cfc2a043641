# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ./dev install DIR: a complete tree, as a package would lay it out.
use build

# install_tree DIR: builds the programs (not the tests) and installs them into DIR.
install_tree() {
    build_preset release lvm lvm-dm-udev idm-drive idmlockd idmlockctl seagate_ilm lvmlockd lvmlockctl
    DESTDIR=$1 step "installing" cmake --install "$BUILD/release" --prefix /usr || exit 1
}

verb_install() {
    [ $# -eq 1 ] || fail "usage: ./dev install DIR"
    mkdir -p "$1"
    install_tree "$(cd "$1" && pwd)"
    say "installed in $1"
}
