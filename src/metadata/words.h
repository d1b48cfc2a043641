// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/vg.h"
#include "syntax/document.h"
#include "syntax/printer.h"

// Words of the text: status and flags arrays, "+FLAG" suffixes, allocation policies.
namespace lvm::metadata {

// Each reads one array into `flags`. A word that is not known makes a status array unreadable; in a
// compatible array it is kept in `unknown`.
enum class WordList { status, compatible };
Result<> read_flags(const syntax::Node& node, WordList list, model::VgFlags& flags, std::vector<std::string>& unknown);
Result<> read_flags(const syntax::Node& node, WordList list, model::PvFlags& flags, std::vector<std::string>& unknown);
Result<> read_flags(const syntax::Node& node, WordList list, model::LvFlags& flags, std::vector<std::string>& unknown);

// Both arrays of an object. `locked`: WRITE is spelled WRITE_LOCKED, in the compatible array.
void write_flags(syntax::Printer& out, model::VgFlags flags, bool locked, const std::vector<std::string>& unknown);
void write_flags(syntax::Printer& out, model::PvFlags flags, const std::vector<std::string>& unknown);
void write_flags(syntax::Printer& out, model::LvFlags flags, bool locked, const std::vector<std::string>& unknown);

// "+RESHAPE+..." of an LV's segment types; mostly empty.
std::string type_suffix(model::LvFlags flags);
// Sets the flags of a suffix "+A+B"; false when a word is not known.
bool read_type_suffix(std::string_view suffix, model::LvFlags& flags);

std::string_view to_word(model::Allocation allocation);
std::optional<model::Allocation> allocation_of(std::string_view word);

}  // namespace lvm::metadata
