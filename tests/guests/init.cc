// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Process 1 of a test guest. Starting a process costs up to 100 ms in User-Mode Linux, so one static program does
// what a shell script would need thirty processes for.
//
// The host's root file system is the guest's root, read through hostfs in User-Mode Linux and through 9p in QEMU, where
// this program comes in an initial RAM disk with the modules for that; an overlay on a tmpfs keeps every write inside
// the guest. The kernel command line names the job folder (job=DIR), which holds:
//   settings    lines "KEY VALUE": the folders repository, work_folder, results, disks, modules, and where wanted
//               stage and reference; udev 1; version (of the kernel); module (a file, many times)
//   arguments   the command, each word ended by a NUL
//   status      written at the end: the exit status of the command, 125 when the guest could not be set up
// In the guest /results and /disks are the host's folders; the file disk0 of the latter is /dev/loop0, and so on.
// Terminal 1 (in QEMU the serial port 1 of virtio) is the command's standard output, 2 its errors; the console keeps
// the kernel's messages.

#include <dirent.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace {

using Strings = std::vector<std::string>;

struct Job {
  bool qemu = false;
  std::string folder;
  std::map<std::string, std::string> settings;
  Strings modules;
  Strings arguments;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Strings split(const std::string& text, char separator) {
  Strings parts;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// Words that each end with a NUL; a word may be empty.
Strings words(const std::string& text) {
  Strings out;
  for (size_t at = 0, end; (end = text.find('\0', at)) != std::string::npos; at = end + 1)
    out.push_back(text.substr(at, end - at));
  return out;
}

[[noreturn]] void finish(const std::string& folder, int status) {
  std::ofstream(folder + "/status") << status << "\n";
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

[[noreturn]] void give_up(const Job& job, const std::string& what) {
  std::printf("guest: %s: %s\n", what.c_str(), std::strerror(errno));
  std::fflush(stdout);
  finish(job.folder, 125);
}

void make_folders(const std::string& path) {
  for (size_t at = 1; at != std::string::npos; at = path.find('/', at + 1)) {
    if (at > 1) mkdir(path.substr(0, at).c_str(), 0755);
  }
  mkdir(path.c_str(), 0755);
}

void attach(const Job& job, const char* kind, const std::string& where, const std::string& options = "") {
  make_folders(where);
  if (mount(kind, where.c_str(), kind, 0, options.c_str()) != 0) {
    give_up(job, std::string("mounting ") + kind + " " + options + " on " + where);
  }
}

// A folder of the host.
void attach_shared(const Job& job, const std::string& where, const std::string& folder) {
  if (!job.qemu) return attach(job, "hostfs", where, folder);
  make_folders(where);
  if (mount(folder.c_str(), where.c_str(), nullptr, MS_BIND, nullptr) != 0)
    give_up(job, "mounting " + folder + " on " + where);
}

// What qemu was told to share under this name (dev.d/qemu.sh).
void attach_9p(const Job& job, const std::string& where, const char* tag) {
  make_folders(where);
  if (mount(tag, where.c_str(), "9p", 0, "trans=virtio,version=9p2000.L,msize=512000,cache=loose") != 0)
    give_up(job, std::string("mounting the host's ") + tag + " on " + where);
}

void replace_link(const std::string& target, const std::string& path) {
  unlink(path.c_str());
  if (symlink(target.c_str(), path.c_str()) != 0) std::perror(("guest: linking " + path).c_str());
}

// This kernel is built to start a program for every event of a device, as no distribution does; udevd listens to a
// socket. Without that program there still was the attempt, which took most of a volume's way up and down.
void start_nothing_for_events() { std::ofstream("/proc/sys/kernel/hotplug") << "\n"; }

void bring_loopback_up() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) std::perror("guest: bringing lo up");
  close(fd);
}

void load_module(const Job& job, const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  // Loop devices are made when they are wanted: each idle one is a device more for every scan.
  const char* parameters = path.ends_with("/loop.ko") ? "max_loop=0" : "";
  if (fd < 0 || (syscall(SYS_finit_module, fd, parameters, 0) != 0 && errno != EEXIST)) give_up(job, "loading " + path);
  close(fd);
}

// In QEMU: the host's root becomes ours.
void enter_host(const Job& job) {
  for (const std::string& name : split(read_file("/modules/order"), '\n')) load_module(job, "/modules/" + name);
  attach_9p(job, "/host", "host");
  if (chroot("/host") != 0 || chdir("/") != 0) give_up(job, "entering the host's root");
  attach(job, "proc", "/proc");
  attach(job, "sysfs", "/sys");
  attach(job, "devtmpfs", "/dev");
}

Job read_job() {
  Job job;
  job.qemu = access("/modules/order", F_OK) == 0;
  if (job.qemu) enter_host(job);
  for (const std::string& word : split(read_file("/proc/cmdline"), ' ')) {
    if (word.starts_with("job=")) job.folder = word.substr(4);
  }
  while (job.folder.ends_with('\n')) job.folder.pop_back();
  for (const std::string& line : split(read_file(job.folder + "/settings"), '\n')) {
    const size_t blank = line.find(' ');
    if (blank == std::string::npos) continue;
    const std::string key = line.substr(0, blank);
    const std::string value = line.substr(blank + 1);
    if (key == "module") job.modules.push_back(value);
    job.settings[key] = value;
  }
  job.arguments = words(read_file(job.folder + "/arguments"));
  if (job.arguments.empty()) give_up(job, "no command in the job folder");
  return job;
}

// Lays the staged install tree over the host's root, in an overlay whose writes go to a tmpfs, and mounts the usual
// kernel file systems in it. Each lower directory needs a hostfs mount of its own: overlayfs refuses two lower
// directories of one superblock that contain one another.
void make_root(Job& job) {
  attach(job, "tmpfs", "/mnt", "size=90%");
  std::string lower = "/";
  if (job.settings.contains("stage")) {
    // A mount of its own in QEMU too, see above.
    if (job.qemu)
      attach_9p(job, "/mnt/stage", "stage");
    else
      attach_shared(job, "/mnt/stage", job.settings["stage"]);
    lower = "/mnt/stage:/";
  }
  make_folders("/mnt/upper");
  make_folders("/mnt/work");
  attach(job, "overlay", "/mnt/root", "lowerdir=" + lower + ",upperdir=/mnt/upper,workdir=/mnt/work");
  const std::string root = "/mnt/root";
  attach(job, "proc", root + "/proc");
  attach(job, "sysfs", root + "/sys");
  attach(job, "devtmpfs", root + "/dev");
  attach(job, "devpts", root + "/dev/pts");
  for (const char* folder : {"/dev/shm", "/run", "/tmp"}) attach(job, "tmpfs", root + folder);
  make_folders(root + "/run/lock/lvm");
  make_folders(root + "/run/lvm");
  chmod((root + "/tmp").c_str(), 01777);
  chmod((root + "/dev/shm").c_str(), 01777);
  attach_shared(job, root + "/job", job.folder);
  attach_shared(job, root + "/results", job.settings["results"]);
  attach_shared(job, root + "/disks", job.settings["disks"]);
  if (job.settings.contains("reference")) attach_shared(job, root + "/reference", job.settings["reference"]);
  // The repository may live below the host's /tmp or /run, which were hidden just now.
  const std::string repository = job.settings["repository"];
  if (access((root + repository + "/dev").c_str(), F_OK) != 0) {
    attach_shared(job, root + repository, repository);
  }
}

// Hundreds of terminals nobody uses would be looked at by every scan of /dev.
void remove_terminals() {
  DIR* folder = opendir("/dev");
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.size() > 3 && (name.starts_with("tty") || name.starts_with("pty"))) unlink(("/dev/" + name).c_str());
  }
  closedir(folder);
}

