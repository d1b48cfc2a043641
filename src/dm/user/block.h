// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "base/units.h"

namespace lvm::dm::user {

// A range gets new content: data, zeros, or content that nobody needs any more (reads of it afterwards may
// return anything that was ever there, or zeros).
struct Change {
  enum class Kind : std::uint8_t { data, zeros, discard };
  Kind kind = Kind::data;
  Bytes offset, length;
  const std::byte* data = nullptr;  // `length` bytes when kind is data
  bool durable = false;             // on stable storage before it returns (FUA)

  // `count` bytes of it from `skip` on, moved to `target`.
  Change part(Bytes skip, Bytes count, Bytes target) const {
    return {kind, target, count, data == nullptr ? nullptr : data + skip.n, durable};
  }
};

class Batch;

// Something that holds bytes: a file, a device of the engine, a volume opened over the socket. Calls may
// come from many threads at once and return when they are done. Offsets and lengths are bytes of any
// alignment; a range beyond the end is an error, never a short transfer. Overlapping changes at the same
// time end in one order or the other, sector by sector.
class Block {
 public:
  virtual ~Block() = default;
  // A device changes its size when a table is swapped in.
  virtual Bytes size() const = 0;
  virtual bool read_only() const = 0;
  // For messages; without one it is called by its number.
  virtual std::string name() const { return {}; }
  virtual Result<> read(Bytes offset, std::span<std::byte> out) = 0;
  virtual Result<> change(const Change& change) = 0;
  // Returns once every change that has returned is on stable storage.
  virtual Result<> flush() = 0;
  // Reads now, or along with others when the batch is waited for. `result` takes the first error.
  virtual void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch);

  Result<> write(Bytes offset, std::span<const std::byte> data, bool durable = false) {
    return change({Change::Kind::data, offset, Bytes(data.size()), data.data(), durable});
  }
  Result<> zero(Bytes offset, Bytes length, bool durable = false) {
    return change({Change::Kind::zeros, offset, length, nullptr, durable});
  }
  Result<> discard(Bytes offset, Bytes length) {
    return change({Change::Kind::discard, offset, length, nullptr, false});
  }
};

}  // namespace lvm::dm::user
