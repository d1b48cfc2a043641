// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "config/check.h"
#include "config/row.h"
#include "syntax/printer.h"

namespace lvm::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Files in memory, for reading.
class FewFiles final : public Files {
 public:
  std::map<std::string, std::string> content;

  Result<std::string> read(const std::string& path) override {
    auto found = content.find(path);
    if (found == content.end()) return fail_errno(path + ": open failed", ENOENT);
    if (found->second == "unreadable") return fail_errno(path + ": open failed", EACCES);
    return found->second;
  }
  Result<std::vector<std::string>> list(const std::string&) override { return std::vector<std::string>(); }
  Result<std::int64_t> modified(const std::string& path) override { return fail(Code::not_found, path); }
  Result<> replace(const std::string&, std::string_view, std::uint32_t) override { return fail(Code::io, "no"); }
  Result<> create_new(const std::string&, std::string_view, std::uint32_t) override { return fail(Code::io, "no"); }
  Result<> remove(const std::string&) override { return fail(Code::io, "no"); }
  Result<> make_directories(const std::string&, std::uint32_t) override { return fail(Code::io, "no"); }
};

Config loaded(std::map<std::string, std::string> content, LoadOptions options = {}) {
  FewFiles files;
  files.content = std::move(content);
  if (options.host_name.empty()) options.host_name = "node1";
  auto config = load(files, options);
  EXPECT_TRUE(config) << config.error().text();
  return config ? std::move(*config) : Config();
}

Error load_error(std::map<std::string, std::string> content, LoadOptions options = {}) {
  FewFiles files;
  files.content = std::move(content);
  auto config = load(files, options);
  EXPECT_FALSE(config);
  return config ? Error(Code::io, "loaded") : config.error();
}

Config with_command_line(std::string text) {
  LoadOptions options;
  options.command_line = std::move(text);
  return loaded({}, options);
}

TEST(UnitConfig, DefaultsWithoutAnyFile) {
  Config config = loaded({});
  EXPECT_TRUE(config.flag("activation/udev_sync"));
  EXPECT_FALSE(config.flag("devices/scan_lvs"));
  EXPECT_EQ(config.integer("devices/pv_min_size"), 2048);
  EXPECT_EQ(config.integer("activation/process_priority"), -18);
  EXPECT_EQ(config.integer("global/umask"), 077);
  EXPECT_EQ(config.string("devices/dir"), "/dev");
  EXPECT_EQ(config.string("log/prefix"), "  ");
  EXPECT_EQ(config.string("log/command_log_selection"), "!(log_type=status && message=success)");
  EXPECT_THAT(config.strings("devices/filter"), ElementsAre("a|.*|"));
  EXPECT_THAT(config.strings("global/cache_check_options"), ElementsAre("-q", "--clear-needs-check-flag"));
  EXPECT_THAT(config.strings("activation/volume_list"), IsEmpty());
  EXPECT_FALSE(config.is_set("activation/volume_list"));
  EXPECT_EQ(config.string("backup/backup_dir"), "/etc/lvm/backup");
  EXPECT_THAT(config.warnings(), IsEmpty());
}

TEST(UnitConfig, SystemDirectoryMovesDefaults) {
  LoadOptions options;
  options.system_dir = "/x";
  Config config = loaded({{"/x/lvm.conf", "devices { dir=\"/d\" }"}}, options);
  EXPECT_EQ(config.string("backup/archive_dir"), "/x/archive");
  EXPECT_EQ(config.string("config/profile_dir"), "/x/profile");
  EXPECT_EQ(config.string("devices/dir"), "/d");
}

