// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "cli/forms.h"
#include "cli/option_set.h"
#include "cli/option_table.h"

namespace lvm::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::ifstream open_data(const char* name) { return std::ifstream(std::filesystem::path(LVM_TESTDATA) / name); }

Parsed parse_line(std::string_view line) {
  const std::vector<std::string> words = split_words(line);
  const CommandRow* command = find_command(words.at(0));
  EXPECT_NE(command, nullptr) << line;
  return parse(*command, std::span(words).subspan(1));
}

Arguments accepted(std::string_view line) {
  Parsed parsed = parse_line(line);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) ADD_FAILURE() << line << ": " << refusal->lines.at(0);
  auto* arguments = std::get_if<Arguments>(&parsed);
  return arguments == nullptr ? Arguments() : std::move(*arguments);
}

std::vector<std::string> refused(std::string_view line) {
  const Parsed parsed = parse_line(line);
  const auto* refusal = std::get_if<Refusal>(&parsed);
  if (refusal == nullptr) {
    ADD_FAILURE() << line << " was accepted";
    return {};
  }
  EXPECT_EQ(refusal->status, ExitStatus::usage) << line;
  return refusal->lines;
}

TEST(UnitParse, AgreesWithLvm2OnTheTableOfCommandLines) {
  std::ifstream data = open_data("command_lines.txt");
  std::string line;
  std::size_t count = 0;
  while (std::getline(data, line)) {
    if (line.starts_with('#')) continue;
    const char expected = line.at(2) == '=' ? line.at(0) : line.at(2);
    const std::string command = line.substr(4);
    const Parsed parsed = parse_line(command);
    const auto* refusal = std::get_if<Refusal>(&parsed);
    // A kind of volume that is not built yet is refused with 5: the line itself was understood.
    const bool usage_error = refusal != nullptr && refusal->status == ExitStatus::usage;
    EXPECT_EQ(usage_error, expected == '3') << command << (refusal ? "\n" + refusal->lines.at(0) : "");
    ++count;
  }
  EXPECT_GT(count, 800U);
}

