// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/size_units.h"
#include "cli/option_table.h"
#include "cli/values.h"

// Values of every type: what is accepted has whole sectors, and its sign is one that was allowed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::cli;
  if (size < 2) return 0;
  const OptionRow& option = option_table::kRows[data[0] % kOptionCount];
  const auto signs = static_cast<Signs>(data[1] % 4);
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto value = parse_value(option, signs, text);
  if (value) {
    if (const auto* amount = std::get_if<Amount>(&*value)) {
      if (amount->bytes.n % lvm::kSectorSize != 0) __builtin_trap();
      if (amount->sign != Sign::none && signs == Signs::none) __builtin_trap();
      if (amount->sign == Sign::minus && signs == Signs::plus) __builtin_trap();
    }
  }
  (void)lvm::SizeUnits::parse(text);
  (void)parse_pv_operand(text);
  return 0;
}
