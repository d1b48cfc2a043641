// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

// How many of n votes it takes. A member without a device counts in n.
namespace lvm::idm {

// To get a lock, or a stronger mode.
constexpr std::size_t majority(std::size_t n) { return n / 2 + 1; }

// To keep it: as long as this many leases run, nobody else finds a majority. Half is enough when n is even.
constexpr std::size_t keeping(std::size_t n) { return n - majority(n) + 1; }

// This many failures make a majority impossible.
constexpr std::size_t too_many_failures(std::size_t n) { return n - n / 2; }

static_assert(majority(1) == 1 && majority(2) == 2 && majority(3) == 2 && majority(4) == 3 && majority(5) == 3);
static_assert(keeping(1) == 1 && keeping(2) == 1 && keeping(3) == 2 && keeping(4) == 2 && keeping(5) == 3);

}  // namespace lvm::idm
