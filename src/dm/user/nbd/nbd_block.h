// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "dm/user/image_block.h"
#include "dm/user/nbd/connection.h"

namespace lvm::dm::user {

// A part of what an NBD server exports: a qcow2 image behind qemu-nbd, say. Nothing outside of the part is ever
// written. Who else may connect is the server's affair: nothing is locked. As many connections as there are callers,
// up to a few, where the server lets them see each other's writes, else one.
class NbdBlock final : public ImageBlock {
 public:
  static Result<std::shared_ptr<NbdBlock>> open(const Backing& backing, NbdConnection::Limits limits);

  Bytes size() const override { return Bytes(length_.load()); }
  bool read_only() const override { return backing_.read_only || export_.read_only; }
  // Of the server, whatever the backing says.
  bool export_read_only() const { return export_.read_only; }
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> change(const Change& change) override;
  Result<> flush() override;
  Result<> resize(Bytes length) override;
  bool is(const Backing& backing) const override;

 private:
  class Lease;
  NbdBlock(const Backing& backing, NbdConnection::Limits limits, const NbdConnection::Export& properties)
      : backing_(backing), limits_(limits), export_(properties), length_(backing.length.n) {}
  Result<> check(Bytes offset, Bytes length) const;
  bool aligned(Bytes offset, Bytes length) const;
  Result<std::unique_ptr<NbdConnection>> take();
  void give_back(std::unique_ptr<NbdConnection> connection);
  // The rest count from the start of the export.
  Result<> read_blocks(NbdConnection& connection, Bytes offset, std::span<std::byte> out) const;
  Result<> write_blocks(NbdConnection& connection, Bytes offset, std::span<const std::byte> data, bool durable) const;
  Result<> write_part(NbdConnection& connection, const Change& change);
  Result<> clear(NbdConnection& connection, const Change& change);

  const Backing backing_;
  const NbdConnection::Limits limits_;
  const NbdConnection::Export export_;
  std::atomic<std::uint64_t> length_;
  // Parts of blocks are written by reading and writing whole ones: alone.
  std::shared_mutex blocks_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<NbdConnection>> idle_;
  unsigned made_ = 0;
};

}  // namespace lvm::dm::user
