// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/options.h"

#include <gtest/gtest.h>

#include "syntax/document.h"

namespace lvm::device {
namespace {

TEST(UnitSystemOptions, Defaults) {
  SystemOptions options = system_options(config::Config(), {});
  EXPECT_EQ(options.directory, "/dev");
  EXPECT_EQ(options.scan, std::vector<std::string>{"/dev"});
  EXPECT_FALSE(options.all_names);
  EXPECT_TRUE(options.only_paths.empty());
  EXPECT_EQ(options.io_timeout_seconds, 10);
  EXPECT_TRUE(options.use_ring);
}

TEST(UnitSystemOptions, FromSettings) {
  config::Config config;
  auto document = syntax::Document::parse(
      "devices { dir = \"/tmp/dev/\" scan = [ \"/tmp/dev/\", \"/x\" ] filter = [ \"a|.*|\" ] io_timeout = 0 }\n"
      "global { use_aio = 0 }",
      "test");
  ASSERT_TRUE(document);
  config.add(config::Config::Layer::command_line, *std::move(document));
  SystemOptions options = system_options(config, {"/dev/sda,/dev/sdb", "", "/dev/sdc,"});
  EXPECT_EQ(options.directory, "/tmp/dev");
  EXPECT_EQ(options.scan, (std::vector<std::string>{"/tmp/dev", "/x"}));
  EXPECT_TRUE(options.all_names) << "a filter looks at every name";
  EXPECT_EQ(options.only_paths, (std::vector<std::string>{"/dev/sda", "/dev/sdb", "/dev/sdc"}));
  EXPECT_EQ(options.io_timeout_seconds, 1);
  EXPECT_FALSE(options.use_ring);
}

}  // namespace
}  // namespace lvm::device
