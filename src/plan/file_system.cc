// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/file_system.h"

#include <fmt/format.h>

#include <algorithm>

namespace lvm::plan {
namespace {

using Mode = FileSystemRequest::Mode;
using Words = std::vector<std::string>;

struct Work;
using Steps = Result<> (*)(Work&);

// What one kind of file system can do. Growing and shrinking add their steps; nullptr: cannot be done.
struct Kind {
  std::string_view types;  // libblkid's words, each between blanks
  Steps grow, shrink;
};

// One resize while its steps are laid out.
struct Work {
  const FileSystemRequest& request;
  const std::string& volume;
  Bytes to;  // of the device that holds the file system
  FileSystemSteps out;
  bool needs_question = false;

  const world::FileSystem& found() const { return request.found; }
  bool mounted() const { return !found().mounts.empty(); }
};

step::RunProgram program(Words words, int accepted = 0) {
  step::RunProgram out;
  out.words = std::move(words);
  out.accepted = accepted;
  return out;
}

std::unexpected<Error> refused(const Work& work, std::string_view why) {
  return fail(Code::refused, fmt::format("The {} file system on {} {}.", work.found().type, work.volume, why));
}

// Taken off where it is mounted, and mounted there again when the command ends, whatever becomes of it.
Result<> unmount(Work& work, std::vector<step::Step>& steps) {
  if (work.request.mode == Mode::nochange)
    return refused(work, "would have to be unmounted, which --fsmode nochange forbids");
  for (const world::FileSystem::Mount& mount : work.found().mounts)
    if (!mount.whole)
      return refused(work, fmt::format("is mounted in part on {}: unmount it by hand first", mount.point));
  for (auto mount = work.found().mounts.rbegin(); mount != work.found().mounts.rend(); ++mount) {
    step::RunProgram step = program({"umount", mount->point});
    step.at_the_end = {"mount", "-t", work.found().type, "-o", mount->options, work.found().path, mount->point};
    steps.emplace_back(std::move(step));
  }
  work.needs_question = true;
  return {};
}

// --- ext2, ext3, ext4 -------------------------------------------------------------------------------
void check_ext(Work& work, std::vector<step::Step>& steps) {
  // 1: errors were found and corrected.
  if (work.request.check) steps.emplace_back(program({"e2fsck", "-f", "-p", work.found().path}, 1));
}

Words resize2fs(const Work& work) {
  Words words{"resize2fs"};
  if (!work.request.check) words.emplace_back("-f");
  words.push_back(work.found().path);
  return words;
}

Result<> grow_ext(Work& work) {
  bool offline = work.request.mode == Mode::offline;
  if (work.mounted() && offline) TRY(unmount(work, work.out.behind));
  if (!work.mounted() || offline) check_ext(work, work.out.behind);
  work.out.behind.emplace_back(program(resize2fs(work)));
  return {};
}

Result<> shrink_ext(Work& work) {
  if (work.mounted()) TRY(unmount(work, work.out.before));
  check_ext(work, work.out.before);
  Words words = resize2fs(work);
  words.push_back(fmt::format("{}K", work.to.n / 1024));
  work.out.before.emplace_back(program(std::move(words)));
  return {};
}

// --- file systems that are resized by where they are mounted ------------------------------------------
// The mount point: its own, or one made for the purpose.
Result<std::string> mounted_at(Work& work, std::vector<step::Step>& steps) {
  if (work.found().file)
    return std::unexpected(
        refused(work, "can be resized only while it is mounted, which a volume of an image cannot be").error());
  if (work.request.mode == Mode::offline)
    return std::unexpected(
        refused(work, "can be resized only while it is mounted: --fsmode offline is not possible").error());
  if (work.mounted()) return work.found().mounts.front().point;
  if (work.request.mode == Mode::nochange)
    return std::unexpected(refused(work, "would have to be mounted, which --fsmode nochange forbids").error());
  std::string name = work.volume;
  std::ranges::replace(name, '/', '_');
  std::string point = "/run/lvm/resize/" + name;
  step::RunProgram directory = program({"mkdir", "-p", point});
  directory.at_the_end = {"rmdir", point};
  steps.emplace_back(std::move(directory));
  step::RunProgram mount = program({"mount", "-t", work.found().type, work.found().path, point});
  mount.at_the_end = {"umount", point};
  steps.emplace_back(std::move(mount));
  work.needs_question = true;
  return point;
}

Result<> grow_xfs(Work& work) {
  std::string point = TRY(mounted_at(work, work.out.behind));
  work.out.behind.emplace_back(program({"xfs_growfs", point}));
  return {};
}

Result<> resize_btrfs(Work& work, std::vector<step::Step>& steps, const std::string& size) {
  if (work.found().parts != 1)
    return refused(work, fmt::format("spans {} devices: resize it with btrfs(8)", work.found().parts));
  std::string point = TRY(mounted_at(work, steps));
  steps.emplace_back(program({"btrfs", "filesystem", "resize", fmt::format("{}:{}", work.found().id, size), point}));
  return {};
}

Result<> grow_btrfs(Work& work) { return resize_btrfs(work, work.out.behind, "max"); }
Result<> shrink_btrfs(Work& work) { return resize_btrfs(work, work.out.before, fmt::format("{}", work.to.n)); }

// --- swap ---------------------------------------------------------------------------------------------
// Swap space holds nothing that lasts: it is made anew, under its own name.
Result<> remake_swap(Work& work) {
  const world::FileSystem& swap = work.found();
  if (swap.swapped_on) {
    if (work.request.mode == Mode::nochange)
      return refused(work, "is in use as swap space, which --fsmode nochange leaves alone");
    step::RunProgram off = program({"swapoff", swap.path});
    off.at_the_end = {"swapon", swap.path};
    work.out.before.emplace_back(std::move(off));
    work.needs_question = true;
  }
  Words words{"mkswap", "-U", swap.uuid};
  if (!swap.label.empty()) words.insert(words.end(), {"-L", swap.label});
  words.push_back(swap.path);
  work.out.behind.emplace_back(program(std::move(words)));
  return {};
}

constexpr Kind kKinds[] = {
    {" ext2 ext3 ext4 ", grow_ext, shrink_ext},
    {" xfs ", grow_xfs, nullptr},
    {" btrfs ", grow_btrfs, shrink_btrfs},
    {" swap ", remake_swap, remake_swap},
};

const Kind* find_kind(const std::string& type) {
  std::string word = " " + type + " ";
  for (const Kind& kind : kKinds)
    if (kind.types.find(word) != std::string_view::npos) return &kind;
  return nullptr;
}

// The encryption between volume and file system follows the volume up, and leads it down.
void resize_encryption(Work& work, bool grow) {
  if (!work.found().encryption) return;
  const std::string& name = work.found().encryption->name;
  if (grow)
    work.out.behind.insert(work.out.behind.begin(), program({"cryptsetup", "resize", name}));
  else
    work.out.before.emplace_back(
        program({"cryptsetup", "resize", "--size", fmt::format("{}", work.to.n / kSectorSize), name}));
}

Result<FileSystemSteps> by_fsadm(const Context& context, const std::string& volume, Bytes from, Bytes to,
                                 const FileSystemRequest& request) {
  FileSystemSteps out;
  Words words{context.config.string("global/fsadm_executable")};
  if (request.force) words.emplace_back("--force");
  // Questions were answered, or will be by whoever said --yes.
  words.emplace_back("--yes");
  std::string path = "/dev/" + volume;
  Words check = words;
  check.insert(check.end(), {"check", path});
  words.insert(words.end(), {"resize", path, fmt::format("{}K", to.n / 1024)});
  // 3: mounted, so nothing to check.
  if (request.check) out.before.emplace_back(program(std::move(check), 3));
  (to < from ? out.before : out.behind).emplace_back(program(std::move(words)));
  return out;
}

Result<> check_size(const Work& work) {
  if (work.found().encryption && work.found().encryption->name.empty())
    return fail(Code::refused,
                fmt::format("{} is encrypted: open it, so that its file system can be looked at.", work.volume));
  if (work.found().end <= work.to && work.found().end) return {};
  return refused(work, work.found().end ? "ends behind the new size: reduce it too, with --fs resize"
                                        : "does not say where it ends: whether it would be cut is not known");
}

}  // namespace

Result<FileSystemSteps> resize_file_system(const Context& context, const std::string& volume, Bytes from, Bytes to,
                                           const FileSystemRequest& request) {
  using Handling = FileSystemRequest::Handling;
  if (request.handling == Handling::fsadm) return by_fsadm(context, volume, from, to, request);
  const world::FileSystem& found = request.found;
  Bytes offset = found.encryption ? found.encryption->offset : Bytes();
  if (offset >= to)
    return fail(Code::refused, fmt::format("{} would be smaller than the header of its encryption.", volume));
  Work work{request, volume, to - offset, {}};
  bool grow = to >= from;
  if (request.handling == Handling::checksize) {
    if (!grow && !found.type.empty()) TRY(check_size(work));
    return FileSystemSteps{};
  }
  if (found.encryption && found.encryption->name.empty())
    return fail(Code::refused,
                fmt::format("{} is encrypted and not open: open it (cryptsetup open), so that its file system can be "
                            "resized.",
                            volume));
  if (found.type.empty()) return fail(Code::refused, fmt::format("File system not found on {}.", volume));
  const Kind* kind = find_kind(found.type);
  Steps steps = kind ? (grow ? kind->grow : kind->shrink) : nullptr;
  if (!steps) return refused(work, grow ? "cannot be extended by this command" : "cannot be reduced");
  // A file system that ends before the new end has been reduced already.
  bool fits = !grow && found.end && found.end <= work.to && found.type != "swap";
  if (!fits) TRY(steps(work));
  resize_encryption(work, grow);
  if (work.needs_question && !request.mode_given)
    work.out.questions.push_back(
        {fmt::format("The {} file system on {} has to be {} for this, and is put back afterwards. Continue? [y/n]: ",
                     found.type, volume,
                     found.swapped_on       ? "switched off"
                     : found.mounts.empty() ? "mounted"
                                            : "unmounted"),
         fmt::format("Logical volume {} NOT resized.", volume)});
  return std::move(work.out);
}

}  // namespace lvm::plan
