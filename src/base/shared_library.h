// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <dlfcn.h>

namespace lvm {

// A library that is loaded when it is needed, and never unloaded: commands that have no use for it do not carry it and
// what it needs itself.
class SharedLibrary {
 public:
  explicit SharedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}
  // Why it could not be loaded: dlerror(3).
  explicit operator bool() const { return handle_ != nullptr; }

  template <class Function>
  void find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(handle_, name));
    if (function == nullptr) missing_ = name;
  }
  // A function that was looked for in vain, or null.
  const char* missing() const { return missing_; }

 private:
  void* handle_;
  const char* missing_ = nullptr;
};

}  // namespace lvm
