// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "dm/user/io_gate.h"
#include "dm/user/ring.h"

namespace lvm::dm::user {

// Reads that are under way together: of the stripes that a long one spans. Those of image files are given to the
// kernel at once where it has io_uring, and done one after the other in wait() where it has not. Writes end in the page
// cache, where there is nothing to wait for; flushes are slower this way.
class Batch {
 public:
  struct Operation {
    RingRead read;
    Rings* rings;
    // Reads what is left when so many bytes, or a negative errno, have come of it: all of it with 0.
    std::function<Result<>(int answer)> finish;
    Result<>* result;  // takes the first error
  };

  Batch() = default;
  ~Batch() { wait(); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void add(Operation operation) { operations_.push_back(std::move(operation)); }
  // The gate that was entered for them is left when all are done.
  void leave_later(IoGate& gate) { gates_.push_back(&gate); }
  // Returns when all are done. More may be added afterwards.
  void wait();

 private:
  std::vector<Operation> operations_;
  std::vector<IoGate*> gates_;
};

// The first error stays.
inline void keep_error(Result<>& result, Result<> done) {
  if (result && !done) result = std::move(done);
}

}  // namespace lvm::dm::user
