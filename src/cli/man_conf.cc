// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/help.h"
#include "cli/man_text.h"
#include "config/row.h"
#include "config/settings.h"

// lvm.conf(5), from the rows of the settings.
namespace lvm::cli {
namespace {

constexpr std::string_view kAbout = R"(.SH SYNOPSIS
.I /etc/lvm/lvm.conf
.SH DESCRIPTION
Settings of all LVM commands.
.BR lvmconfig (8)
shows the values in force, checks the file, and writes one with every setting and its comment.
.SH SYNTAX
.nf
# to the end of the line
section {
        setting = 1
        setting = "text, with \e" and \e\e behind a backslash"
        setting = [ "a list", "of values" ]
        inner { setting = 0.5 }
}
section/setting = 1
.fi
.PP
Text may stand between single quotes, in which backslashes are themselves.
A list of one value may be written as the value, an empty one as [].
A number that begins with 0 is octal.
A setting may stand once in a file.
What is not known is passed over, with a warning where
.B config/checks
is set.
A file that is no such text is refused with the line and the place, and the command ends with status 4.
.SH WHAT GOES OVER WHAT
From the strongest:
.IP * 2
.B \-\-config
on the command line;
.IP * 2
the command profile
.RB ( \-\-commandprofile ", " LVM_COMMAND_PROFILE ,
.BR global/command_profile );
.IP * 2
the metadata profile of a volume or VG, for what is done with it
.RB ( \-\-metadataprofile ", " \-\-profile );
.IP * 2
.I /etc/lvm/lvm_TAG.conf
for every host tag (section tags);
.IP * 2
.IR /etc/lvm/lvmlocal.conf ,
what tells this host from others that have the same lvm.conf;
.IP * 2
.IR /etc/lvm/lvm.conf ;
.IP * 2
the defaults below.
.PP
The environment variable
.B LVM_SYSTEM_DIR
names another folder than
.IR /etc/lvm .
.SH PROFILES
A profile is a file
.IR /etc/lvm/profile/NAME.profile .
It may set only what is marked below:
.I command
settings in a command profile,
.I metadata
settings in a metadata profile.
.B lvmconfig \-\-typeconfig profilable\-command
and
.B profilable\-metadata
list them.
With a command profile that sets anything else, or cannot be read, the command ends with status 5 and says which line it is.
A metadata profile that went bad is passed over, with a warning; a bad one is not attached in the first place.
)";

std::string value_text(config::Key key, const config::Row& row) {
  if ((row.flags & config::kNoDefault) != 0) return "no default";
  constexpr std::string_view kQuote = "\\(dq";  // a plain one would end the argument
  std::string out;
  for (const char c : escaped(row.value)) c == '"' ? out += kQuote : out += c;
  if (key.type() == config::Type::string) out = fmt::format("{}{}{}", kQuote, out, kQuote);
  return "default " + out;
}

std::string marks(const config::Row& row) {
  std::string out;
  if ((row.flags & config::kCommandProfile) != 0) out += "; command";
  if ((row.flags & config::kMetadataProfile) != 0) out += "; metadata";
  if ((row.flags & config::kAdvanced) != 0) out += "; advanced";
  if ((row.flags & config::kUnsupported) != 0) out += "; for tests";
  return out;
}

// Running text, and tables and examples as they stand.
std::string comment_text(std::string_view comment) {
  std::string out;
  bool example = false, literal = false;
  while (!comment.empty()) {
    const auto end = std::min(comment.find('\n'), comment.size());
    const std::string_view line = comment.substr(0, end);
    comment.remove_prefix(std::min(comment.size(), end + 1));
    const bool verbatim = example || line.starts_with("  ");
    if (verbatim != literal) out += verbatim ? ".nf\n" : ".fi\n";
    literal = verbatim;
    example = example || line == "Example";
    if (line == "Values:" || line == "Example") out += ".br\n";
    out += verbatim ? escaped(line) + "\n" : sentences(line);
  }
  return literal ? out + ".fi\n" : out;
}

}  // namespace

std::string conf_man_page() {
  std::string page = man_heading("lvm.conf", 5, "settings of LVM");
  page += kAbout;
  page += ".SH SETTINGS\n";
  for (std::size_t i = 0; i < config::kSettingCount; ++i) {
    const config::Key key(i);
    const config::Row& row = config::row(key);
    if (row.deprecated != 0 || (row.flags & config::kDeprecated) != 0) continue;
    if (key.type() == config::Type::section) {
      page += fmt::format(".SS {}\n{}{}", escaped(key.path()), sentences(row.summary), comment_text(row.comment));
      continue;
    }
    page += fmt::format(".TP\n.BR {} \" ({}{})\"\n{}{}", escaped(key.path()), value_text(key, row), marks(row),
                        sentences(row.summary), comment_text(row.comment));
  }
  page += see_also("lvm(8) lvmconfig(8) lvmdevices(8) lvmsystemid(7)");
  return wrapped(page);
}

}  // namespace lvm::cli