TEST(UnitConfig, StrongerLayersWin) {
  LoadOptions options;
  options.command_line = "activation/polling_interval=6";
  options.command_profile = "c";
  options.metadata_profile = "m";
  std::map<std::string, std::string> files = {
      {"/etc/lvm/lvm.conf",
       "tags { t1 { } } activation { polling_interval=1 process_priority=1 reserved_stack=1 "
       "reserved_memory=1 thin_pool_autoextend_percent=1 } global/units=\"b\""},
      {"/etc/lvm/lvmlocal.conf", "activation { polling_interval=2 process_priority=2 reserved_stack=2 }"},
      {"/etc/lvm/lvm_t1.conf", "activation { polling_interval=3 process_priority=3 }"},
      {"/etc/lvm/profile/c.profile", "global/units=\"k\""},
      {"/etc/lvm/profile/m.profile", "activation/thin_pool_autoextend_percent=5"}};
  Config config = loaded(files, options);
  EXPECT_EQ(config.integer("activation/polling_interval"), 6);
  EXPECT_EQ(config.integer("activation/process_priority"), 3);
  EXPECT_EQ(config.integer("activation/reserved_stack"), 2);
  EXPECT_EQ(config.integer("activation/reserved_memory"), 1);
  EXPECT_EQ(config.integer("activation/thin_pool_autoextend_percent"), 5);
  EXPECT_EQ(config.string("global/units"), "k");
  EXPECT_THAT(config.host_tags(), ElementsAre("t1"));
  EXPECT_EQ(config.find("activation/polling_interval").integer(), 6);
  EXPECT_EQ(config.find("activation/reserved_memory").integer(), 1);
  EXPECT_EQ(config.roots(Config::Layer::tag_file).size(), 1u);
  EXPECT_EQ(config.roots().size(), 6u);
}

TEST(UnitConfig, OrderOfAddingDoesNotMatterBetweenLayers) {
  Config config;
  config.add(Config::Layer::command_line, *syntax::Document::parse("log/level=7", "a"));
  config.add(Config::Layer::lvm_conf, *syntax::Document::parse("log/level=1", "b"));
  EXPECT_EQ(config.integer("log/level"), 7);
  config.add(Config::Layer::command_line, *syntax::Document::parse("log/level=8", "c"));
  EXPECT_EQ(config.integer("log/level"), 8);
  EXPECT_EQ(config.find("log/level").integer(), 8);
}

TEST(UnitConfig, CommandLineFragments) {
  Config config = with_command_line(
      "devices{filter=[\"a|^/dev/loop0$|\",\"r|.*|\"] scan_lvs=1}log/level=7 global { units=h suffix=no } "
      "backup/archive=0");
  EXPECT_THAT(config.strings("devices/filter"), ElementsAre("a|^/dev/loop0$|", "r|.*|"));
  EXPECT_TRUE(config.flag("devices/scan_lvs"));
  EXPECT_EQ(config.integer("log/level"), 7);
  EXPECT_EQ(config.string("global/units"), "h");
  EXPECT_FALSE(config.flag("global/suffix"));
  EXPECT_FALSE(config.flag("backup/archive"));
  EXPECT_THAT(config.warnings(), IsEmpty());
}

TEST(UnitConfig, OneStandsForAListAndAListOfOneForItsElement) {
  Config config = with_command_line(
      "devices{ scan=\"/a\" dir=[\"/b\"] types=[\"fd\",16] } log { level=[3] "
      "indent=[\"yes\"] journal=\"\" }");
  EXPECT_THAT(config.strings("devices/scan"), ElementsAre("/a"));
  EXPECT_EQ(config.string("devices/dir"), "/b");
  EXPECT_THAT(config.strings("devices/types"), ElementsAre("fd", "16"));
  EXPECT_EQ(config.integer("log/level"), 3);
  EXPECT_TRUE(config.flag("log/indent"));
  EXPECT_THAT(config.strings("log/journal"), IsEmpty());
  EXPECT_THAT(config.warnings(), IsEmpty());
}

TEST(UnitConfig, FlagsAreSpelledInManyWays) {
  for (std::string yes : {"1", "5", "\"y\"", "yes", "\"on\"", "true"})
    EXPECT_TRUE(with_command_line("global/test=" + yes).flag("global/test")) << yes;
  for (std::string no : {"0", "n", "\"no\"", "off", "\"false\""})
    EXPECT_FALSE(with_command_line("global/suffix=" + no).flag("global/suffix")) << no;
  EXPECT_FALSE(parse_flag("maybe"));
}