TEST(UnitParse, TakesEveryOptionOfLvm2) {
  std::ifstream data = open_data("command_options.txt");
  std::string line;
  std::size_t count = 0;
  while (std::getline(data, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string name;
    words >> name;
    name.pop_back();
    const CommandRow* command = find_command(name);
    ASSERT_NE(command, nullptr) << name;
    const OptionSet options(*command);
    for (std::string option; words >> option;) {
      // Taken by the parser of vgchange, but by none of its forms.
      if (name == "vgchange" && option == "allocation") continue;
      const auto match = options.find(option);
      ASSERT_TRUE(std::holds_alternative<Opt>(match)) << name << " --" << option;
      const OptionRow& row = row_of(std::get<Opt>(match));
      EXPECT_TRUE(row.name == option || row.alias == option) << name << " --" << option << " became " << row.name;
      ++count;
    }
  }
  EXPECT_GT(count, 900U);
}

TEST(UnitParse, AbbreviatesAndDropsHyphens) {
  EXPECT_TRUE(accepted("lvs --no-heading --un-quoted").has(Opt::noheadings));
  EXPECT_EQ(accepted("lvs --unit=g").text(Opt::units), "g");
  EXPECT_EQ(accepted("lvs --unit g").text(Opt::units), "g");
  EXPECT_TRUE(accepted("lvextend --use-policies vg/lv").has(Opt::usepolicies));
  EXPECT_THAT(refused("lvs --u=g"),
              ElementsAre("lvs: option '--u=g' is ambiguous; possibilities: '--unbuffered' '--units' '--unquoted'",
                          "Error during parsing of command line."));
  EXPECT_THAT(refused("lvs --foo")[0], "lvs: unrecognized option '--foo'");
  EXPECT_THAT(refused("lvs --nosufix"), ElementsAre("lvs: unrecognized option '--nosufix'", "Did you mean --nosuffix?",
                                                    "Error during parsing of command line."));
  EXPECT_THAT(refused("lvs --stripes 2")[0], "Command does not accept option: --stripes.");
  // Options that LVM2 does not know must not make its abbreviations ambiguous.
  EXPECT_TRUE(accepted("lvextend --f -L1 vg/lv").has(Opt::force));
}

TEST(UnitParse, ReadsClustersAndAttachedValues) {
  const Arguments a = accepted("lvcreate -nx -L1G -Wy -aay -yvv vg /dev/a");
  EXPECT_EQ(a.text(Opt::name), "x");
  EXPECT_EQ(a.bytes(Opt::size), Bytes(1 << 30));
  EXPECT_EQ(a.yes_no(Opt::wipesignatures), true);
  EXPECT_EQ(a.activation(), Activation::automatic);
  EXPECT_TRUE(a.has(Opt::yes));
  EXPECT_EQ(a.count(Opt::verbose), 2U);
  EXPECT_THAT(a.operands(), ElementsAre("vg", "/dev/a"));
  EXPECT_EQ(a.line(), "lvcreate -nx -L1G -Wy -aay -yvv vg /dev/a");
  EXPECT_THAT(refused("lvs -ao")[0], "lvs: option requires an argument -- 'o'");
  EXPECT_THAT(refused("lvs --separator")[0], "lvs: option '--separator' requires an argument");
  EXPECT_THAT(refused("lvs --yes=1")[0], "lvs: option '--yes' doesn't allow an argument");
  EXPECT_THAT(refused("lvs -L 10")[0], "lvs: invalid option -- 'L'");
}

TEST(UnitParse, EndsOptionsAtTwoHyphens) {
  EXPECT_THAT(accepted("vgextend vg -- -odd").operands(), ElementsAre("vg", "-odd"));
  EXPECT_THAT(accepted("lvs - vg").operands(), ElementsAre("-", "vg"));
  EXPECT_THAT(accepted("lvs vg1 --all vg2").operands(), ElementsAre("vg1", "vg2"));
}

TEST(UnitParse, TakesValuesThatStartWithAHyphen) {
  const auto amount = accepted("lvresize -L -10M vg/lv").amount(Opt::size);
  ASSERT_TRUE(amount);
  EXPECT_EQ(amount->sign, Sign::minus);
  EXPECT_EQ(amount->bytes, Bytes(10 << 20));
  EXPECT_EQ(accepted("lvreduce -l -5 vg/lv").amount(Opt::extents)->sign, Sign::minus);
  EXPECT_EQ(accepted("lvs -o -lv_name").text(Opt::options), "-lv_name");
}

TEST(UnitParse, KnowsWhichOptionsRepeat) {
  EXPECT_THAT(accepted("vgchange --addtag a --addtag @b vg").all(Opt::addtag), ElementsAre("a", "@b"));
  EXPECT_EQ(accepted("lvremove -ff vg/lv").count(Opt::force), 2U);
  EXPECT_THAT(refused("lvs -a -a")[0], "Option -a/--all may not be repeated.");
  EXPECT_THAT(refused("lvs --config a=1 --config b=1")[0], "Option --config may not be repeated.");
}

TEST(UnitParse, GroupsOptionsByReport) {
  const auto groups =
      accepted("lvs -o name --configreport log -o all -S a=1 --configreport lv -O size").report_groups();
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].report, "");
  EXPECT_EQ(groups[0].options.at(0).text, "name");
  EXPECT_EQ(groups[1].report, "log");
  EXPECT_EQ(groups[1].options.size(), 2U);
  EXPECT_EQ(groups[2].options.at(0).opt, Opt::sort);
}

TEST(UnitParse, FindsTheFormThatFits) {
  EXPECT_EQ(accepted("lvcreate -L1 vg").form_id(), form::lvcreate::linear);
  EXPECT_EQ(accepted("lvcreate -l1 -i2 vg").form_id(), form::lvcreate::striped);
  EXPECT_EQ(accepted("lvcreate -L1 --type error vg").form_id(), form::lvcreate::error);
  EXPECT_EQ(accepted("lvcreate -n vg/x -L1").form_id(), form::lvcreate::linear);
  EXPECT_EQ(accepted("lvchange --addtag x -ay vg/lv").form_id(), form::lvchange::attributes);
  EXPECT_EQ(accepted("lvchange -ay vg/lv").form_id(), form::lvchange::activate);
  EXPECT_EQ(accepted("lvchange -My --minor 5 vg/lv").form_id(), form::lvchange::minor_number);
  EXPECT_EQ(accepted("lvchange -Mn vg/lv").form_id(), form::lvchange::attributes);
  EXPECT_EQ(accepted("lvextend vg/lv /dev/a").form_id(), form::resize::devices);
  EXPECT_EQ(accepted("lvresize -l5 vg/lv /dev/a").form_id(), form::resize::size);
  EXPECT_EQ(accepted("vgchange -an").form_id(), form::vgchange::activate);
  EXPECT_EQ(accepted("pvscan --cache -aay /dev/a").form_id(), form::pvscan::activate);
  EXPECT_EQ(accepted("lvrename vg a b").form_id(), form::lvrename::names);
  EXPECT_EQ(accepted("lvrename vg/a b").form_id(), form::lvrename::path);
  EXPECT_EQ(accepted("pvchange -S x=y -u").form_id(), form::pvchange::named);
  EXPECT_EQ(accepted("vgcfgrestore -l -f x").form_id(), form::vgcfgrestore::list_file);
}

