// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "cli/literal.h"
#include "cli/options.h"
#include "scan/scan.h"

// A command is a row: its forms (which options and operands go together), what it needs from the scan,
// and the function that runs it. Parsing, help, man pages and completion read the rows.
namespace lvm::cli {

class Session;
class Arguments;

// What a command ends with; the values are what programs see.
enum class ExitStatus : int {
  ok = 0,
  no_such_command = 2,  // `lvm WORD` with an unknown word
  usage = 3,            // the command line is malformed
  start_failed = 4,     // configuration unreadable and the like
  failed = 5,
};

// The worse of two, for commands on many volumes.
constexpr ExitStatus worst(ExitStatus a, ExitStatus b) { return static_cast<int>(a) > static_cast<int>(b) ? a : b; }

// A list with its items inside, so that rows can be constants written as plain braces.
template <class T, std::size_t capacity>
struct Fixed {
  std::array<T, capacity> items{};
  std::uint8_t count = 0;

  constexpr Fixed() = default;
  // More items than fit do not compile: the index is then out of range in a constant expression.
  constexpr Fixed(std::initializer_list<T> list) {
    for (const T& item : list) items[count++] = item;
  }
  constexpr const T* begin() const { return items.data(); }
  constexpr const T* end() const { return items.data() + count; }
  constexpr std::size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const T& operator[](std::size_t i) const { return items[i]; }
};

// Signs a size or count may carry in front.
enum class Signs : std::uint8_t { none, plus, minus, both };

// An option as one form takes it.
struct Use {
  Opt opt = Opt::count_;
  Signs signs = Signs::none;
  // Only these words (joined by '|') fit: --type thin. "raid" stands for every raid level.
  Literal literal;

  constexpr Use() = default;
  constexpr Use(Opt o) : opt(o) {}
  constexpr Use(Opt o, Signs s) : opt(o), signs(s) {}
  consteval Use(Opt o, const char* words) : opt(o), literal(words) {}
};

// What an operand can be; a position may allow several.
enum Word : std::uint16_t {
  word_vg = 1,
  word_lv = 2,
  word_pv = 4,
  word_tag = 8,
  word_string = 16,
  word_vg_new = 32,
  word_lv_new = 64,
  word_select = 128,  // may be left out when --select is given
};

struct Position {
  std::uint16_t words = 0;
  bool many = false;  // "PV ..."
  Literal kind;       // "thinpool" is shown as LV_thinpool

  constexpr Position() = default;
  constexpr Position(int w) : words(static_cast<std::uint16_t>(w)) {}
  constexpr Position(int w, bool repeated) : words(static_cast<std::uint16_t>(w)), many(repeated) {}
  consteval Position(int w, const char* kind_name) : words(static_cast<std::uint16_t>(w)), kind(kind_name) {}
};
inline constexpr bool kMany = true;

// Names the form to the command's code: one value per row file, so that run functions need not look
// at options again to know what is asked. 0 where a command has one form.
using FormId = std::uint8_t;

struct Form {
  FormId id = 0;
  const char* about = "";  // what this form does; empty when the command has one form
  Fixed<Use, 5> required;
  std::span<const Use> any_of = {};  // at least one of these
  Fixed<Position, 3> operands;       // required, in order
  Fixed<Use, 34> optional;
  Position more;            // optional operands after the required ones
  Kind kind = Kind::basic;  // the volumes it works on
  bool hidden = false;      // understood, not shown
};

enum class LockMode : std::uint8_t { none, shared, exclusive };

// What a command needs before its own code runs.
struct Needs {
  LockMode global = LockMode::none;
  LockMode vg = LockMode::none;
  scan::Live live = scan::Live::info;
  bool scan = true;     // false: no devices are read (version, help, lvmconfig)
  bool engine = false;  // asks for the device-mapper though it reads no devices
  bool read_ahead = false;
  bool all_devices = false;  // unlabelled devices too
  bool every_vg_when_none_named = false;
  bool missing_pvs = false;     // can act on a VG that misses PVs
  bool exported = false;        // can act on an exported VG
  bool foreign_option = false;  // --foreign lifts the system id check
  bool read_only = false;       // writes nothing, whatever its options
  bool makes_lvs = false;       // room for their leases is made before
};

struct CommandRow {
  std::string_view name;
  std::string_view summary;
  std::string_view details = {};  // paragraphs of the man page, separated by an empty line
  std::span<const Form> forms;
  Fixed<Use, 30> common;  // taken by every form, besides kGlobalOptions
  Needs needs;
  ExitStatus (*run)(Session&, const Arguments&) = nullptr;
  bool hidden = false;             // no link, not in help (aliases such as dumpconfig)
  bool has_link = true;            // a program name of its own, not only `lvm NAME`
  std::string_view see_also = {};  // "lvs(8) vgs(8)"
  // The VG operand may be left out when --name or a pool's name is "VG/LV", or LVM_VG_NAME is set.
  bool vg_from_names = false;
};

// Whether the form takes the option, besides those that every command takes.
bool takes(const CommandRow& command, const Form& form, Opt opt);

// Options every command takes.
std::span<const Use> global_options();

// Every command, sorted by name.
std::span<const CommandRow* const> all_commands();
const CommandRow* find_command(std::string_view name);
// Old names that run a command of another name.
struct Alias {
  std::string_view name;
  const CommandRow* row;
};
std::span<const Alias> command_aliases();

}  // namespace lvm::cli
