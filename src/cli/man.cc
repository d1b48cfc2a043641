// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "cli/help.h"
#include "cli/man_text.h"
#include "cli/option_table.h"

// Manual pages in man(7) macros, from the rows.
namespace lvm::cli {
namespace {

// Usage text: what is typed as it stands is bold, what stands for something is italic.
std::string marked_up(std::string_view usage) {
  std::string out;
  std::size_t i = 0;
  const auto is_word = [](char c) { return std::string_view("[]|+=. :").find(c) == std::string_view::npos; };
  while (i < usage.size()) {
    if (!is_word(usage[i])) {
      out += escaped(usage.substr(i, 1));
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < usage.size() && is_word(usage[end])) ++end;
    const std::string_view word = usage.substr(i, end - i);
    const bool variable = word.size() > 1 && word.front() >= 'A' && word.front() <= 'Z';
    out += fmt::format("\\f{}{}\\fP", variable ? 'I' : 'B', escaped(word));
    i = end;
  }
  return out;
}

std::string synopsis(const CommandRow& command) {
  std::string out = ".SH SYNOPSIS\n";
  for (const Form& form : command.forms) {
    if (form.hidden) continue;
    std::string line = usage_line(command, form);
    if (!form.any_of.empty()) {
      line += " Options";
      for (const Position& position : form.operands) line += " " + position_text(position);
    }
    line += " [Options]";
    if (form.more.words != 0) line += fmt::format(" [{}]", position_text(form.more));
    out += marked_up(line) + "\n.br\n";
  }
  // The last line break would be one too many.
  out.resize(out.size() - std::string_view(".br\n").size());
  return out;
}

std::string description(const CommandRow& command) {
  if (command.details.empty()) return fmt::format(".SH DESCRIPTION\n{}.\n", escaped(command.summary));
  std::string out = ".SH DESCRIPTION\n";
  std::string_view rest = command.details;
  while (true) {
    const auto gap = rest.find("\n\n");
    std::string paragraph(rest.substr(0, gap));
    std::ranges::replace(paragraph, '\n', ' ');
    out += sentences(paragraph);
    if (gap == std::string_view::npos) return out;
    rest.remove_prefix(gap + 2);
    out += ".PP\n";
  }
}

std::string forms_section(const CommandRow& command) {
  if (command.forms.size() < 2) return {};
  std::string out = ".SH USAGE\n";
  for (const Form& form : command.forms) {
    if (form.hidden) continue;
    out += fmt::format(".TP\n{}\n{}", marked_up(usage_line(command, form)), sentences(form.about));
    std::string also;
    const auto add = [&also](const Use& use) {
      if (!row_of(use.opt).hidden)
        also += (also.empty() ? "" : ", ") + marked_up("--" + std::string(row_of(use.opt).name));
    };
    for (const Use& use : form.any_of) add(use);
    if (!also.empty()) out += fmt::format("At least one of {}.\n", also);
    also.clear();
    for (const Use& use : form.optional) add(use);
    if (!also.empty()) out += fmt::format("Takes {}.\n", also);
  }
  return out;
}

std::string options_section(const CommandRow& command) {
  std::string out = ".SH OPTIONS\n";
  for (const Use& use : shown_options(command))
    out += fmt::format(".TP\n{}\n{}", marked_up(use_text(use)), sentences(row_of(use.opt).help));
  return out;
}

constexpr std::string_view kVariables = R"(.SH VARIABLES
.TP
.IR VG ", " LV ", " PV
A volume group, a logical volume (with its VG: VG/LV or /dev/VG/LV), a physical volume (the path of its device).
Where space is taken from PVs their extents can be named, counted from 0:
.IR PV [: First \- Last ]...
or
.IR PV [: First + Count ]...
.TP
.I Tag
@NAME stands for everything that carries the tag NAME.
.TP
.I Select
The operand may be left out when
.B \-\-select
chooses.
.TP
.IR Size [UNIT]
A number, possibly with a fraction, and a unit: b bytes, s sectors of 512 bytes, k, m, g, t, p and e powers of 1024.
Upper and lower case mean the same.
The letter shown is the unit when none is given.
.TP
.IR Number [PERCENT]
A number of extents, or a percentage:
.B %VG
of the VG,
.B %FREE
of its free space,
.B %PVS
of the free space of the PVs given,
.B %LV
of the volume,
.B %ORIGIN
of the origin of the snapshot.
)";

constexpr std::string_view kExitStatus = R"(.SH EXIT STATUS
.TP
.B 0
Everything was done.
.TP
.B 2
There is no such command.
.TP
.B 3
The command line is malformed.
.TP
.B 4
The program could not start: its configuration cannot be read.
.TP
.B 5
Something failed.
What was done before stays valid.
)";

