// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/prompt.h"

namespace lvm::cli {
namespace {

using testing::HasSubstr;

// Two streams whose content can be read back.
class Streams {
 public:
  Streams() : out_(std::tmpfile()), err_(std::tmpfile()), messages(out_, err_) {}
  ~Streams() {
    std::fclose(out_);
    std::fclose(err_);
  }
  std::string out() { return content(out_); }
  std::string err() { return content(err_); }

 private:
  static std::string content(std::FILE* file) {
    std::fflush(file);
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    return text;
  }
  std::FILE* out_;
  std::FILE* err_;

 public:
  Messages messages;
};

TEST(UnitMessages, TheLogTakesWhatIsSaid) {
  Streams streams;
  streams.messages.start_log();
  auto before = streams.messages.set_object({.type = "vg", .name = "vg", .id = "1"});
  streams.messages.print("done");
  streams.messages.error("bad\nworse");
  streams.messages.log_status(streams.messages.object(), 5);
  streams.messages.set_object(before);
  EXPECT_EQ(streams.out() + streams.err(), "");
  const auto& log = streams.messages.log();
  ASSERT_EQ(log.size(), 4U);
  EXPECT_EQ(log[0].type, "print");
  EXPECT_EQ(log[0].object_name, "vg");
  EXPECT_EQ(log[2].message, "worse");
  EXPECT_EQ(log[2].error_number, -1);
  EXPECT_EQ(log[3].type, "status");
  EXPECT_EQ(log[3].message, "failure");
  EXPECT_EQ(log[3].return_code, 5);
  streams.messages.stop_log();
  EXPECT_TRUE(streams.messages.has_log());
  streams.messages.print("to the terminal");
  EXPECT_EQ(streams.out(), "  to the terminal\n");
  EXPECT_EQ(streams.messages.log().size(), 4U);
}

TEST(UnitMessages, ResultsGoOutAndTheRestGoesToStandardError) {
  Streams streams;
  streams.messages.print("Logical volume \"x\" created.");
  streams.messages.warn("WARNING: careful");
  streams.messages.error("two\nlines\n");
  streams.messages.verbose("quiet by default");
  streams.messages.raw("{}\n");
  EXPECT_EQ(streams.out(), "  Logical volume \"x\" created.\n{}\n");
  EXPECT_EQ(streams.err(), "  WARNING: careful\n  two\n  lines\n");
  EXPECT_EQ(streams.messages.errors(), 1U);
}

TEST(UnitMessages, ReportsGoToTheirOwnStreamWhenThereIsOne) {
  Streams streams;
  Streams reports;
  streams.messages.set_report_stream(reports.messages.out());
  streams.messages.raw("row\n");
  streams.messages.plain("help\n");
  EXPECT_EQ(reports.out(), "row\n");
  EXPECT_EQ(streams.out(), "help\n");
}

TEST(UnitMessages, ReportsCarryThePrefixOfTheSettings) {
  Streams streams;
  ASSERT_TRUE(streams.messages.configure({.prefix = "X"}));
  streams.messages.raw("  VG\n  {\n      \"a\"\nno blanks\n");
  EXPECT_EQ(streams.out(), "XVG\nX{\nX    \"a\"\nno blanks\n");
}

TEST(UnitMessages, SettingsChangeWhatIsShown) {
  Streams streams;
  ASSERT_TRUE(streams.messages.configure({.verbose = 1, .command_names = true, .command = "lvs", .prefix = "| "}));
  streams.messages.verbose("step");
  streams.messages.verbose("detail", 2);
  EXPECT_EQ(streams.err(), "lvs| step\n");
  ASSERT_TRUE(streams.messages.configure({.quiet = 2}));
  streams.messages.print("hidden");
  streams.messages.print_always("report");
  EXPECT_EQ(streams.out(), "  report\n");
}

TEST(UnitMessages, LogFileGetsWhatItsLevelAsksFor) {
  const auto path = std::filesystem::temp_directory_path() / ("lvm-messages-" + std::to_string(getpid()));
  {
    Streams streams;
    ASSERT_TRUE(streams.messages.configure({.command = "lvs", .file = path, .overwrite = true, .file_level = 4}));
    streams.messages.error("broken");
    streams.messages.verbose("too much");
  }
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr(" lvs["));
  EXPECT_THAT(text.str(), HasSubstr("]  broken\n"));
  EXPECT_EQ(text.str().find("too much"), std::string::npos);
  std::filesystem::remove(path);
  Streams streams;
  EXPECT_FALSE(streams.messages.configure({.file = "/nonexistent/folder/log"}));
}

struct Reply {
  Answer answer;
  std::string shown;
};

Reply ask(std::string_view typed, Prompt::Options options = {}) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  EXPECT_EQ(write(ends[1], typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
  close(ends[1]);
  Streams streams;
  Prompt prompt(streams.messages, ends[0], options);
  const Answer answer = prompt.ask("Really? [y/n]: ");
  close(ends[0]);
  return {answer, streams.err()};
}

TEST(UnitPrompt, UnderstandsBeginningsOfYesAndNo) {
  for (const char* yes : {"y\n", "Y\n", "yes\n", "ye\n", " y\n"}) EXPECT_EQ(ask(yes).answer, Answer::yes) << yes;
  for (const char* no : {"n\n", "No\n", "no\n"}) EXPECT_EQ(ask(no).answer, Answer::no) << no;
}

TEST(UnitPrompt, AsksAgainAndTakesTheEndOfInputForNo) {
  const Reply again = ask("maybe\ny\n");
  EXPECT_EQ(again.answer, Answer::yes);
  EXPECT_EQ(again.shown, "Really? [y/n]:   WARNING: Invalid input 'maybe'.\nReally? [y/n]: ");
  const Reply ended = ask("");
  EXPECT_EQ(ended.answer, Answer::no);
  EXPECT_EQ(ended.shown, "Really? [y/n]: [n]\n");
}

TEST(UnitPrompt, OptionsAnswerWithoutReading) {
  const Reply yes = ask("n\n", {.assume_yes = true});
  EXPECT_EQ(yes.answer, Answer::yes);
  EXPECT_EQ(yes.shown, "");
  const Reply no = ask("y\n", {.assume_no = true});
  EXPECT_EQ(no.answer, Answer::no);
  EXPECT_EQ(no.shown, "Really? [y/n]: [n]\n");
}

}  // namespace
}  // namespace lvm::cli