TEST(UnitConfig, WrongTypesWarnAsLvm2AndLeaveTheDefault) {
  Config config = with_command_line(
      "foo=1 bar{x=1} devices{zz=3 filter=5 dir=3 scan=\"\" preferred_names=[3] types=[\"fd\",16] wrong{a=1} "
      "global_filter=[] pv_min_size=\"x\" scan_lvs=\"perhaps\" issue_discards=1.5} log=3");
  EXPECT_THAT(
      config.warnings(),
      ElementsAre(
          "Configuration setting \"foo\" invalid. It's not part of any section.",
          "Configuration section \"bar\" unknown.", "Configuration setting \"devices/zz\" unknown.",
          "WARNING: Configuration setting \"devices/filter\" has invalid type. Found integer but expected array with "
          "values of type: string.",
          "WARNING: Configuration setting \"devices/dir\" has invalid type. Found integer but expected string.",
          "Configuration setting \"devices/scan\" invalid. It cannot be set to an empty value.",
          "WARNING: Configuration setting \"devices/preferred_names\" has invalid type. Found integer but expected "
          "array with values of type: string.",
          "Configuration section \"devices/wrong\" unknown.",
          "Configuration setting \"devices/global_filter\" invalid. Empty value not allowed.",
          "WARNING: Configuration setting \"devices/pv_min_size\" has invalid type. Found string but expected integer.",
          "Configuration setting \"devices/scan_lvs\" invalid. Found string value \"perhaps\", expected boolean value: "
          "0/1, \"y/n\", \"yes/no\", \"on/off\", \"true/false\".",
          "WARNING: Configuration setting \"devices/issue_discards\" has invalid type. Found float but expected "
          "boolean.",
          "Configuration setting \"log\" invalid. It's not part of any section."));
  EXPECT_THAT(config.strings("devices/filter"), ElementsAre("a|.*|"));
  EXPECT_EQ(config.string("devices/dir"), "/dev");
  EXPECT_EQ(config.integer("devices/pv_min_size"), 2048);
  EXPECT_FALSE(config.is_set("devices/dir"));
  EXPECT_EQ(config.find("bar/x").integer(), 1);
}

TEST(UnitConfig, ChecksCanBeSwitchedOff) {
  EXPECT_THAT(with_command_line("devices/zz=3 config/checks=0").warnings(), IsEmpty());
}

TEST(UnitConfig, RepeatedKeyWarnsWithFileAndLine) {
  Config config = loaded({{"/etc/lvm/lvm.conf", "log {\n level=1\n level=2\n}"}});
  EXPECT_EQ(config.integer("log/level"), 2);
  EXPECT_THAT(config.warnings(),
              ElementsAre("WARNING: /etc/lvm/lvm.conf:3: key level is assigned twice, the later value counts"));
}

TEST(UnitConfig, SyntaxErrorsNameFileAndLine) {
  Error error = load_error({{"/etc/lvm/lvm.conf", "log {\n level=\n}"}});
  EXPECT_EQ(error.code(), Code::corrupt);
  EXPECT_THAT(error.text(), HasSubstr("/etc/lvm/lvm.conf:3: found }, expected a value"));
  LoadOptions options;
  options.command_line = "a{";
  error = load_error({}, options);
  EXPECT_EQ(error.code(), Code::usage);
  EXPECT_THAT(error.text(), HasSubstr("--config:1: "));
  EXPECT_EQ(load_error({{"/etc/lvm/lvmlocal.conf", "unreadable"}}).code(), Code::corrupt);
}

TEST(UnitConfig, HostTags) {
  Config config = loaded({{"/etc/lvm/lvm.conf",
                           "tags { hosttags=1 @all { } mine { host_list=[\"x\",\"node1\"] } "
                           "theirs { host_list=\"node2\" } }"},
                          {"/etc/lvm/lvm_mine.conf", "tags { more { } } log/level=4"},
                          {"/etc/lvm/lvm_more.conf", "log/level=5"},
                          {"/etc/lvm/lvm_theirs.conf", "log/level=6"}});
  EXPECT_THAT(config.host_tags(), ElementsAre("node1", "all", "mine", "more"));
  EXPECT_EQ(config.integer("log/level"), 5);
  EXPECT_THAT(config.warnings(), IsEmpty());
}

