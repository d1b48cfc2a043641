// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace lvm {

// Where code below the command line says what it is doing (-v to -vvvv, log/file). Never results.
class Trace {
 public:
  virtual ~Trace() = default;
  // 1 = -v ... 4 = -vvvv. Ask before building an expensive text.
  virtual bool wants(int level) const = 0;
  virtual void note(int level, std::string_view text) = 0;
  // Something the user must hear now, though the operation goes on.
  virtual void warn(std::string_view text) = 0;
};

// Drops everything.
class NoTrace final : public Trace {
 public:
  bool wants(int) const override { return false; }
  void note(int, std::string_view) override {}
  void warn(std::string_view) override {}
};

}  // namespace lvm
