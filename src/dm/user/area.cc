// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include "dm/text.h"
#include "dm/user/batch.h"
#include "dm/user/live_target.h"

namespace lvm::dm::user {

Result<> Area::check(Bytes offset, Bytes length) const {
  const auto end = this->length();
  if (offset > end || length > end - offset)
    return fail(Code::io, fmt::format("Access to {} bytes at {} leaves the {} bytes that are mapped on {}.", length.n,
                                      offset.n, end.n, to_text(number_)));
  return {};
}

Result<> Area::read(Bytes offset, std::span<std::byte> out) const {
  TRY(check(offset, Bytes(out.size())));
  return block_->read(start_ + offset, out);
}

Result<> Area::change(const Change& change) const {
  TRY(check(change.offset, change.length));
  return block_->change(change.part(Bytes(), change.length, start_ + change.offset));
}

void Area::start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) const {
  if (auto inside = check(offset, Bytes(out.size())); !inside) return keep_error(result, std::move(inside));
  block_->start_read(start_ + offset, out, result, batch);
}

// What waits itself must not keep others of the batch behind gates that somebody may want to close.
void LiveTarget::start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) {
  batch.wait();
  keep_error(result, read(offset, out));
}

Result<> Area::check_size() const {
  if (all_) return {};
  auto size = block_->size();
  if (start_ > size || length_ > size - start_) {
    const auto name = block_->name();
    return fail(Code::io, fmt::format("{} sectors from sector {} on are to be mapped, but {} has only {} sectors",
                                      to_sectors_ceil(length_).n, to_sectors_floor(start_).n,
                                      name.empty() ? to_text(number_) : name, to_sectors_floor(size).n));
  }
  return {};
}

}  // namespace lvm::dm::user
