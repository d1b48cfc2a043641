// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/line_editor.h"

#include <cstdio>
#include <utility>

#ifdef LVM_HAVE_EDIT
#include <histedit.h>

#include "base/shared_library.h"
#endif

namespace lvm::cli {
namespace {

std::optional<std::string> read_plainly(const std::string& prompt) {
  std::fputs(prompt.c_str(), stdout);
  std::fflush(stdout);
  std::string line;
  for (int c = std::fgetc(stdin); c != '\n'; c = std::fgetc(stdin)) {
    if (c == EOF) return line.empty() ? std::nullopt : std::optional(line);
    line += static_cast<char>(c);
  }
  return line;
}

}  // namespace

#ifdef LVM_HAVE_EDIT

namespace {

constexpr int kHistoryLines = 100;

// libedit, loaded when somebody types.
struct Library {
  decltype(&::el_init) init;
  decltype(&::el_end) end;
  decltype(&::el_get) get;
  decltype(&::el_set) set;
  decltype(&::el_gets) read_line;
  decltype(&::el_line) line;
  decltype(&::el_insertstr) insert;
  decltype(&::el_source) source;
  decltype(&::history_init) history_init;
  decltype(&::history_end) history_end;
  decltype(&::history) history;
};

const Library* load() {
  static Library library;
  SharedLibrary file("libedit.so.2");
  file.find(library.init, "el_init");
  file.find(library.end, "el_end");
  file.find(library.get, "el_get");
  file.find(library.set, "el_set");
  file.find(library.read_line, "el_gets");
  file.find(library.line, "el_line");
  file.find(library.insert, "el_insertstr");
  file.find(library.source, "el_source");
  file.find(library.history_init, "history_init");
  file.find(library.history_end, "history_end");
  file.find(library.history, "history");
  return file.check("libedit", "libedit2", "to edit lines") ? &library : nullptr;
}

const Library* library() {
  static const Library* const loaded = load();
  return loaded;
}

// The longest beginning that all words share.
std::string common_start(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    std::size_t length = 0;
    while (length < common.size() && length < word.size() && common[length] == word[length]) ++length;
    common.resize(length);
  }
  return common;
}

}  // namespace

struct LineEditor::State {
  std::string prompt, history_file;
  Complete complete;
  EditLine* edit = nullptr;
  History* history = nullptr;
  HistEvent event{};

  static State& of(EditLine* line) {
    void* data = nullptr;
    library()->get(line, EL_CLIENTDATA, &data);
    return *static_cast<State*>(data);
  }
  static char* show_prompt(EditLine* line) { return of(line).prompt.data(); }

  // Bound to the tabulator: adds what is certain, and lists the rest when nothing is.
  static unsigned char on_tab(EditLine* line, int) {
    const LineInfo* info = library()->line(line);
    const std::string_view before(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
    const std::vector<std::string> words = of(line).complete(before);
    if (words.empty()) return CC_ERROR;
    const auto blank = before.rfind(' ');
    const std::string_view begun = blank == std::string_view::npos ? before : before.substr(blank + 1);
    std::string rest = common_start(words).substr(begun.size());
    if (words.size() == 1) rest += ' ';
    if (!rest.empty()) return library()->insert(line, rest.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    std::fputc('\n', stdout);
    for (const std::string& word : words) std::fprintf(stdout, "%s  ", word.c_str());
    std::fputc('\n', stdout);
    return CC_REDISPLAY;
  }
};

LineEditor::LineEditor(const char* prompt, std::string history_file, Complete complete)
    : state_(std::make_unique<State>()) {
  state_->prompt = prompt;
  state_->history_file = std::move(history_file);
  state_->complete = std::move(complete);
  if (library() == nullptr) return;
  state_->history = library()->history_init();
  state_->edit = library()->init("lvm", stdin, stdout, stderr);
  if (state_->history != nullptr) {
    library()->history(state_->history, &state_->event, H_SETSIZE, kHistoryLines);
    library()->history(state_->history, &state_->event, H_SETUNIQUE, 1);
    if (!state_->history_file.empty())
      library()->history(state_->history, &state_->event, H_LOAD, state_->history_file.c_str());
  }
  if (state_->edit == nullptr) return;
  library()->set(state_->edit, EL_CLIENTDATA, state_.get());
  library()->set(state_->edit, EL_PROMPT, &State::show_prompt);
  library()->set(state_->edit, EL_EDITOR, "emacs");
  library()->set(state_->edit, EL_SIGNAL, 1);
  if (state_->history != nullptr) library()->set(state_->edit, EL_HIST, library()->history, state_->history);
  library()->set(state_->edit, EL_ADDFN, "lvm-complete", "Complete the word", &State::on_tab);
  library()->set(state_->edit, EL_BIND, "^I", "lvm-complete", nullptr);
  library()->source(state_->edit, nullptr);
}

LineEditor::~LineEditor() {
  if (state_->history != nullptr) {
    if (!state_->history_file.empty())
      library()->history(state_->history, &state_->event, H_SAVE, state_->history_file.c_str());
    library()->history_end(state_->history);
  }
  if (state_->edit != nullptr) library()->end(state_->edit);
}

std::optional<std::string> LineEditor::read() {
  if (library() == nullptr) return read_plainly(state_->prompt);
  if (state_->edit == nullptr) return std::nullopt;
  int length = 0;
  const char* text = library()->read_line(state_->edit, &length);
  if (text == nullptr || length <= 0) return std::nullopt;
  std::string line(text, static_cast<std::size_t>(length));
  if (line.ends_with('\n')) line.pop_back();
  if (state_->history != nullptr && line.find_first_not_of(" \t") != std::string::npos)
    library()->history(state_->history, &state_->event, H_ENTER, line.c_str());
  return line;
}

#else

struct LineEditor::State {
  std::string prompt;
};

LineEditor::LineEditor(const char* prompt, std::string, Complete) : state_(std::make_unique<State>()) {
  state_->prompt = prompt;
}
LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read() { return read_plainly(state_->prompt); }

#endif

}  // namespace lvm::cli