TEST(UnitParse, SaysWhatIsWrongWithTheForm) {
  EXPECT_THAT(refused("lvrename a b c d"), ElementsAre("Command does not accept argument: d."));
  EXPECT_THAT(refused("lvcreate -i2 --type linear -L10 vg"),
              ElementsAre("Command does not accept option: --stripes 2."));
  const Parsed nothing = parse_line("lvcreate -m1 -L1");
  const auto& refusal = std::get<Refusal>(nothing);
  EXPECT_EQ(refusal.lines.at(0),
            "No command with matching syntax recognised.  Run 'lvcreate --help' for more information.");
  EXPECT_EQ(refusal.lines.at(1), "Nearest similar command has syntax:");
  EXPECT_EQ(refusal.syntax.at(0), "lvcreate -m|--mirrors Number -L|--size Size[m|UNIT] VG");
  const Parsed single = parse_line("vgcreate vg");
  EXPECT_EQ(std::get<Refusal>(single).lines.at(1), "Correct command syntax is:");
  EXPECT_EQ(std::get<Refusal>(single).syntax.at(0), "vgcreate VG_new PV ...");
}

TEST(UnitParse, TakesTheDefaultVgForNewVolumesOnly) {
  const std::vector<std::string> words = {"-L1"};
  EXPECT_TRUE(std::holds_alternative<Arguments>(parse(*find_command("lvcreate"), words, true)));
  EXPECT_TRUE(std::holds_alternative<Refusal>(parse(*find_command("lvcreate"), words, false)));
  EXPECT_TRUE(std::holds_alternative<Refusal>(parse(*find_command("vgremove"), {}, true)));
}

TEST(UnitParse, TakesVdoVolumesAndMirrorsWithoutCopies) {
  EXPECT_EQ(accepted("lvcreate --type vdo -L1 vg").form_id(), form::lvcreate::vdo);
  EXPECT_EQ(accepted("lvcreate --vdo -L1 vg/pool").operands().front(), "vg/pool");
  EXPECT_EQ(accepted("lvcreate -m0 -L1 vg").number(Opt::mirrors), 0);
}

TEST(UnitParse, HelpAndVersionComeBeforeTheForm) {
  EXPECT_TRUE(std::holds_alternative<HelpWanted>(parse_line("lvcreate --help")));
  EXPECT_TRUE(std::get<HelpWanted>(parse_line("lvcreate --longhelp")).full);
  EXPECT_TRUE(std::holds_alternative<HelpWanted>(parse_line("lvs --version -h")));
  EXPECT_TRUE(std::holds_alternative<VersionWanted>(parse_line("lvremove --version")));
  EXPECT_TRUE(std::holds_alternative<Refusal>(parse_line("lvs --help --foo")));
}

TEST(UnitParse, PlanTakesAValueOnlyBehindEquals) {
  EXPECT_EQ(accepted("lvremove --plan vg/lv").text(Opt::plan), "text");
  EXPECT_EQ(accepted("lvremove --plan=json vg/lv").text(Opt::plan), "json");
  EXPECT_THAT(refused("lvremove --plan=xml vg/lv")[0], "Invalid argument for --plan: xml");
}

TEST(UnitParse, RecordsOldSpellingsAsTheOptionTheyStandFor) {
  EXPECT_EQ(accepted("pvcreate --metadatacopies 0 /dev/a").number(Opt::pvmetadatacopies), 0);
  EXPECT_EQ(accepted("vgcreate --metadatacopies all vg /dev/a").number(Opt::vgmetadatacopies), -1);
  EXPECT_EQ(accepted("lvchange --available n vg/lv").activation(), Activation::off);
}

TEST(UnitSplitWords, GroupsByQuotesAndKeepsBackslashes) {
  EXPECT_THAT(split_words(R"(  vgs -o 'a b' --config "r|\.x|  y"z)"),
              ElementsAre("vgs", "-o", "a b", "--config", R"(r|\.x|  yz)"));
  EXPECT_THAT(split_words("a '' b"), ElementsAre("a", "", "b"));
  EXPECT_THAT(split_words("a 'open end"), ElementsAre("a", "open end"));
  EXPECT_TRUE(split_words(" \t ").empty());
}

}  // namespace
}  // namespace lvm::cli
