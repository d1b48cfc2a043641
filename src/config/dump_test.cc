// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "config/row.h"

namespace lvm::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string read_file(const std::string& path) {
  SystemFiles files;
  auto text = files.read(path);
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

// The text without settings that LVM2 does not have.
std::string without_extensions(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at) + 1;
    std::string line = text.substr(at, end - at);
    at = end;
    bool extension = false;
    for (std::size_t i = 0; i < kSettingCount; ++i) {
      if ((row(Key(i)).flags & kExtension) == 0) continue;
      std::string_view path = Key(i).path();
      extension |= line.contains(path) || line.contains(std::string(path.substr(path.rfind('/') + 1)) + "=");
    }
    if (!extension) out += line;
  }
  return out;
}

Config configured(std::string command_line, std::string lvm_conf = "") {
  Config config;
  auto conf = syntax::Document::parse(std::move(lvm_conf), "lvm.conf");
  auto line = syntax::Document::parse(command_line, "--config");
  EXPECT_TRUE(conf && line);
  if (conf) config.add(Config::Layer::lvm_conf, std::move(*conf));
  if (line && !command_line.empty()) config.add(Config::Layer::command_line, std::move(*line));
  return config;
}

std::string text_of(const Config& config, const DumpOptions& options) {
  auto result = dump(config, options);
  EXPECT_TRUE(result) << result.error().text();
  return result ? result->text : "";
}

std::string golden(std::string_view name) {
  return read_file(std::string(LVM_CONFIG_SOURCE_DIR "/golden/") + std::string(name));
}

// The golden files are what lvmconfig of LVM2 2.03.16 printed.
TEST(UnitDump, PrintsWhatLvm2Prints) {
  for (std::string type : {"default", "full", "list", "profilable-command", "profilable-metadata", "missing"}) {
    DumpOptions options;
    ASSERT_TRUE(parse_dump_type(type)) << type;
    options.type = *parse_dump_type(type);
    EXPECT_EQ(without_extensions(text_of(Config(), options)), golden(type + ".txt")) << type;
  }
}

TEST(UnitDump, PrintsOtherReleases) {
  DumpOptions options;
  options.type = DumpType::added;
  options.since_version = "2.3.0";
  EXPECT_EQ(without_extensions(text_of(Config(), options)), golden("new-since-2.3.0.txt"));
  options = {};
  options.type = DumpType::standard;
  options.at_version = "2.2.165";
  options.show_deprecated = options.show_unsupported = options.with_spaces = true;
  EXPECT_EQ(text_of(Config(), options), golden("default-at-2.2.165.txt"));
}

TEST(UnitDump, CurrentShowsWhatIsSet) {
  std::string conf =
      "global { units=\"b\" umask=077 }\ndevices { filter=[\"a\",\"b\"] scan=[\"/x\"] zz=1 } foo { bar=1.5 }";
  EXPECT_EQ(text_of(configured("", conf), {}),
            "global {\n\tunits=\"b\"\n\tumask=63\n}\ndevices {\n\tfilter=[\"a\",\"b\"]\n\tscan=\"/x\"\n}\n");
  // --config alone, unless merged.
  EXPECT_EQ(text_of(configured("log/level=1", conf), {}), "log {\n\tlevel=1\n}\n");
  DumpOptions merged;
  merged.merged = true;
  merged.paths = {"log/level", "global/units"};
  EXPECT_EQ(text_of(configured("log/level=1 global/units=\"k\"", conf), merged), "level=1\nunits=\"k\"\n");
}

// As 2.03.16 shows them: what a file adds comes behind the first section, and is turned round with --config.
TEST(UnitDump, MergedSectionsStandInLvm2sOrder) {
  std::string conf = "devices { dir=\"/dev\" scan=[\"/dev\"] } activation { udev_sync=0 } global { units=\"b\" }";
  EXPECT_EQ(
      text_of(configured("", conf), {}),
      "devices {\n\tdir=\"/dev\"\n\tscan=\"/dev\"\n}\nglobal {\n\tunits=\"b\"\n}\nactivation {\n\tudev_sync=0\n}\n");
  DumpOptions merged;
  merged.merged = true;
  EXPECT_EQ(text_of(configured("backup/backup=0 devices/pv_min_size=4096", conf), merged),
            "devices {\n\tdir=\"/dev\"\n\tpv_min_size=4096\n\tscan=\"/dev\"\n}\nbackup {\n\tbackup=0\n}\n"
            "activation {\n\tudev_sync=0\n}\nglobal {\n\tunits=\"b\"\n}\n");
}