constexpr std::string_view kLvmDescription = R"(.SH SYNOPSIS
.B lvm
.RI [ command " [" arguments "]]"
.br
.B lvm
.I file
.SH DESCRIPTION
LVM gathers devices (physical volumes) into volume groups and hands their space out as logical volumes.
The commands below do that.
Each is a program of its own, and an argument of
.BR lvm .
.PP
Without arguments
.B lvm
is a shell: it reads commands from the terminal or from standard input, until
.B exit
or
.BR quit .
With the name of a file it runs the commands in it.
)";

constexpr std::string_view kLvmNotes = R"(.SH NAMES
Names of VGs and LVs are made of letters, digits and
.BR + ", " _ ", " . " and " \- ;
they do not start with a hyphen, and are neither
.B .
nor
.BR .. .
Tags may have
.BR / ", " = ", " ! ", " : ", " & " and " #
too.
.SH PLANS
With
.B \-\-plan
a command shows every step it would take, as text or with
.B \-\-plan=json
for programs, and does nothing.
Of the metadata it shows what changes, by section.
With
.B \-\-test
it goes through the plan without changing anything.
.SH ENVIRONMENT
.TP
.B LVM_SYSTEM_DIR
Folder of lvm.conf in place of /etc/lvm.
.TP
.B LVM_VG_NAME
The VG of volumes that are named without one.
.TP
.B LVM_COMMAND_PROFILE
Configuration profile of commands without
.BR \-\-commandprofile .
.TP
.B LVM_IMAGES
Image files, directories of them, or NBD URIs, in place of the block devices of the machine, separated by commas: for
commands without
.BR \-\-devices .
.TP
.B LVM_RUN_DIR
Folder of the embedded engine: its socket, its volumes as files, and locks. By default lvm in
.BR XDG_RUNTIME_DIR ,
or /tmp/lvm-UID.
.TP
.B LVM_IO_URING
With 0 the embedded engine does without io_uring, which it uses for reads that span stripes or segments where the kernel
allows it.
.B lvm engine info
tells. Of the command that starts the engine.
.TP
.B LVM_SUPPRESS_FD_WARNINGS
Has no effect: descriptors that the caller left open are left alone.
.TP
.B LVM_REPORT_FD
Descriptor that reports are written to, in place of standard output.
.SH FILES
.TP
.I /etc/lvm/lvm.conf
Settings.
.TP
.I /etc/lvm/backup
The metadata of every VG as it is now.
.TP
.I /etc/lvm/archive
The metadata of every VG before its last changes.
.TP
.I /run/lock/lvm
Locks.
)";

}  // namespace

std::string man_page(const CommandRow& command) {
  std::string page = man_heading(command.name, 8, command.summary);
  page += synopsis(command) + description(command) + forms_section(command) + options_section(command);
  page += kVariables;
  page += kExitStatus;
  page += see_also(command.see_also.empty() ? std::string_view("lvm(8)") : command.see_also);
  return wrapped(page);
}

std::string lvm_man_page() {
  std::string page = man_heading("lvm", 8, "logical volume management");
  page += kLvmDescription;
  page += ".SH COMMANDS\n";
  for (const CommandRow* command : all_commands())
    if (!command->hidden) page += fmt::format(".TP\n.B {}\n{}.\n", command->name, escaped(command->summary));
  page += kLvmNotes;
  page += kExitStatus;
  std::string pages;
  for (const CommandRow* command : all_commands())
    if (!command->hidden && command->has_link) pages += fmt::format("{}(8) ", command->name);
  pages += "lvm.conf(5)";
  return wrapped(page + see_also(pages));
}

}  // namespace lvm::cli
