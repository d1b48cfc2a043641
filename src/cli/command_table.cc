// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>

#include "cli/command.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

struct Entry {
  std::string_view name;
  const CommandRow* row;
};

constexpr Entry kEntries[] = {
    {"devtypes", &devtypes_row},
    {"engine", &engine_row},
    {"enginerevive", &enginerevive_row},
    {"formats", &formats_row},
    {"fullreport", &fullreport_row},
    {"help", &help_row},
    {"lastlog", &lastlog_row},
    {"lvchange", &lvchange_row},
    {"lvconvert", &lvconvert_row},
    {"lvcreate", &lvcreate_row},
    {"lvdisplay", &lvdisplay_row},
    {"lvextend", &lvextend_row},
    {"lvmchange", &lvmchange_row},
    {"lvmconfig", &lvmconfig_row},
    {"lvmdevices", &lvmdevices_row},
    {"lvmdiskscan", &lvmdiskscan_row},
    {"lvmsadc", &lvmsadc_row},
    {"lvmsar", &lvmsar_row},
    {"lvpoll", &lvpoll_row},
    {"lvreduce", &lvreduce_row},
    {"lvremove", &lvremove_row},
    {"lvrename", &lvrename_row},
    {"lvresize", &lvresize_row},
    {"lvs", &lvs_row},
    {"lvscan", &lvscan_row},
    {"pvchange", &pvchange_row},
    {"pvck", &pvck_row},
    {"pvcreate", &pvcreate_row},
    {"pvdata", &pvdata_row},
    {"pvdisplay", &pvdisplay_row},
    {"pvremove", &pvremove_row},
    {"pvresize", &pvresize_row},
    {"pvs", &pvs_row},
    {"pvscan", &pvscan_row},
    {"segtypes", &segtypes_row},
    {"systemid", &systemid_row},
    {"tags", &tags_row},
    {"version", &version_row},
    {"vgcfgbackup", &vgcfgbackup_row},
    {"vgcfgrestore", &vgcfgrestore_row},
    {"vgchange", &vgchange_row},
    {"vgck", &vgck_row},
    {"vgconvert", &vgconvert_row},
    {"vgcreate", &vgcreate_row},
    {"vgdisplay", &vgdisplay_row},
    {"vgexport", &vgexport_row},
    {"vgextend", &vgextend_row},
    {"vgimport", &vgimport_row},
    {"vgimportclone", &vgimportclone_row},
    {"vgimportdevices", &vgimportdevices_row},
    {"vgmerge", &vgmerge_row},
    {"vgmknodes", &vgmknodes_row},
    {"vgreduce", &vgreduce_row},
    {"vgremove", &vgremove_row},
    {"vgrename", &vgrename_row},
    {"vgs", &vgs_row},
    {"vgscan", &vgscan_row},
    {"vgsplit", &vgsplit_row},
};

constexpr Alias kAliases[] = {{"config", &lvmconfig_row}, {"dumpconfig", &lvmconfig_row}};

constexpr bool sorted_and_unique() {
  for (std::size_t i = 0; i + 1 < std::size(kEntries); ++i)
    if (kEntries[i].name >= kEntries[i + 1].name) return false;
  for (const Alias& alias : kAliases)
    for (const Entry& entry : kEntries)
      if (alias.name == entry.name) return false;
  return true;
}
static_assert(sorted_and_unique());

constexpr auto kRows = [] {
  std::array<const CommandRow*, std::size(kEntries)> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = kEntries[i].row;
  return rows;
}();

}  // namespace

bool takes(const CommandRow& command, const Form& form, Opt opt) {
  bool found = false;
  for_each_use(command, form, [&](const Use& use) { found = found || use.opt == opt; });
  return found;
}

std::span<const Use> global_options() { return {kGlobalOptions.begin(), kGlobalOptions.size()}; }
std::span<const CommandRow* const> all_commands() { return kRows; }
std::span<const Alias> command_aliases() { return kAliases; }

const CommandRow* find_command(std::string_view name) {
  const auto* entry = std::ranges::lower_bound(kEntries, name, {}, &Entry::name);
  if (entry != std::end(kEntries) && entry->name == name) return entry->row;
  for (const Alias& alias : kAliases)
    if (alias.name == name) return alias.row;
  return nullptr;
}

}  // namespace lvm::cli
