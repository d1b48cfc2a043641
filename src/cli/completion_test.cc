// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/program_output.h"
#include "base/programs.h"
#include "cli/help.h"

// The scripts at work in their shells, with reports that have two groups, two volumes and a device.
namespace lvm::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kReports =
    "vgs() { echo '  vg0'; echo '  vg1'; }\n"
    "lvs() { echo '  vg0/root'; echo '  vg1/swap'; }\n"
    "pvs() { echo '  /dev/sda'; }\n";

std::string output_of(std::vector<std::string> shell, const std::string& script) {
  shell.push_back(testing::TempDir() + "lvm-completion-" + std::to_string(getpid()));
  std::ofstream(shell.back()) << script;
  auto kept = KeptOutput::begin();
  if (!kept) return kept.error().text();
  auto status = SystemPrograms().run(shell);
  std::string out = kept->end();
  std::remove(shell.back().c_str());
  EXPECT_EQ(status.value_or(-1), 0) << out;
  return out;
}

// What bash offers for the last of the words.
std::string bash(const std::string& words) {
  return output_of({"bash"}, bash_completion() + std::string(kReports) + "COMP_WORDS=(" + words +
                                 ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_lvm\necho \" ${COMPREPLY[*]} \"\n");
}

// zsh's compadd filters by itself: what it is given.
std::string zsh(const std::string& words) {
  return output_of({"zsh", "-f"}, std::string(kReports) +
                                      "compadd() { shift; print -- \" $* \"; }\ncompset() { :; }\nwords=(" + words +
                                      ")\nCURRENT=$#words\nPREFIX=$words[-1]\n" + zsh_completion());
}

TEST(UserCompletion, BashOffersCommandsOptionsValuesAndNames) {
  EXPECT_EQ(bash("lvm lvre"), " lvreduce lvremove lvrename lvresize \n");
  EXPECT_EQ(bash("lvcreate --thinp"), " --thinpool \n");
  EXPECT_THAT(bash("lvm lvcreate --type = ra"), HasSubstr(" raid "));
  EXPECT_EQ(bash("vgs vg"), " vg0 vg1 \n");
  EXPECT_EQ(bash("lvremove vg0/"), " vg0/root \n");
  EXPECT_EQ(bash("lvconvert --thinpool vg1"), " vg1/swap \n");
  EXPECT_THAT(bash("vgextend vg0 /dev/sd"), HasSubstr(" /dev/sda "));
  EXPECT_THAT(bash("vgs --"), Not(HasSubstr("vg0")));
}

TEST(UserCompletion, ZshOffersTheSame) {
  if (access("/usr/bin/zsh", X_OK) != 0) GTEST_SKIP() << "no zsh here";
  EXPECT_THAT(zsh("lvm lvre"), HasSubstr(" lvreduce "));
  EXPECT_THAT(zsh("lvcreate --thinp"), HasSubstr(" --thinpool "));
  EXPECT_THAT(zsh("lvcreate --type ra"), HasSubstr(" raid "));
  EXPECT_THAT(zsh("vgs vg"), HasSubstr(" vg0 vg1 "));
  EXPECT_THAT(zsh("lvremove vg0"), HasSubstr(" vg0/root "));
}

}  // namespace
}  // namespace lvm::cli
