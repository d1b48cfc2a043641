// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/units.h"
#include "device/io.h"
#include "dm/engine.h"
#include "model/vg.h"

// A Plan is data: what a command would do, step by step. Planning makes it, `--plan` prints it, apply
// walks it, crash tests cut it. Steps are a closed set.
namespace lvm::step {

// --- metadata -------------------------------------------------------------------------------------
// A metadata area of a PV (by position in its header) that is to take part in its VG, or no longer.
struct AreaUse {
  PvId pv;
  std::size_t area = 0;
  bool ignored = false;
  friend bool operator==(const AreaUse&, const AreaUse&) = default;
};
// Writes `after` of the stage as precommitted metadata into every area in use of its PVs.
struct WriteMetadata {
  std::vector<AreaUse> area_use;  // changes of what is in use
  friend bool operator==(const WriteMetadata&, const WriteMetadata&) = default;
};
// Makes the precommitted metadata the metadata.
struct CommitMetadata {
  friend bool operator==(const CommitMetadata&, const CommitMetadata&) = default;
};
// Removes the VG from its areas: slots cleared, text left.
struct RemoveMetadata {
  friend bool operator==(const RemoveMetadata&, const RemoveMetadata&) = default;
};
// Copies `before` to the archive directory (once per VG and command).
struct Archive {
  friend bool operator==(const Archive&, const Archive&) = default;
};
// Writes `after` to the backup directory, when the plan has ended and no later stage has one of the same VG; removes
// the backup when there is no `after`.
struct Backup {
  friend bool operator==(const Backup&, const Backup&) = default;
};

// --- labels ---------------------------------------------------------------------------------------
// Where everything of a new PV lies. Bytes from the start of the device.
struct PvLayout {
  std::uint64_t label_sector = 1;
  Bytes device_size;
  Bytes data_start;
  Bytes boot_start, boot_size;
  struct Area {
    Bytes start, size;
    bool ignored = false;
    friend bool operator==(const Area&, const Area&) = default;
  };
  std::vector<Area> areas;  // at most two
  bool used = false;        // the USED flag
  friend bool operator==(const PvLayout&, const PvLayout&) = default;
};
struct WriteLabel {
  device::Device device;
  PvId id;
  PvLayout layout;
  bool wipe_head = true;     // zero the first 4 sectors before
  bool format_areas = true;  // write empty area headers too
  friend bool operator==(const WriteLabel&, const WriteLabel&) = default;
};
struct RemoveLabel {
  device::Device device;
  friend bool operator==(const RemoveLabel&, const RemoveLabel&) = default;
};
// Removes foreign signatures (libblkid) that the user agreed to lose.
struct WipeSignatures {
  device::Device device;
  std::vector<std::string> types;
  friend bool operator==(const WipeSignatures&, const WipeSignatures&) = default;
};

// Takes a VG off a PV that its newest metadata no longer lists: slots and USED cleared, texts left.
struct ClearOutdated {
  PvId pv;
  VgId vg;
  std::string path;
  friend bool operator==(const ClearOutdated&, const ClearOutdated&) = default;
};
// Bytes as they are: repairs of labels and metadata areas that can no longer be read.
struct WriteBytes {
  device::Device device;
  Bytes offset;
  std::vector<std::byte> bytes;
  std::string what;  // "label and PV header"
  friend bool operator==(const WriteBytes&, const WriteBytes&) = default;
};

// --- device-mapper --------------------------------------------------------------------------------
struct CreateDevice {
  dm::CreateRequest request;
  friend bool operator==(const CreateDevice&, const CreateDevice&) = default;
};
struct LoadTable {
  std::string uuid, name;
  dm::Table table;
  bool read_only = false;
  friend bool operator==(const LoadTable&, const LoadTable&) = default;
};
struct ClearTable {
  std::string uuid, name;
  friend bool operator==(const ClearTable&, const ClearTable&) = default;
};
struct Suspend {
  std::string uuid, name;
  dm::SuspendOptions options;
  friend bool operator==(const Suspend&, const Suspend&) = default;
};
struct Resume {
  std::string uuid, name;
  dm::UdevFlags udev;
  std::optional<dm::NodeLink> link;
  friend bool operator==(const Resume&, const Resume&) = default;
};
struct RemoveDevice {
  std::string uuid, name;
  dm::UdevFlags udev;
  std::optional<dm::NodeLink> link;
  friend bool operator==(const RemoveDevice&, const RemoveDevice&) = default;
};
struct RenameDevice {
  std::string uuid, name, new_name;
  dm::UdevFlags udev;
  std::optional<dm::NodeLink> old_link, new_link;
  friend bool operator==(const RenameDevice&, const RenameDevice&) = default;
};
struct SetReadAhead {
  std::string uuid, name;
  Sectors value;
  bool at_least = false;
  friend bool operator==(const SetReadAhead&, const SetReadAhead&) = default;
};
struct Message {
  std::string uuid, name;
  Sectors sector;
  std::string text;
  friend bool operator==(const Message&, const Message&) = default;
};
// Tells a thin pool's target what changed and ends the transaction. One that the kernel has finished already is passed
// over; a kernel that is neither at `transaction_id` nor at the one before it is an error.
struct PoolMessages {
  std::string uuid, name;
  std::vector<std::string> messages;  // "create_thin 1", "create_snap 2 1", "delete 1"
  std::uint64_t transaction_id = 0;   // after them
  friend bool operator==(const PoolMessages&, const PoolMessages&) = default;
};
// Waits until a cache or writecache holds nothing that its origin lacks, and says of caches how much is left meanwhile.
struct AwaitClean {
  std::string uuid, name;
  std::string volume;  // "vg/lv"
  bool once = false;   // only says how much is left now
  friend bool operator==(const AwaitClean&, const AwaitClean&) = default;
};
// Waits for udev, or makes nodes by hand.
struct Settle {
  friend bool operator==(const Settle&, const Settle&) = default;
};
// Writes zeros to the start of an active LV, after removing signatures found on it (asked first). Logs of mirrors are
// filled with another byte, and have a header of their own.
struct WipeVolume {
  std::string vg, lv, uuid;
  bool wipe_signatures = false;
  Bytes zero_length;
  std::byte fill{};
  std::vector<std::byte> head;
  bool assume_yes = false;
  friend bool operator==(const WipeVolume&, const WipeVolume&) = default;
};
// The same to a volume that is not up, where it lies on a PV.
struct FillExtents {
  device::Device device;
  Bytes offset, length;
  std::byte fill{};
  std::vector<std::byte> head;
  std::string volume;  // "vg/lv"
  friend bool operator==(const FillExtents&, const FillExtents&) = default;
};
// Tells a device that what it keeps in these bytes is not read any more.
struct Discard {
  device::Device device;
  Bytes offset, length;
  // The command depends on it: a device that does not discard, or fails to, is a failure. Else nothing depends on it,
  // and nothing is done about it but a warning.
  bool required = false;
  friend bool operator==(const Discard&, const Discard&) = default;
};
// Says something on the way: LVM's own result texts, in their place between steps.
struct Say {
  enum class Level { print, warn, verbose } level = Level::print;
  std::string text;
  friend bool operator==(const Say&, const Say&) = default;
};

// Runs a program of another package: its words, no shell. A status above `accepted` is a failure.
struct RunProgram {
  std::vector<std::string> words;
  int accepted = 0;
  // Run once this has been done and the plan ends, however it ends: what was unmounted is mounted again.
  std::vector<std::string> at_the_end;
  friend bool operator==(const RunProgram&, const RunProgram&) = default;
};

// Lets a program look at the metadata of a pool: before the pool's target reads it, and when the target has gone. Empty
// metadata is not looked at. Damage found before stops the command; found behind it is said.
struct CheckPool {
  std::string uuid, name;          // of the metadata's device
  std::vector<std::string> words;  // the device's path follows
  std::string pool;                // "vg/pool"
  bool behind = false;
  friend bool operator==(const CheckPool&, const CheckPool&) = default;
};

// A small text file of the host: the devices file, which PVs are online.
struct ReplaceFile {
  std::string path;
  std::string content;
  std::uint32_t mode = 0644;
  std::string what;  // "devices file"
  friend bool operator==(const ReplaceFile&, const ReplaceFile&) = default;
};
struct RemoveFile {
  std::string path;
  friend bool operator==(const RemoveFile&, const RemoveFile&) = default;
};

using Step = std::variant<WriteMetadata, CommitMetadata, RemoveMetadata, Archive, Backup, WriteLabel, RemoveLabel,
                          WipeSignatures, ClearOutdated, WriteBytes, CreateDevice, LoadTable, ClearTable, Suspend,
                          Resume, RemoveDevice, RenameDevice, SetReadAhead, Message, PoolMessages, AwaitClean, Settle,
                          WipeVolume, FillExtents, Discard, Say, RunProgram, CheckPool, ReplaceFile, RemoveFile>;

// From one valid VG to the next. `before` is empty when the VG is created, `after` when it is removed;
// both are empty for steps on devices alone. Equal pointers: no metadata change.
struct Stage {
  model::VgPtr before, after;
  std::vector<Step> steps;
  // Done when a step behind the commit fails, or the next stage before its own: leads back to a VG as good as one
  // before. Steps before the commit need none: apply reverts the precommit and puts back the tables it had loaded.
  std::vector<Stage> undo;
};

// Asked before anything is done; "no" ends the command unharmed.
struct Question {
  std::string text;     // with LVM's wording: "Do you really want to remove ...? [y/n]: "
  std::string when_no;  // what is said then: "Logical volume x not removed"
};

struct Plan {
  std::vector<Question> questions;
  std::vector<Stage> stages;
  std::vector<Say> notes;  // said before the questions
  // Parts of the request that cannot be done while the rest can: reported, and the command fails.
  std::vector<Error> failures;
  // The stages are independent: one that fails does not stop the next (activating many volumes).
  bool keep_going = false;
  // The metadata goes back to what it was once: what it uses then is not known to be free now (vgcfgrestore).
  bool restores = false;
  bool empty() const { return stages.empty(); }
};

}  // namespace lvm::step
