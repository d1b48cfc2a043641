// SPDX-License-Identifier: LGPL-2.1-or-later
// Any text that parses may be the settings: every look-up answers.
#include <cstddef>
#include <cstdint>

#include "config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::config;
  auto document = lvm::syntax::Document::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!document) return 0;
  Config config;
  config.add(Config::Layer::command_line, std::move(*document));
  for (std::size_t i = 0; i < kSettingCount; ++i) {
    Key key(i);
    switch (key.type()) {
      case Type::section: break;
      case Type::boolean: (void)config.flag(key); break;
      case Type::integer: (void)config.integer(key); break;
      case Type::real: (void)config.real(key); break;
      case Type::string: (void)config.string(key); break;
      case Type::array: (void)config.strings(key); break;
    }
  }
  return config.warnings().size() > size ? 1 : 0;
}