TEST(UnitDump, DiffHasOnlyOtherValues) {
  DumpOptions options;
  options.type = DumpType::diff;
  EXPECT_EQ(text_of(configured("shell/history_size=3 global{umask=63 units=\"r\" units=\"r\"} "
                               "devices{filter=\"a|.*|\" global_filter=[\"r|x|\"] scan=[\"/dev\"]} foo/x=1"),
                    options),
            "shell {\n\thistory_size=3\n}\ndevices {\n\tglobal_filter=\"r|x|\"\n}\n");
}

// They counted as different, for their defaults stand below the configuration directory.
TEST(UnitDump, FoldersSetToTheirDefaultAreNoDifference) {
  DumpOptions options;
  options.type = DumpType::diff;
  EXPECT_EQ(text_of(configured("backup{backup_dir=\"/etc/lvm/backup\" archive_dir=\"/a\"} "
                               "config/profile_dir=\"/etc/lvm/profile\""),
                    options),
            "backup {\n\tarchive_dir=\"/a\"\n}\n");
}

TEST(UnitDump, UnconfiguredShowsWhatPackagersChoose) {
  DumpOptions options;
  options.type = DumpType::standard;
  options.unconfigured = true;
  options.paths = {"backup/backup_dir", "global/use_lvmpolld", "global/units"};
  EXPECT_EQ(text_of(configured(""), options),
            "# backup_dir=\"@DEFAULT_SYS_DIR@/@DEFAULT_BACKUP_SUBDIR@\"\n# use_lvmpolld=@DEFAULT_USE_LVMPOLLD@\n"
            "# units=\"r\"\n");
}

TEST(UnitDump, FullPutsSetValuesInTheirPlace) {
  DumpOptions options;
  options.type = DumpType::full;
  options.paths = {"shell", "global/umask", "tags", "devices/scan"};
  EXPECT_EQ(
      text_of(configured("shell/history_size=3 tags { a { } b { host_list=[\"x\"] } }"), options),
      "shell {\n\thistory_size=3\n}\numask=077\ntags {\n\thosttags=0\n\ta {\n\t}\n\tb {\n\t\thost_list=\"x\"\n\t}\n}\n"
      "scan=[\"/dev\"]\n");
}

TEST(UnitDump, MissingLeavesOutWhatIsSet) {
  DumpOptions options;
  options.type = DumpType::missing;
  options.paths = {"backup", "shell"};
  auto result = dump(configured("shell/history_size=3 backup{archive=0 retain_min=1 backup_dir=\"/b\"}"), options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "backup {\n\t# backup=1\n\t# archive_dir=\"/etc/lvm/archive\"\n\t# retain_days=30\n}\n");
  EXPECT_THAT(result->problems, ElementsAre("Configuration node shell not found"));
}

TEST(UnitDump, DocumentationStandsBeforeEachSetting) {
  DumpOptions options;
  options.type = DumpType::standard;
  options.paths = {"shell"};
  options.with_summary = options.with_versions = options.with_spaces = true;
  EXPECT_EQ(text_of(Config(), options),
            "\n# Section shell.\n# The lvm shell.\n# Since version 1.0.0.\nshell {\n\n\t# Setting shell/history_size.\n"
            "\t# How many lines of history the shell keeps.\n\t# Known for the sake of LVM2's files; nothing depends "
            "on it.\n\t# Since version 1.0.0.\n\t# history_size = 100\n}\n");
  options.paths = {"activation/volume_list"};
  options.with_comments = true;
  std::string text = text_of(Config(), options);
  EXPECT_THAT(text, HasSubstr("# Not set by default."));
  EXPECT_THAT(text, HasSubstr("\n# volume_list = [ \"vg1\", "));
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    EXPECT_LE(text.find('\n', at) - at, 80u) << text.substr(at, 100);
}

