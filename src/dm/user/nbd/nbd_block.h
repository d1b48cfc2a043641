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
// written. Who else may connect is the server's affair: nothing is locked.
//
// The connections are a set that is made at one time: several where the server lets them see each other's writes, else
// one. When one breaks the server may have been started anew, and what it had not flushed may be gone. So all are given
// up, and requests that were under way are made once more with a new set, but only if everything that was acknowledged
// has been flushed. Otherwise all that follows fails, until the block is opened anew: data that was written would read
// as if it had not been.
class NbdBlock final : public ImageBlock {
 public:
  static Result<std::shared_ptr<NbdBlock>> open(const Backing& backing, NbdConnection::Limits limits,
                                                unsigned most_connections = 1);
  // All of the export, to be read.
  static Result<std::shared_ptr<NbdBlock>> open_whole(const std::string& uri, NbdConnection::Limits limits);

  Bytes size() const override { return Bytes(length_.load()); }
  bool read_only() const override { return backing_.read_only || export_.read_only; }
  std::string name() const override { return backing_.path; }
  // Of the server, whatever the backing says.
  bool export_read_only() const { return export_.read_only; }
  Result<> read(Bytes offset, std::span<std::byte> out) override;
  Result<> change(const Change& change) override;
  Result<> flush() override;
  Result<> resize(Bytes length) override;
  bool is(const Backing& backing) const override;

 private:
  using Connections = std::vector<std::unique_ptr<NbdConnection>>;
  class Lease;
  NbdBlock(const Backing& backing, NbdConnection::Limits limits, const NbdConnection::Export& properties,
           unsigned most_connections)
      : backing_(backing),
        limits_(limits),
        export_(properties),
        most_connections_(properties.shared ? most_connections : 1),
        length_(backing.length.n) {}
  Result<> check(Bytes offset, Bytes length) const;
  bool aligned(Bytes offset, Bytes length) const;
  // A set of connections, of which `first` is to be one.
  Connections complete(std::unique_ptr<NbdConnection> first) const;
  // Another set, of an image that is at least as long and takes what this one took.
  Result<Connections> connect(Bytes length) const;
  Result<> lost() const;
  Result<Lease> take();
  void give_back(std::unique_ptr<NbdConnection> connection, std::uint64_t set);
  // With a connection; once more with another when it broke. `volatile_change`: what it wrote waits for a flush.
  template <class Work>
  Result<> with_connection(bool volatile_change, Work work);
  Result<> acknowledge(std::uint64_t set, bool volatile_change);
  // The rest count from the start of the export.
  Result<> read_blocks(NbdConnection& connection, Bytes offset, std::span<std::byte> out) const;
  Result<> write_blocks(NbdConnection& connection, Bytes offset, std::span<const std::byte> data, bool durable) const;
  Result<> write_part(NbdConnection& connection, const Change& change);
  Result<> clear(NbdConnection& connection, const Change& change);

  const Backing backing_;
  const NbdConnection::Limits limits_;
  const NbdConnection::Export export_;
  const unsigned most_connections_;
  std::atomic<std::uint64_t> length_;
  // Parts of blocks are written by reading and writing whole ones: alone.
  std::shared_mutex blocks_;
  std::mutex mutex_;
  std::condition_variable returned_;
  Connections idle_;
  std::size_t made_ = 0;                     // of the set
  std::uint64_t set_ = 0;                    // which one it is
  bool changing_ = false;                    // the set: nobody takes a connection meanwhile
  std::uint64_t written_ = 0, flushed_ = 0;  // changes that were acknowledged; how many of them are safe
  bool lost_ = false;
};

}  // namespace lvm::dm::user
