// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "cli/arguments.h"
#include "cli/options.h"

// From the text of an option's value to its type.
namespace lvm::cli {

// What is wrong with a value, as a sentence of its own; empty when "Invalid argument" says it all.
struct BadValue {
  std::string why;
};

// `signs`: those that some form of the command allows.
std::expected<Typed, BadValue> parse_value(const OptionRow& option, Signs signs, std::string_view text);

// Bytes of one unit: 'k' and 'K' are 1024, as sizes are read. 0 for a letter that is no unit.
std::uint64_t input_unit(char letter);

// The segment types that --type knows, in the order `lvm segtypes` lists them.
std::span<const std::string_view> segment_type_names();

}  // namespace lvm::cli
