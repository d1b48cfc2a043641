// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace lvm {

SharedLibrary::SharedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) problem_ = ::dlerror();
}

void* SharedLibrary::look_up(const char* name) {
  if (handle_ == nullptr) return nullptr;
  void* const found = ::dlsym(handle_, name);
  if (found == nullptr) missing_ = name;
  return found;
}

Result<> SharedLibrary::check(std::string_view library, std::string_view package, std::string_view purpose) const {
  if (handle_ == nullptr)
    return fail(Code::unsupported,
                fmt::format("{} (package {}) is needed {}: {}.", library, package, purpose, problem_));
  if (missing_ != nullptr)
    return fail(Code::unsupported, fmt::format("{} has no {}: it is too old.", library, missing_));
  return {};
}

}  // namespace lvm