void make_links(Job& job) {
  replace_link("/proc/self/fd", "/dev/fd");
  replace_link("/proc/self/fd/0", "/dev/stdin");
  replace_link("/proc/self/fd/1", "/dev/stdout");
  replace_link("/proc/self/fd/2", "/dev/stderr");
  make_folders("/lib/modules");
  replace_link(job.settings["modules"], "/lib/modules/" + job.settings["version"]);
}

// Both programs of a comparison read this one configuration; @udev@ in it says whether a udevd runs.
void write_configuration(Job& job) {
  std::string text = read_file(job.settings["repository"] + "/tests/guests/lvm.conf");
  const std::string udev = job.settings.contains("udev") ? "1" : "0";
  for (size_t at = text.find("@udev@"); at != std::string::npos; at = text.find("@udev@")) text.replace(at, 6, udev);
  make_folders("/etc/lvm/archive");
  make_folders("/etc/lvm/backup");
  std::ofstream("/etc/lvm/lvm.conf") << text;
  std::ofstream("/usr/bin/ref") << read_file(job.settings["repository"] + "/tests/guests/ref.sh");
  chmod("/usr/bin/ref", 0755);
  // The place lvm.conf names for both programs. A build without one of its own borrows the reference's script.
  if (access("/usr/sbin/fsadm", F_OK) != 0) replace_link("/reference/sbin/fsadm", "/usr/sbin/fsadm");
}