TEST(UnitDump, ListWithSummaryAndVersion) {
  DumpOptions options;
  options.type = DumpType::list;
  options.paths = {"shell"};
  options.with_summary = options.with_versions = true;
  EXPECT_EQ(text_of(Config(), options), "shell/history_size - How many lines of history the shell keeps. [1.0.0]\n");
}

TEST(UnitDump, BadOptions) {
  auto error = [](DumpOptions options) {
    auto result = dump(Config(), options);
    EXPECT_FALSE(result);
    if (result) return std::string();
    EXPECT_EQ(result.error().code(), Code::usage);
    return result.error().text();
  };
  DumpOptions options;
  options.since_version = "2.3.0";
  EXPECT_EQ(error(options), "--sinceversion requires --type new");
  options.type = DumpType::added;
  for (std::string bad : {"9.9", "abc", "2.3.", "2.3.4x", "2.3.4000", "-1.2.3", "2..3"}) {
    options.since_version = bad;
    EXPECT_EQ(error(options), "Incorrect version format.") << bad;
  }
  options = {};
  options.at_version = "2.3.0";
  EXPECT_EQ(error(options), "--atversion has no effect with --type current");
  options.type = DumpType::standard;
  options.merged = true;
  EXPECT_THAT(error(options), HasSubstr("--mergedconfig has no effect"));
  EXPECT_FALSE(parse_dump_type("foo"));
}

TEST(UnitDump, UnknownPathsAreProblems) {
  DumpOptions options;
  options.type = DumpType::standard;
  options.paths = {"devices/dir", "devices/nosuch", "", "devices/dir/x", "activation/volume_list"};
  auto result = dump(Config(), options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "# dir=\"/dev\"\n");
  EXPECT_EQ(result->problems.size(), 3u);
}

// etc/ is made with this code; `lvmconfig` with these options remakes it.
TEST(UnitDump, InstalledFilesAreUpToDate) {
  DumpOptions options;
  options.type = DumpType::standard;
  options.with_comments = options.with_spaces = options.with_general_preamble = options.ignore_local = true;
  EXPECT_EQ(read_file(LVM_ETC_DIR "/lvm.conf"), text_of(Config(), options))
      << "remake it: lvmconfig --typeconfig default --withcomments --withspaces --withgeneralpreamble --ignorelocal";
  options.with_general_preamble = options.ignore_local = false;
  options.with_local_preamble = true;
  options.paths = {"local"};
  EXPECT_EQ(read_file(LVM_ETC_DIR "/lvmlocal.conf"), text_of(Config(), options))
      << "remake it: lvmconfig --typeconfig default --withcomments --withspaces --withlocalpreamble local";
}

TEST(UnitDump, InstalledProfilesLoad) {
  SystemFiles files;
  for (std::string name : {"lvmdbusd", "command_profile_template"}) {
    Config config = configured("config/profile_dir=\"" LVM_ETC_DIR "/profile\"");
    auto profile = load_profile(files, config, name, ProfileKind::command);
    EXPECT_TRUE(profile) << profile.error().text();
  }
  for (std::string name :
       {"metadata_profile_template", "thin-generic", "thin-performance", "cache-mq", "cache-smq", "vdo-small"}) {
    Config config = configured("config/profile_dir=\"" LVM_ETC_DIR "/profile\"");
    auto profile = load_profile(files, config, name, ProfileKind::metadata);
    EXPECT_TRUE(profile) << profile.error().text();
  }
}

TEST(UnitDump, InstalledFileParsesToNothingSet) {
  Config config;
  auto document = syntax::Document::parse(read_file(LVM_ETC_DIR "/lvm.conf"), "lvm.conf");
  ASSERT_TRUE(document) << document.error().text();
  config.add(Config::Layer::lvm_conf, std::move(*document));
  EXPECT_THAT(config.warnings(), IsEmpty());
  for (std::size_t i = 0; i < kSettingCount; ++i) {
    EXPECT_FALSE(config.is_set(Key(i))) << Key(i).path();
  }
}

}  // namespace
}  // namespace lvm::config
