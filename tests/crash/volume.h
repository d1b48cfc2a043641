// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "crash/simulation.h"

namespace lvm::crash {

// A device-mapper device: each access goes through the live table to the disks, or to where it cannot be
// followed (targets with a mind of their own), which takes everything and holds nothing.
class Volume final : public device::Handle {
 public:
  Volume(Simulation& machine, dm::Info info) : machine_(machine), info_(std::move(info)) {}
  Bytes size() const override;
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> write(Bytes offset, std::span<const std::byte> data) override;
  Result<> zero(Bytes offset, Bytes length) override;
  Result<> discard(Bytes offset, Bytes length) override;
  Result<> flush() override;

  // By the kernel itself: through no gate, and durable when it returns.
  Result<> write_by_kernel(Bytes offset, std::span<const std::byte> data);

 private:
  using Piece = std::function<Result<>(device::Handle&, Bytes, Bytes, std::size_t)>;

  Result<> change(std::string_view verb, Bytes offset, Bytes length, const Piece& piece);
  Result<> on_pieces(const dm::Info& device, Bytes offset, Bytes length, const Piece& piece, std::size_t from = 0);
  Result<> on_target(const dm::Target& target, Bytes offset, Bytes length, const Piece& piece, std::size_t from);
  Result<> on_leg(const dm::LinearTarget& leg, Bytes offset, Bytes length, const Piece& piece, std::size_t from);

  Simulation& machine_;
  dm::Info info_;
};

}  // namespace lvm::crash
