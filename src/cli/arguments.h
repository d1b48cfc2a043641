// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/options.h"
#include "model/vg.h"

// A command line after parsing: every value is checked and typed, and a form of the command's row is
// known to fit.
namespace lvm::cli {

enum class Sign : std::uint8_t { none, plus, minus };

// What a percentage is of. `none`: not a percentage.
enum class PercentOf : std::uint8_t { none, vg, pvs, lv, free, origin };

// A value of --size or --extents: "+50%FREE", "-10g", "100".
struct Amount {
  enum class Kind : std::uint8_t { bytes, extents, percent } kind = Kind::bytes;
  Sign sign = Sign::none;
  Bytes bytes;      // kind bytes
  Extents extents;  // kind extents
  std::uint32_t percent = 0;
  PercentOf of = PercentOf::none;
  friend bool operator==(const Amount&, const Amount&) = default;
};

enum class Activation : std::uint8_t {
  off,        // n, ln
  on,         // y, ly
  automatic,  // ay, aay: only volumes that auto-activate
  exclusive,  // ey
  automatic_exclusive,
  shared,  // sy
  automatic_shared,
};
constexpr bool activates(Activation a) { return a != Activation::off; }
constexpr bool is_automatic(Activation a) {
  return a == Activation::automatic || a == Activation::automatic_exclusive || a == Activation::automatic_shared;
}

enum class ActivationMode : std::uint8_t { complete, degraded, partial };

struct ReadAhead {
  enum class Kind : std::uint8_t { automatic, none, sectors } kind = Kind::automatic;
  Sectors sectors;
  friend bool operator==(const ReadAhead&, const ReadAhead&) = default;
};

using Typed =
    std::variant<std::monostate, std::int64_t, bool, Amount, Activation, ActivationMode, ReadAhead, model::Allocation>;

// One option as given.
struct Given {
  Opt opt = Opt::count_;
  std::string text;  // the value as typed; empty for flags
  Typed typed;
};

// Part of a command line that belongs to one --configreport.
struct ReportGroup {
  std::string report;          // "lv"; empty before the first --configreport
  std::vector<Given> options;  // -o, -O, -S and the like that follow it
};

class Arguments {
 public:
  const CommandRow& command() const { return *command_; }
  const Form& form() const { return *form_; }
  FormId form_id() const { return form_->id; }

  // As if the option stood on the command line, unless it does.
  void imply(Opt opt, std::string text = {}, Typed typed = {});

  bool has(Opt opt) const { return count(opt) != 0; }
  std::size_t count(Opt opt) const;
  // The last value as typed; empty when not given.
  std::string_view text(Opt opt) const;
  std::vector<std::string> all(Opt opt) const;

  // Typed values; nullopt when not given.
  // --vgmetadatacopies: unmanaged is 0, all is -1.
  std::optional<std::int64_t> number(Opt opt) const;
  std::optional<bool> yes_no(Opt opt) const;
  std::optional<Amount> amount(Opt opt) const;   // sizes and extents
  std::optional<Bytes> bytes(Opt opt) const;     // sizes without a sign
  std::optional<Activation> activation() const;  // --activate
  std::optional<ActivationMode> activation_mode() const;
  std::optional<ReadAhead> read_ahead() const;
  std::optional<model::Allocation> allocation() const;  // --alloc, or --contiguous y
  std::optional<bool> writable() const;                 // --permission rw

  const std::vector<std::string>& operands() const { return operands_; }
  const std::vector<Given>& given() const { return given_; }
  std::vector<ReportGroup> report_groups() const;
  // The words of the command line joined by blanks, the name first: archives quote it.
  const std::string& line() const { return line_; }

 private:
  friend class Parser;
  const Given* last(Opt opt) const;

  const CommandRow* command_ = nullptr;
  const Form* form_ = nullptr;
  std::vector<Given> given_;
  std::vector<std::string> operands_;
  std::string line_;
};

// What a PV operand says: a device, and which of its extents may be used.
struct ExtentRange {
  Extents first;
  std::optional<Extents> last;  // inclusive; nullopt = to the end
  friend bool operator==(const ExtentRange&, const ExtentRange&) = default;
};
struct PvOperand {
  std::string device;               // path, or @tag
  std::vector<ExtentRange> ranges;  // none = all
  friend bool operator==(const PvOperand&, const PvOperand&) = default;
};
// "/dev/a:0-99:200-", "/dev/a:10+5", "@tag".
Result<PvOperand> parse_pv_operand(std::string_view text);

}  // namespace lvm::cli
