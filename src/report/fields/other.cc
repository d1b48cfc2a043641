// SPDX-License-Identifier: LGPL-2.1-or-later
#include <array>

#include "report/fields/sections.h"
#include "report/source.h"

namespace lvm::report {
namespace {

void range_start(const Row& row, Value& out) { out.set_number(row.range != nullptr ? row.range->start.n : 0); }
void range_size(const Row& row, Value& out) { out.set_number(row.range != nullptr ? row.range->count.n : 0); }

void selected(const Row& row, Value& out) { out.set_number(row.selected ? 1 : 0); }

template <std::string LogEntry::* member>
void log_text(const Row& row, Value& out) {
  out.set_text(row.log->*member);
}
template <std::int64_t LogEntry::* member>
void log_number(const Row& row, Value& out) {
  out.set_signed(row.log->*member);
}
void log_sequence(const Row& row, Value& out) { out.set_number(row.log->number); }

void device_type_name(const Row& row, Value& out) { out.set_text(row.device_type->name); }
void device_type_partitions(const Row& row, Value& out) { out.set_number(row.device_type->max_partitions); }
void device_type_description(const Row& row, Value& out) { out.set_text(row.device_type->description); }

constexpr auto kString = Type::string;
constexpr auto kNumber = Type::number;

constexpr Field kPvSegmentFields[] = {
    {"pvseg_start", "Start", Group::pv_segment, kNumber, 5, range_start, "First extent of the run on the PV."},
    {"pvseg_size", "SSize", Group::pv_segment, kNumber, 5, range_size, "How many extents the run has."},
};

constexpr Field kSpecialFields[] = {
    {"selected", "Selected", Group::special, kNumber, 8, selected, "Whether the row passes the selection."},
};

constexpr Field kLogFields[] = {
    {"log_seq_num", "Seq", Group::log, kNumber, 3, log_sequence, "Number of the message."},
    {"log_type", "LogType", Group::log, kString, 7, log_text<&LogEntry::type>, "status, print, warn or error."},
    {"log_context", "Context", Group::log, kString, 7, log_text<&LogEntry::context>, "shell or processing."},
    {"log_object_type", "ObjType", Group::log, kString, 7, log_text<&LogEntry::object_type>,
     "What kind of thing the message is about."},
    {"log_object_name", "ObjName", Group::log, kString, 7, log_text<&LogEntry::object_name>, "Its name."},
    {"log_object_id", "ObjID", Group::log, kString, 7, log_text<&LogEntry::object_id>, "Its identifier."},
    {"log_object_group", "ObjGrp", Group::log, kString, 7, log_text<&LogEntry::object_group>, "The group it is in."},
    {"log_object_group_id", "ObjGrpID", Group::log, kString, 8, log_text<&LogEntry::object_group_id>,
     "Identifier of that group."},
    {"log_message", "Msg", Group::log, kString, 7, log_text<&LogEntry::message>, "The message, or the outcome."},
    {"log_errno", "Errno", Group::log, kNumber, 5, log_number<&LogEntry::error_number>, "System error number."},
    {"log_ret_code", "RetCode", Group::log, kNumber, 7, log_number<&LogEntry::return_code>, "Return code."},
};

constexpr Field kDeviceTypeFields[] = {
    {"devtype_name", "DevType", Group::device_type, kString, 7, device_type_name,
     "Name of the type, as /proc/devices has it."},
    {"devtype_max_partitions", "MaxParts", Group::device_type, kNumber, 8, device_type_partitions,
     "Most partitions; 1 when it cannot be partitioned, 0 when it cannot be a PV."},
    {"devtype_description", "Description", Group::device_type, kString, 11, device_type_description,
     "What devices of the type are."},
};

}  // namespace

std::span<const Field> pv_segment_fields() { return kPvSegmentFields; }
std::span<const Field> special_fields() { return kSpecialFields; }
std::span<const Field> log_fields() { return kLogFields; }
std::span<const Field> device_type_fields() { return kDeviceTypeFields; }

std::span<const std::span<const Field>> field_sections() {
  static const std::array<std::span<const Field>, 12> sections = {
      lv_fields(), lv_info_fields(), lv_status_fields(),  lv_attr_fields(), label_fields(), pv_fields(),
      vg_fields(), segment_fields(), pv_segment_fields(), special_fields(), log_fields(),   device_type_fields(),
  };
  return sections;
}

const GroupText& group_text(Group group) {
  static constexpr std::array<GroupText, 12> kTexts = {{
      {"Logical Volume Fields", "lv_", "lv_all"},
      {"Logical Volume Device Info Fields", "lv_", "lv_all"},
      {"Logical Volume Device Status Fields", "lv_", "lv_all"},
      {"Logical Volume Device Info and Status Combined Fields", "lv_", "lv_all"},
      {"Physical Volume Label Fields", "pv_", "pv_all"},
      {"Physical Volume Fields", "pv_", "pv_all"},
      {"Volume Group Fields", "vg_", "vg_all"},
      {"Logical Volume Segment Fields", "seg_", "seg_all"},
      {"Physical Volume Segment Fields", "pvseg_", "pvseg_all"},
      {"Command Log Fields", "log_", "log_all"},
      {"Device Types Fields", "devtype_", "devtype_all"},
      {"Special Fields", "", ""},
  }};
  switch (group) {
    case Group::log: return kTexts[9];
    case Group::device_type: return kTexts[10];
    case Group::special: return kTexts[11];
    default: return kTexts[static_cast<std::size_t>(group)];
  }
}

std::string_view type_name(Type type) {
  static constexpr std::array<std::string_view, 7> kNames = {"string", "number",      "size",  "percent",
                                                             "time",   "string list", "number"};
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace lvm::report
