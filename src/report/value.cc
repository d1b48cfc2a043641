// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/value.h"

#include <algorithm>

namespace lvm::report {

void Value::set_percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return;
  if (part >= whole) {
    set_number(kPercentWhole);
    return;
  }
  set_number(static_cast<std::uint64_t>(static_cast<unsigned __int128>(part) * kPercentWhole / whole));
}

void Value::sort_items() {
  const auto text_of = [this](const Item& item) {
    return std::string_view(item.data != nullptr ? item.data : buffer_.data() + item.offset, item.length);
  };
  std::sort(items_.begin(), items_.end(), [&](const Item& a, const Item& b) { return text_of(a) < text_of(b); });
}

}  // namespace lvm::report
