// SPDX-License-Identifier: LGPL-2.1-or-later
// idm-simulate: many histories, or one again by its seed.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include "simulation/history.h"

namespace {

using namespace lvm;

constexpr std::string_view kUsage =
    "Usage: idm-simulate [--histories N] [--seed N] [--stride N] [--jobs N] [--trace] [--commands] [--canary "
    "leases|adoption]\n"
    "Runs histories of the IDM lock manager and lvmlockd on virtual time, with the seeds from --seed on (1 when not\n"
    "given).\n"
    "  --histories N  how many; 1 when --seed is given, else 1000\n"
    "  --stride N     every so many-th seed: 16 with --seed 8 for histories of the whole stack that have habits\n"
    "  --jobs N       processes side by side\n"
    "  --trace        tell what happens\n"
    "  --commands     and what is sent to the drives, and their answers\n"
    "  --canary leases    with a lock manager that counts leases from the answer: must find a violation\n"
    "  --canary adoption  with an lvmlockd that begins anew without what its former one had: the same\n";

struct Arguments {
  std::uint64_t histories = 0, seed = 0, stride = 1, jobs = 1;
  bool trace = false, commands = false, leases = false, adoption = false;
  bool canary() const { return leases || adoption; }
};

std::optional<Arguments> parse(int count, char** words) {
  Arguments out;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    std::uint64_t* number = word == "--histories" ? &out.histories
                            : word == "--seed"    ? &out.seed
                            : word == "--stride"  ? &out.stride
                            : word == "--jobs"    ? &out.jobs
                                                  : nullptr;
    if (number != nullptr) {
      if (++i == count) return std::nullopt;
      const std::string_view text = words[i];
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
      if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    } else if (word == "--trace") {
      out.trace = true;
    } else if (word == "--commands") {
      out.trace = out.commands = true;
    } else if (word == "--canary" && ++i < count) {
      out.leases = std::string_view(words[i]) == "leases";
      out.adoption = std::string_view(words[i]) == "adoption";
      if (!out.canary()) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (out.histories == 0) out.histories = out.seed == 0 ? 1000 : 1;
  if (out.seed == 0) out.seed = 1;
  if (out.jobs == 0 || out.jobs > 64) return std::nullopt;
  return out;
}

// The number of histories that failed.
std::uint64_t run(const Arguments& arguments, std::uint64_t job, std::FILE* summary) {
  simulation::Statistics sum;
  std::uint64_t failed = 0, done = 0;
  auto said = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < arguments.histories; ++i) {
    // Seeds of the whole stack are longer: rounds of all kinds go round.
    if (i / simulation::kWholeStack % arguments.jobs != job) continue;
    simulation::Options options{.seed = arguments.seed + i * arguments.stride, .commands = arguments.commands};
    if (arguments.trace) options.trace = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
    options.rules.count_from_answer = arguments.leases;
    options.lockd_forgets = arguments.adoption;
    const simulation::History result = simulation::run_history(options);
    sum.add(result.statistics);
    ++done;
    if (!result.violation.empty()) {
      ++failed;
      fmt::print("seed {}: {}\n", options.seed, result.violation);
      if (failed >= 10 || arguments.canary()) break;
    }
    if (job == 0 && std::chrono::steady_clock::now() - said > std::chrono::seconds(10)) {
      said = std::chrono::steady_clock::now();
      fmt::print(stderr, "    {} of {} histories\n", std::min(done * arguments.jobs, arguments.histories),
                 arguments.histories);
    }
  }
  fmt::print(
      summary,
      "{} histories: {} grants ({} taken over), {} contended, {} errors, {} lost, {} conversions, {} placements, "
      "{} moves, {} tables forgotten, {} half brains, {} values, {} fences, {} resets, {} daemon kills ({} adoptions), "
      "{} lvmlockd kills, {} pauses, {} drive commands\n",
      done, sum.grants, sum.takeovers, sum.contended, sum.errors, sum.losses, sum.conversions, sum.placements,
      sum.moves, sum.forgotten, sum.half_brains, sum.values, sum.fences, sum.resets, sum.kills, sum.adoptions,
      sum.lockd_kills, sum.pauses, sum.commands);
  return failed;
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse(count, words);
  if (!arguments) {
    fmt::print(stderr, "{}", kUsage);
    return 3;
  }
  std::vector<pid_t> children;
  for (std::uint64_t job = 1; job < arguments->jobs; ++job) {
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      const bool failed = run(*arguments, job, stdout) != 0;
      std::fflush(stdout);
      _exit(failed);
    }
    children.push_back(child);
  }
  bool failed = run(*arguments, 0, stdout) != 0;
  for (pid_t child : children) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) failed = true;
  }
  return failed ? 1 : 0;
}
