// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/nbd/nbd_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::dm::user {
namespace {

constexpr unsigned kMostConnections = 8;
constexpr std::uint64_t kMostData = std::uint64_t{1} << 20;    // of a request: every server takes 32 MiB
constexpr std::uint64_t kMostLength = std::uint64_t{1} << 30;  // of a request without data: it has 32 bits

}  // namespace

// A connection for one caller.
class NbdBlock::Lease {
 public:
  Lease(NbdBlock& block, std::unique_ptr<NbdConnection> connection)
      : block_(block), connection_(std::move(connection)) {}
  ~Lease() { block_.give_back(std::move(connection_)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  NbdConnection& operator*() { return *connection_; }

 private:
  NbdBlock& block_;
  std::unique_ptr<NbdConnection> connection_;
};

Result<std::shared_ptr<NbdBlock>> NbdBlock::open(const Backing& backing, NbdConnection::Limits limits) {
  auto connection = TRY(NbdConnection::open(backing.path, limits));
  const auto& properties = connection->properties();
  if (backing.start > properties.size || backing.length > properties.size - backing.start)
    return fail(Code::corrupt, fmt::format("{} is {} bytes long, but {} bytes from {} on are to be used: it was cut "
                                           "short, or it is another image.",
                                           backing.path, properties.size.n, backing.length.n, backing.start.n));
  if (properties.read_only && !backing.read_only)
    return fail(Code::permission, fmt::format("{}: the NBD server exports the image for reading only.", backing.path));
  std::shared_ptr<NbdBlock> block(new NbdBlock(backing, limits, properties));
  block->made_ = 1;
  block->idle_.push_back(std::move(connection));
  return block;
}

Result<> NbdBlock::check(Bytes offset, Bytes length) const {
  if (offset > size() || length > size() - offset)
    return fail(Code::io, fmt::format("{}: access to {} bytes at {} is beyond the end ({} bytes).", backing_.path,
                                      length.n, offset.n, size().n));
  return {};
}

bool NbdBlock::aligned(Bytes offset, Bytes length) const {
  return (backing_.start + offset).n % export_.block == 0 && length.n % export_.block == 0;
}

// --- connections ---

Result<std::unique_ptr<NbdConnection>> NbdBlock::take() {
  std::unique_lock lock(mutex_);
  const unsigned most = export_.shared ? kMostConnections : 1;
  returned_.wait(lock, [&] { return !idle_.empty() || made_ < most; });
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  const bool only = made_ == 0;
  ++made_;
  lock.unlock();
  auto connection = NbdConnection::open(backing_.path, limits_);
  if (connection) return connection;
  lock.lock();
  --made_;
  if (only) {
    returned_.notify_one();
    return connection;
  }
  // The server takes no more: those that there are have to do.
  returned_.wait(lock, [&] { return !idle_.empty() || made_ == 0; });
  if (idle_.empty()) return connection;
  auto other = std::move(idle_.back());
  idle_.pop_back();
  return other;
}

void NbdBlock::give_back(std::unique_ptr<NbdConnection> connection) {
  {
    std::lock_guard lock(mutex_);
    // One from before the image grew refuses what is behind the old end.
    if (connection->broken() || connection->properties().size < backing_.start + size())
      --made_;
    else
      idle_.push_back(std::move(connection));
  }
  returned_.notify_all();
}

// --- data ---

Result<> NbdBlock::read_blocks(NbdConnection& connection, Bytes offset, std::span<std::byte> out) const {
  for (std::size_t done = 0; done < out.size(); done += kMostData)
    TRY(connection.read(offset + Bytes(done), out.subspan(done, std::min(out.size() - done, kMostData))));
  return {};
}

Result<> NbdBlock::write_blocks(NbdConnection& connection, Bytes offset, std::span<const std::byte> data,
                                bool durable) const {
  const bool fua = durable && export_.fua;
  for (std::size_t done = 0; done < data.size(); done += kMostData)
    TRY(connection.write(offset + Bytes(done), data.subspan(done, std::min(data.size() - done, kMostData)), fua));
  return durable && !fua && export_.flush ? connection.flush() : Result<>{};
}

Result<> NbdBlock::read(Bytes offset, std::span<std::byte> out) {
  TRY(check(offset, Bytes(out.size())));
  if (out.empty()) return {};
  auto connection = TRY(take());
  Lease lease(*this, std::move(connection));
  const Bytes at = backing_.start + offset;
  if (aligned(offset, Bytes(out.size()))) return read_blocks(*lease, at, out);
  const Bytes first(round_down(at.n, export_.block)), end(round_up(at.n + out.size(), export_.block));
  std::vector<std::byte> blocks((end - first).n);
  TRY(read_blocks(*lease, first, blocks));
  std::memcpy(out.data(), blocks.data() + (at - first).n, out.size());
  return {};
}

Result<> NbdBlock::change(const Change& change) {
  TRY(check(change.offset, change.length));
  if (read_only()) return fail(Code::permission, fmt::format("{} is read-only.", backing_.path));
  if (!change.length) return {};
  if (!aligned(change.offset, change.length)) {
    if (change.kind == Change::Kind::discard) return {};  // advice
    std::unique_lock alone(blocks_);
    auto connection = TRY(take());
    Lease lease(*this, std::move(connection));
    return write_part(*lease, change);
  }
  std::shared_lock shared(blocks_);
  auto connection = TRY(take());
  Lease lease(*this, std::move(connection));
  if (change.kind != Change::Kind::data) return clear(*lease, change);
  return write_blocks(*lease, backing_.start + change.offset, std::span(change.data, change.length.n), change.durable);
}

Result<> NbdBlock::write_part(NbdConnection& connection, const Change& change) {
  const Bytes at = backing_.start + change.offset;
  const Bytes first(round_down(at.n, export_.block)), end(round_up((at + change.length).n, export_.block));
  std::vector<std::byte> blocks((end - first).n);
  TRY(read_blocks(connection, first, blocks));
  auto* target = blocks.data() + (at - first).n;
  if (change.kind == Change::Kind::data)
    std::memcpy(target, change.data, change.length.n);
  else
    std::fill_n(target, change.length.n, std::byte{0});
  return write_blocks(connection, first, blocks, change.durable);
}

Result<> NbdBlock::clear(NbdConnection& connection, const Change& change) {
  const Bytes at = backing_.start + change.offset;
  const bool zeros = change.kind == Change::Kind::zeros;
  if (!zeros && !export_.trim) return {};  // advice
  if (zeros && !export_.zero) {
    const std::vector<std::byte> nothing(std::min(change.length.n, kMostData));
    for (std::uint64_t done = 0; done < change.length.n; done += nothing.size()) {
      const auto count = std::min<std::uint64_t>(change.length.n - done, nothing.size());
      TRY(write_blocks(connection, at + Bytes(done), std::span(nothing).first(count), change.durable));
    }
    return {};
  }
  for (Bytes done; done < change.length; done += Bytes(kMostLength)) {
    const Bytes count = std::min(change.length - done, Bytes(kMostLength));
    if (zeros)
      TRY(connection.zero(at + done, count, change.durable && export_.fua));
    else if (!connection.trim(at + done, count) && connection.broken())
      return fail(Code::io, fmt::format("{}: the connection to the NBD server broke.", backing_.path));
  }
  return change.durable && !(zeros && export_.fua) && export_.flush ? connection.flush() : Result<>{};
}

Result<> NbdBlock::flush() {
  // Of a server that cannot flush, writes are as safe as they get when they return.
  if (!export_.flush || read_only()) return {};
  auto connection = TRY(take());
  Lease lease(*this, std::move(connection));
  return (*lease).flush();
}

Result<> NbdBlock::resize(Bytes length) {
  // A connection knows the size from when it was made.
  auto connection = TRY(NbdConnection::open(backing_.path, limits_));
  const Bytes now = connection->properties().size;
  if (backing_.start > now || length > now - backing_.start)
    return fail(Code::io, fmt::format("{} is only {} bytes long, {} are needed.", backing_.path, now.n,
                                      (backing_.start + length).n));
  std::lock_guard lock(mutex_);
  length_ = length.n;
  made_ -= static_cast<unsigned>(idle_.size());
  idle_.clear();
  idle_.push_back(std::move(connection));
  ++made_;
  return {};
}

bool NbdBlock::is(const Backing& backing) const {
  return backing.path == backing_.path && backing.start == backing_.start && backing.read_only == backing_.read_only;
}

}  // namespace lvm::dm::user
