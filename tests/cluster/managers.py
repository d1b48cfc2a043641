# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lock managers, each with what a host does to join and what it promises when a host dies."""

CONF = "/etc/lvm/lvm.conf"


class Manager:
    name = ""
    disks = ("/dev/ubda", "/dev/ubdb")
    # After the death of a host nobody has its locks sooner. In seconds.
    least = 0
    most = 240
    environment = ""  # of lvmlockd
    has_members = True  # hosts that have started a VG are known, whether they hold locks or not
    # LVM2 has it too: one of the hosts is the reference's.
    in_reference = True

    def lay_out(self, cluster):
        """Before the hosts boot."""

    def prepare(self, cluster):
        """When they have, before they join."""

    def join(self, host):
        raise NotImplementedError

    def configure(self, host):
        host.must(f"""sed -i 's/use_lvmlockd = 0/use_lvmlockd = 1/
            s/^devices {{/&\\n    types = [ "ubd", 16 ]/
            s/ filter = \\[/& "a|^\\/dev\\/ubd|",/' {CONF}""")
        host.must(f"echo 'local {{ host_id = {host.number} }}' > /etc/lvm/lvmlocal.conf")

    def start_lvmlockd(self, host, options=""):
        program = "ref lvmlockd" if host.reference else "lvmlockd"
        options = f"{self.lvmlockd_options(host)} {options}"
        host.background(f"{self.environment}exec {program} -f -g {self.name} {options}", "/tmp/lvmlockd.log")
        host.until("test -S /run/lvm/lvmlockd.socket", 120, "lvmlockd has no socket")

    def lvmlockd_options(self, _):
        return ""


class Sanlock(Manager):
    name = "sanlock"
    least = 16  # an io_timeout of 2 seconds: eight times that is how long a host that is cut off may still be writing

    def join(self, host):
        self.configure(host)
        host.must("mkdir -p /run/sanlock /etc/sanlock")
        host.background(f"exec sanlock daemon -w 0 -D -U root -G root -e {host.name}", "/tmp/sanlock.log")
        host.until("sanlock client status", 120)
        self.start_lvmlockd(host)

    def lvmlockd_options(self, host):
        return f"--sanlock-timeout 2 --host-id {host.number}"


COROSYNC = """totem {
 version: 2
 cluster_name: test
 transport: knet
 crypto_cipher: none
 crypto_hash: none
}
nodelist {
NODES}
quorum {
 provider: corosync_votequorum
}
logging {
 to_stderr: yes
 to_syslog: no
}
"""


class Dlm(Manager):
    name = "dlm"

    def __init__(self):
        self.nodes = ""

    def prepare(self, cluster):
        self.nodes = "".join(f" node {{\n  ring0_addr: {host.address}\n  nodeid: {host.number}\n  name: {host.name}\n }}\n"
                             for host in cluster.hosts)

    def join(self, host):
        self.configure(host)
        host.must("modprobe configfs && modprobe dlm && mount -t configfs none /sys/kernel/config; "
                  "mkdir -p /etc/corosync /etc/dlm /var/lib/corosync /var/log/cluster; "
                  "echo enable_fencing=0 > /etc/dlm/dlm.conf; "
                  f"cat > /etc/corosync/corosync.conf <<'END'\n{COROSYNC.replace('NODES', self.nodes)}END")
        host.background("exec corosync -f", "/tmp/corosync.log")
        host.until("corosync-quorumtool -s | grep -q 'Quorate: *Yes'", 120)
        host.background("exec dlm_controld -D -s 0", "/tmp/dlm.log")
        host.until("test -s /sys/kernel/config/dlm/cluster/cluster_name", 120)
        self.start_lvmlockd(host)


class Idm(Manager):
    """The drives are those of one more host, that exports them by iSCSI."""

    name = "idm"
    disks = ("/dev/sda", "/dev/sdb", "/dev/sdc")
    least = 50
    in_reference = has_members = False
    environment = "LVMLOCKD_IDM_GLOBAL_DRIVES=/dev/sda,/dev/sdb,/dev/sdc "
    target = "iqn.2026-01.test:drives"
    watched, watchdog = 1, "/dev/watchdog1"  # /dev/watchdog is a device of User-Mode Linux that has no use here

    def __init__(self):
        self.storage = None

    def lay_out(self, cluster):
        cluster.add_storage()

    def prepare(self, cluster):
        self.storage = cluster.storage
        folder = f"/sys/kernel/config/target/iscsi/{self.target}/tpgt_1"
        self.storage.must(f"""set -e
modprobe target_core_user; modprobe iscsi_target_mod
mkdir -p /sys/kernel/config; mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
for i in 1 2 3; do idm-drive start d$i --no-disk --backing /tmp/d$i --size 256M; done
mkdir -p {folder}
for i in 1 2 3; do
  mkdir {folder}/lun/lun_$i
  ln -s /sys/kernel/config/target/core/user_0/d$i {folder}/lun/lun_$i/drive
done
mkdir {folder}/np/{self.storage.address}:3260
cd {folder}/attrib
echo 0 > authentication; echo 1 > generate_node_acls; echo 1 > cache_dynamic_acls; echo 0 > demo_mode_write_protect
echo 1 > {folder}/enable""")

    def join(self, host):
        self.configure(host)
        host.must(f"""set -e
modprobe iscsi_tcp; modprobe sd_mod; modprobe sg
mkdir -p /run/lock/iscsi /etc/iscsi /var/lib/iscsi
echo InitiatorName=iqn.2026-01.test:{host.name} > /etc/iscsi/initiatorname.iscsi
iscsid
iscsiadm -m discovery -t sendtargets -p {self.storage.address}
iscsiadm -m node --login""")
        for disk in self.disks:
            host.until(f"test -b {disk}", 120)
        self.start_idmlockd(host)
        self.start_lvmlockd(host)

    def start_idmlockd(self, host):
        options = ""
        if host.number == self.watched:
            host.must("modprobe softdog")
            host.until(f"test -c {self.watchdog}", 120)
            options = f"--watchdog {self.watchdog}"
        host.background(f"exec idmlockd -D 1 --host-name {host.name} {options}", "/tmp/idmlockd.log")
        host.until("test -S /run/seagate_ilm/main.sock", 120)


MANAGERS = {manager.name: manager for manager in (Sanlock, Dlm, Idm)}