TEST(UnitConfig, Profiles) {
  std::map<std::string, std::string> files = {{"/etc/lvm/profile/bad.profile", "global/umask=1"},
                                              {"/etc/lvm/profile/meta.profile", "allocation/cache_pool_chunk_size=64"},
                                              {"/etc/lvm/profile/unknown.profile", "foo/bar=1"},
                                              {"/etc/lvm/profile/broken.profile", "global {"},
                                              {"/p/there.profile", "report/headings=0"}};
  auto command_error = [&files](std::string name) {
    LoadOptions options;
    options.command_profile = std::move(name);
    return load_error(files, options).text();
  };
  EXPECT_THAT(command_error("bad"),
              HasSubstr("\"global/umask\" is not customizable by a profile. (/etc/lvm/profile/bad.profile:1)"));
  EXPECT_THAT(command_error("meta"), HasSubstr("is customizable by metadata profile only, not command profile."));
  EXPECT_THAT(command_error("unknown"), HasSubstr("section \"foo\" unknown"));
  EXPECT_THAT(command_error("broken"), HasSubstr("broken.profile:1: "));
  EXPECT_THAT(command_error("absent"), HasSubstr("Failed to apply command profile absent."));
  EXPECT_THAT(command_error("../profile/bad"), HasSubstr("is no profile name"));
  LoadOptions options;
  options.metadata_profile = "meta";
  EXPECT_EQ(loaded(files, options).integer("allocation/cache_pool_chunk_size"), 64);
  options.metadata_profile.clear();
  options.command_profile = "there";
  options.command_line = "config/profile_dir=\"/p\"";
  EXPECT_FALSE(loaded(files, options).flag("report/headings"));
}

// Those that VGs and volumes have attached.
TEST(UnitConfig, ProfilesGoOverFilesWhereTheyAreAttached) {
  const std::map<std::string, std::string> files = {
      {"/etc/lvm/lvm.conf", "activation/thin_pool_autoextend_threshold=80 allocation/thin_pool_zero=0"}};
  auto profile = [] {
    auto document = syntax::Document::parse("activation/thin_pool_autoextend_threshold=60", "p");
    EXPECT_TRUE(document);
    return *std::move(document);
  };
  auto threshold = [](const Config& config) { return config.integer("activation/thin_pool_autoextend_threshold"); };
  Config config = loaded(files);
  EXPECT_EQ(&config.with_profile("p"), &config);
  config.add_profile("p", profile());
  const Config& attached = config.with_profile("p");
  EXPECT_EQ(threshold(attached), 60);
  EXPECT_FALSE(attached.flag("allocation/thin_pool_zero"));
  EXPECT_EQ(threshold(config), 80);
  EXPECT_EQ(threshold(config.with_profile("")), 80);
  // From one volume's settings to another's.
  EXPECT_EQ(threshold(attached.with_profile("")), 80);
  EXPECT_EQ(threshold(attached.with_profile("unknown")), 80);
  EXPECT_EQ(threshold(attached.with_profile("").with_profile("p")), 60);

  LoadOptions options;
  options.command_line = "activation/thin_pool_autoextend_threshold=90";
  Config stronger = loaded(files, options);
  stronger.add_profile("p", profile());
  EXPECT_EQ(threshold(stronger.with_profile("p")), 90);

  auto with_own = files;
  with_own["/etc/lvm/profile/own.profile"] = "activation/thin_pool_autoextend_threshold=70";
  options.command_line.clear();
  options.metadata_profile = "own";
  Config own = loaded(with_own, options);
  own.add_profile("p", profile());
  EXPECT_EQ(threshold(own.with_profile("p")), 70);
  EXPECT_EQ(own.metadata_profile(), "own");
}

TEST(UnitSettings, FreeNamesMatchTheirRow) {
  ASSERT_TRUE(find_setting("tags/any"));
  EXPECT_EQ(find_setting("tags/any")->path(), "tags/<tag>");
  ASSERT_TRUE(find_setting("tags/any/host_list"));
  EXPECT_EQ(find_setting("tags/any/host_list")->type(), Type::array);
  EXPECT_EQ(find_setting("tags/hosttags")->type(), Type::boolean);
  EXPECT_FALSE(find_setting("tags/any/other"));
  EXPECT_FALSE(find_setting("tags/a/b/host_list"));
  EXPECT_FALSE(find_setting("devices/"));
  EXPECT_FALSE(find_setting(""));
}

TEST(UnitSettings, EveryDefaultFitsItsOwnType) {
  for (std::size_t i = 0; i < kSettingCount; ++i) {
    Key key(i);
    if (key.type() == Type::section || row(key).value.empty() || row(key).value == "[]") continue;
    std::string text(row(key).value);
    if (key.type() == Type::string) {
      text.clear();
      syntax::append_quoted(text, row(key).value);
    }
    auto document = syntax::Document::parse("value=" + text, "default");
    ASSERT_TRUE(document) << key.path();
    EXPECT_EQ(type_problem(key, key.path(), document->root().first_child()), std::nullopt) << key.path();
  }
}

}  // namespace
}  // namespace lvm::config
