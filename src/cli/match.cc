// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/match.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/help.h"
#include "cli/rows/check.h"

namespace lvm::cli {
namespace {

// Whether `text` is one of the words in "raid1|mirror"; "raid" stands for every level.
bool literal_fits(Literal literal, std::string_view text) {
  if (literal.empty()) return true;
  std::string_view words = literal.text();
  while (true) {
    const auto bar = words.find('|');
    const std::string_view word = words.substr(0, bar);
    if (word == text || (word == "raid" && text.starts_with("raid"))) return true;
    if (bar == std::string_view::npos) return false;
    words.remove_prefix(bar + 1);
  }
}

// How one form stands against the command line.
struct Fit {
  const Form* form = nullptr;
  std::size_t matched = 0;              // required options that are there
  std::size_t missing = 0;              // required options and operands that are not
  std::vector<std::string> complaints;  // what the form does not take

  bool satisfied() const { return missing == 0; }
  bool clean() const { return satisfied() && complaints.empty(); }
};

class Matcher {
 public:
  Matcher(const CommandRow& command, std::span<const Given> given, std::span<const std::string> operands,
          bool default_vg)
      : command_(command), given_(given), operands_(operands), default_vg_(default_vg) {}

  Fit fit(const Form& form) const {
    Fit result;
    result.form = &form;
    for (const Use& use : form.required) (present(form, use) ? result.matched : result.missing) += 1;
    if (!form.any_of.empty()) {
      const bool any = std::ranges::any_of(form.any_of, [&](const Use& use) { return present(form, use); });
      (any ? result.matched : result.missing) += 1;
    }
    check_operands(form, result);
    for (const Given& option : given_) check_option(form, option, result);
    return result;
  }

 private:
  const Given* find(Opt opt) const {
    const auto it = std::ranges::find(given_, opt, &Given::opt);
    return it == given_.end() ? nullptr : &*it;
  }

  bool present(const Form& form, const Use& use) const {
    if (const Given* option = find(use.opt)) return literal_fits(use.literal, option->text);
    // A size in extents serves where a size is required, if the form takes both.
    if (use.opt != Opt::size || find(Opt::extents) == nullptr) return false;
    bool takes_extents = false;
    for_each_use(command_, form, [&](const Use& other) { takes_extents = takes_extents || other.opt == Opt::extents; });
    return takes_extents;
  }

  // A name "VG/LV" among the options makes a VG operand superfluous.
  bool names_vg() const {
    if (!command_.vg_from_names) return false;
    if (default_vg_) return true;
    for (const Opt opt : {Opt::name, Opt::thinpool, Opt::cachepool, Opt::vdopool})
      if (const Given* option = find(opt); option != nullptr && option->text.find('/') != std::string::npos)
        return true;
    return false;
  }

  void check_operands(const Form& form, Fit& result) const {
    std::size_t required = form.operands.size();
    const bool unlimited = form.more.many || (required != 0 && form.operands[required - 1].many);
    if (operands_.size() < required) {
      std::size_t missing = required - operands_.size();
      const Position& last = form.operands[required - 1];
      if ((last.words & word_select) != 0 && find(Opt::select) != nullptr)
        --missing;
      else if (required == 1 && (last.words & word_vg) != 0 && (last.words & word_lv) == 0 && names_vg())
        --missing;
      result.missing += missing;
    }
    const std::size_t allowed = required + (form.more.words != 0 ? 1 : 0);
    if (unlimited) return;
    for (std::size_t i = allowed; i < operands_.size(); ++i)
      result.complaints.push_back(fmt::format("Command does not accept argument: {}.", operands_[i]));
  }

  void check_option(const Form& form, const Given& option, Fit& result) const {
    const OptionRow& description = row_of(option.opt);
    bool taken = false;
    Signs signs = Signs::none;
    for_each_use(command_, form, [&](const Use& use) {
      if (use.opt != option.opt || !literal_fits(use.literal, option.text)) return;
      taken = true;
      signs = use.signs;
    });
    for (const Use& use : kGlobalOptions) taken = taken || use.opt == option.opt;
    if (!taken) {
      result.complaints.push_back(fmt::format("Command does not accept option: --{}{}{}.", description.name,
                                              option.text.empty() ? "" : " ", option.text));
      return;
    }
    const Amount* amount = std::get_if<Amount>(&option.typed);
    if (amount == nullptr) return;
    const bool minus = amount->sign == Sign::minus && (signs == Signs::none || signs == Signs::plus);
    const bool plus = amount->sign == Sign::plus && signs == Signs::minus;
    if (minus || plus)
      result.complaints.push_back(
          fmt::format("--{} may not be {} here: {}", description.name, minus ? "negative" : "positive", option.text));
  }

  const CommandRow& command_;
  std::span<const Given> given_;
  std::span<const std::string> operands_;
  bool default_vg_;
};

// The better of two that are satisfied: without complaints, then the one that requires more.
bool better(const Fit& a, const Fit& b) {
  if (a.clean() != b.clean()) return a.clean();
  return a.matched > b.matched;
}

Refusal no_form(const CommandRow& command, std::span<const Fit> fits) {
  Refusal refusal;
  refusal.lines.push_back(
      fmt::format("No command with matching syntax recognised.  Run '{} --help' for more information.", command.name));
  const Fit* nearest = nullptr;
  if (fits.size() == 1) {
    nearest = &fits.front();
  } else {
    for (const Fit& fit : fits) {
      if (fit.matched == 0 || fit.form->hidden) continue;
      if (nearest == nullptr || fit.matched > nearest->matched ||
          (fit.matched == nearest->matched && fit.missing < nearest->missing))
        nearest = &fit;
    }
  }
  if (nearest == nullptr) return refusal;
  refusal.lines.emplace_back(fits.size() == 1 ? "Correct command syntax is:" : "Nearest similar command has syntax:");
  refusal.syntax.push_back(usage_line(command, *nearest->form));
  if (nearest->form->about[0] != '\0') refusal.syntax.emplace_back(nearest->form->about);
  return refusal;
}

}  // namespace

std::variant<const Form*, Refusal> match_form(const CommandRow& command, std::span<const Given> given,
                                              std::span<const std::string> operands, bool default_vg) {
  const Matcher matcher(command, given, operands, default_vg);
  std::vector<Fit> fits;
  for (const Form& form : command.forms) fits.push_back(matcher.fit(form));
  const Fit* best = nullptr;
  for (const Fit& fit : fits)
    if (fit.satisfied() && (best == nullptr || better(fit, *best))) best = &fit;
  if (best == nullptr) return no_form(command, fits);
  if (best->clean()) return best->form;
  return Refusal{.lines = best->complaints, .syntax = {}, .status = ExitStatus::usage};
}

}  // namespace lvm::cli
