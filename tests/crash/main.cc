// SPDX-License-Identifier: LGPL-2.1-or-later
//
// lvm-crash [--full] [--open] [--repeats] [--shard I/N] [-k TEXT] --conf FILE FOLDER...: cuts every command of the case
// files at every effect; with --open also those in which something is known to be wrong; with --repeats no command has
// to say, when it is given again, that all is done (cases that were not written for this). lvm-crash --canary: defects
// put in on purpose must be found.
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "base/files.h"
#include "crash/canary.h"
#include "crash/examine.h"
#include "crash/play.h"

namespace lvm::crash {
namespace {

struct Options {
  bool full = false, few = false, open = false, repeats = false, canary = false;
  std::size_t shard = 0, shards = 1;
  std::string pattern, configuration;
  std::vector<std::string> folders;
};

Options parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    auto value = [&]() -> std::string { return i + 1 < argc ? argv[++i] : ""; };
    if (word == "--full") {
      out.full = true;
    } else if (word == "--few") {
      out.few = true;
    } else if (word == "--open") {
      out.open = true;
    } else if (word == "--repeats") {
      out.repeats = true;
    } else if (word == "--canary") {
      out.canary = true;
    } else if (word == "-k") {
      out.pattern = value();
    } else if (word == "--conf") {
      out.configuration = value();
    } else if (word == "--shard") {
      std::string text = value();
      out.shard = static_cast<std::size_t>(std::atoi(text.c_str()));
      out.shards = static_cast<std::size_t>(std::atoi(text.substr(text.find('/') + 1).c_str()));
    } else {
      out.folders.push_back(word);
    }
  }
  return out;
}

struct Totals {
  std::size_t passed = 0, failed = 0, open = 0;
  Figures figures;
};

void play(const Case& story_case, const Options& options, const Bounds& bounds, std::set<std::string>& shapes,
          Totals& totals) {
  Play play(story_case, options.configuration);
  for (Line line : story_case.lines) {
    line.repeats = line.repeats || options.repeats;
    auto story = play.next(line);
    if (!story || !story->has_effects()) continue;
    std::string name = fmt::format("{}: {}", story_case.name, line.text);
    if (name.find(options.pattern) == std::string::npos) continue;
    if (line.open && !options.open) {
      ++totals.open;
      continue;
    }
    if (!options.full && !shapes.insert(shape_of(*story)).second) continue;
    auto begin = std::chrono::steady_clock::now();
    Bounds lines = bounds;
    if (line.cuts_only && !options.open) lines.faults = lines.opens = lines.allocations = 0;
    Verdict verdict = examine(*story, lines);
    auto spent = std::chrono::steady_clock::now() - begin;
    const Figures& f = verdict.figures;
    fmt::print("  {} {}: {} effects; cut by kill {}, by power {}; faults {}, out of memory {}, losses {} ({} ms)\n",
               verdict.complaints.empty() ? "ok  " : "FAIL", name, f.effects, f.kills, f.power_cuts, f.faults,
               f.allocations, f.losses, std::chrono::duration_cast<std::chrono::milliseconds>(spent).count());
    for (const std::string& complaint : verdict.complaints) fmt::print("    {}\n", complaint);
    std::fflush(stdout);
    ++(verdict.complaints.empty() ? totals.passed : totals.failed);
    totals.figures += f;
  }
}

int run(const Options& options) {
  // Nobody answers questions.
  int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  Totals totals;
  if (options.canary) {
    CanaryResult result = run_canaries(options.configuration);
    totals.passed = result.caught;
    totals.failed = result.missed;
  }
  Bounds bounds = options.full ? Bounds::full() : options.few ? Bounds::few() : Bounds{};
  std::set<std::string> shapes;
  for (const std::string& folder : options.folders) {
    auto cases = read_cases(folder);
    if (!cases) {
      fmt::print(stderr, "{}\n", cases.error().text());
      return 1;
    }
    for (std::size_t i = 0; i < cases->size(); ++i)
      if (i % options.shards == options.shard) play((*cases)[i], options, bounds, shapes, totals);
  }
  const Figures& f = totals.figures;
  if (f.points() != 0)
    fmt::print("points: {} (kill {}, power {}, faults {}, memory {}, losses {}) in {} effects of {} commands\n",
               f.points(), f.kills, f.power_cuts, f.faults, f.allocations, f.losses, f.effects,
               totals.passed + totals.failed);
  if (totals.open != 0) fmt::print("open: {} commands not examined (--open does)\n", totals.open);
  fmt::print("crash: {} passed, {} failed\n", totals.passed, totals.failed);
  return totals.failed == 0 && totals.passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace lvm::crash

int main(int argc, char** argv) {
  lvm::crash::Options options = lvm::crash::parse(argc, argv);
  lvm::SystemFiles files;
  auto configuration = files.read(options.configuration);
  if (!configuration) {
    fmt::print(stderr, "{}\n", configuration.error().text());
    return 1;
  }
  options.configuration = *configuration;
  return lvm::crash::run(options);
}