void attach_disks(const Job& job) {
  for (int number = 0;; ++number) {
    const std::string file = "/disks/disk" + std::to_string(number);
    const int disk = open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (disk < 0) return;
    const std::string device = "/dev/loop" + std::to_string(number);
    const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    ioctl(control, LOOP_CTL_ADD, number);
    close(control);
    const int loop = open(device.c_str(), O_RDWR | O_CLOEXEC);
    loop_config config{};
    config.fd = static_cast<unsigned>(disk);
    std::strncpy(reinterpret_cast<char*>(config.info.lo_file_name), file.c_str(), LO_NAME_SIZE - 1);
    if (loop < 0 || ioctl(loop, LOOP_CONFIGURE, &config) != 0) give_up(job, "attaching " + file + " to " + device);
    close(loop);
    close(disk);
  }
}

int run(const Strings& arguments) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    setsid();
    execvp(argv[0], argv.data());
    std::perror(("guest: " + arguments[0]).c_str());
    _exit(127);
  }
  for (;;) {
    int status = 0;
    const pid_t ended = wait(&status);
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended < 0 && errno == ECHILD) return 125;
  }
}

// The terminals pass bytes as they are, without turning line ends into carriage returns.
void open_terminals(const Job& job) {
  for (const int fd : {1, 2}) {
    std::string name = "/tmp/terminal" + std::to_string(fd);
    if (job.qemu) {
      name = "/dev/vport0p" + std::to_string(fd);
      for (int i = 0; i < 1000 && access(name.c_str(), F_OK) != 0; ++i) usleep(10'000);
    } else {
      mknod(name.c_str(), S_IFCHR | 0600, makedev(4, static_cast<unsigned>(fd)));
    }
    const int terminal = open(name.c_str(), O_RDWR | O_NOCTTY);
    if (terminal < 0) continue;
    dup2(terminal, fd);
    close(terminal);
    termios settings{};
    tcgetattr(fd, &settings);
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    tcsetattr(fd, TCSANOW, &settings);
  }
}

}  // namespace

int main() {
  for (const char* assignment : {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                                 "LC_ALL=C", "TERM=dumb", "LVM_SUPPRESS_FD_WARNINGS=1", "PYTHONDONTWRITEBYTECODE=1"}) {
    putenv(const_cast<char*>(assignment));
  }
  mount("proc", "/proc", "proc", 0, "");
  mount("sysfs", "/sys", "sysfs", 0, "");
  start_nothing_for_events();
  Job job = read_job();
  for (const std::string& module : job.modules) load_module(job, module);
  make_root(job);
  if (chroot("/mnt/root") != 0 || chdir("/") != 0) give_up(job, "entering the new root");
  job.folder = "/job";
  make_links(job);
  sethostname("guest", 5);
  bring_loopback_up();
  write_configuration(job);
  attach_disks(job);
  open_terminals(job);
  remove_terminals();
  if (job.settings.contains("udev") && run({"/bin/sh", job.settings["repository"] + "/tests/guests/udev.sh"}) != 0) {
    give_up(job, "starting udevd");
  }
  if (chdir(job.settings["work_folder"].c_str()) != 0 && chdir("/") != 0) give_up(job, "changing to the work folder");
  const int status = run(job.arguments);
  // What is still in a terminal's queue would be lost at power-off.
  tcdrain(1);
  tcdrain(2);
  finish(job.folder, status);
}
