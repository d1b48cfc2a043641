// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "device/fake/memory_io.h"

namespace lvm::scan {

// Puts the devices of tests/images/NAME, as /dev/NAME, into a machine in RAM. With `only`, those alone.
// A device that is there already gets the bytes.
inline void load_images(device::MemoryIo& io, const std::string& folder, const std::string& file,
                        const std::string& only = {}) {
  std::ifstream in(folder + "/" + file);
  std::string line, path;
  bool wanted = false;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string first, second;
    words >> first >> second;
    if (first == "device") {
      std::uint64_t size = 0;
      words >> size;
      wanted = only.empty() || only == second;
      path = "/dev/" + second;
      bool there = false;
      auto devices = io.enumerate();
      for (const device::Device& device : *devices) there = there || device.path == path;
      if (wanted && !there) io.add(path, Bytes(size));
      if (wanted && there) {
        std::vector<std::byte> zeros(1u << 20);
        io.poke(path, Bytes(0), zeros);
      }
      continue;
    }
    if (!wanted) continue;
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < second.size(); i += 2)
      bytes.push_back(static_cast<std::byte>(std::stoi(second.substr(i, 2), nullptr, 16)));
    io.poke(path, Bytes(std::strtoull(first.c_str(), nullptr, 10)), bytes);
  }
}

}  // namespace lvm::scan
