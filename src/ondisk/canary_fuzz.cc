// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <cstring>
#include <vector>

#include "ondisk/label.h"

// A reader with a defect, which `./dev fuzz` has to find: behind a sound label it believes a count that was not
// checked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::ondisk;
  std::span<const std::byte> image(reinterpret_cast<const std::byte*>(data), size);
  LabelScan scan = find_label(image.first(std::min(image.size(), kLabelScanSize)));
  if (!scan.label || size < kLabelScanSize) return 0;
  std::vector<std::byte> copy(image.begin(), image.end());
  std::uint8_t count = data[kLabelScanSize - 1];
  int sum = 0;
  for (std::size_t i = 0; i < std::size_t{count} * 16; ++i)
    sum += std::to_integer<int>(copy[kLabelScanSize - 2048 + i]);
  return sum < 0 ? -1 : 0;
}
