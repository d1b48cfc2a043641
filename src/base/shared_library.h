// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lvm {

// A library that is loaded when it is needed, and never unloaded: commands that have no use for it do not carry it and
// what it needs itself.
class SharedLibrary {
 public:
  explicit SharedLibrary(const char* name);

  // Leaves the function null when it is not there.
  template <class Function>
  void find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(look_up(name));
  }

  // Whether it could be loaded, with all that was looked for. Code::unsupported: "libnbd (package libnbd0) is needed
  // for NBD URIs: ..."
  Result<> check(std::string_view library, std::string_view package, std::string_view purpose) const;

 private:
  void* look_up(const char* name);

  void* handle_;
  std::string problem_;            // why it could not be loaded: dlerror(3)
  const char* missing_ = nullptr;  // a function that was looked for in vain
};

}  // namespace lvm
