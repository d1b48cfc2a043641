// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <utility>

namespace lvm {

// A value that is its default in most objects: then it takes a pointer's room, and reading it gives the default. Copies
// are deep. For members of which there are ten thousands.
template <class T>
class Rare {
 public:
  Rare() = default;
  Rare(T value) : held_(value == T() ? nullptr : std::make_unique<T>(std::move(value))) {}
  Rare(const Rare& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) {
    if (this != &other) held_ = other.held_ ? std::make_unique<T>(*other.held_) : nullptr;
    return *this;
  }
  Rare& operator=(Rare&&) noexcept = default;

  const T& get() const {
    static const T nothing{};
    return held_ ? *held_ : nothing;
  }
  operator const T&() const { return get(); }
  const T& operator*() const { return get(); }
  const T* operator->() const { return &get(); }
  // Whether it is something else.
  explicit operator bool() const { return held_ != nullptr; }
  bool empty() const { return get().empty(); }
  // To change a part of it.
  T& edit() {
    if (!held_) held_ = std::make_unique<T>();
    return *held_;
  }

  friend bool operator==(const Rare& a, const Rare& b) { return (!a.held_ && !b.held_) || a.get() == b.get(); }
  friend bool operator==(const Rare& a, const T& b) { return a.get() == b; }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace lvm
