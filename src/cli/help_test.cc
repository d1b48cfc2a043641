// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/option_table.h"
#include "cli/shell.h"

namespace lvm::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(UnitRows, AreFoundByNameAndInOrder) {
  const auto commands = all_commands();
  EXPECT_GE(commands.size(), 32U);
  EXPECT_TRUE(std::ranges::is_sorted(commands, {}, &CommandRow::name));
  for (const CommandRow* command : commands) EXPECT_EQ(find_command(command->name), command);
  EXPECT_EQ(find_command("dumpconfig"), find_command("lvmconfig"));
  EXPECT_EQ(find_command("nonsense"), nullptr);
}

TEST(UnitHelp, UsageLooksAsScriptsExpect) {
  const std::string help = command_help(*find_command("lvs"), false);
  EXPECT_TRUE(help.starts_with("  lvs - ")) << help.substr(0, 80);
  EXPECT_THAT(help, HasSubstr("\t[ -S|--select String ]\n"));
  EXPECT_THAT(help, HasSubstr("\t[    --noheadings ]\n"));
  EXPECT_THAT(help, HasSubstr("\t[ COMMON_OPTIONS ]\n\t[ VG|LV|Tag ... ]\n"));
  EXPECT_THAT(help, Not(HasSubstr("trustcache")));
  const std::string extend = command_help(*find_command("lvextend"), false);
  EXPECT_THAT(extend, HasSubstr("  lvextend -L|--size [+]Size[m|UNIT] LV\n"));
  EXPECT_THAT(command_help(*find_command("lvresize"), false), HasSubstr("[+|-]Size[m|UNIT]"));
  EXPECT_THAT(command_help(*find_command("lvcreate"), false), HasSubstr("\t[ --type linear ] (implied)\n"));
}

TEST(UnitHelp, LongHelpExplainsEveryOption) {
  for (const CommandRow* command : all_commands()) {
    const std::string help = command_help(*command, true);
    for (const Use& use : shown_options(*command))
      EXPECT_THAT(help, HasSubstr(std::string(row_of(use.opt).help))) << command->name;
  }
}

TEST(UnitHelp, ListHasEveryCommand) {
  const std::string list = command_list();
  for (const CommandRow* command : all_commands()) {
    const std::string line = "\n  " + std::string(command->name) + " ";
    EXPECT_EQ(list.find(line) == std::string::npos, command->hidden) << command->name;
  }
}

TEST(UnitMan, PagesHaveTheirSectionsAndPlainLines) {
  for (const CommandRow* command : all_commands()) {
    const std::string page = man_page(*command);
    for (const char* section :
         {".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH EXIT STATUS", ".SH SEE ALSO"})
      EXPECT_THAT(page, HasSubstr(section)) << command->name;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_FALSE(line.empty()) << command->name;
      EXPECT_FALSE(line.ends_with(' ')) << line;
      EXPECT_FALSE(line.starts_with('\'')) << line;
      if (line.starts_with('.')) {
        const std::string request = line.substr(0, line.find(' '));
        EXPECT_THAT((std::vector<std::string>{".TH", ".SH", ".TP", ".br", ".B", ".BR", ".I", ".IR", ".PP", ".RI"}),
                    Contains(request))
            << line;
      }
    }
  }
}

TEST(UnitCompletion, KnowsCommandsOptionsAndWords) {
  EXPECT_THAT(complete("lvex"), ElementsAre("lvextend"));
  EXPECT_THAT(complete("lvs --nohe"), ElementsAre("--noheadings"));
  EXPECT_THAT(complete("lvcreate --alloc "), Contains("anywhere"));
  EXPECT_THAT(complete("vgchange -a "), Contains("ay"));
  EXPECT_THAT(complete("help vgsc"), ElementsAre("vgscan"));
  EXPECT_TRUE(complete("nonsense --a").empty());
  EXPECT_TRUE(complete("lvs v").empty());
  for (const std::string& script : {bash_completion(), zsh_completion()}) {
    EXPECT_THAT(script, HasSubstr("--noheadings"));
    EXPECT_THAT(script, HasSubstr("lvextend)"));
  }
}

}  // namespace
}  // namespace lvm::cli
