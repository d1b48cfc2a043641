// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/nbd/nbd_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lvm::dm::user {
namespace {

constexpr std::uint64_t kMostData = std::uint64_t{1} << 20;    // of a request: every server takes 32 MiB
constexpr std::uint64_t kMostLength = std::uint64_t{1} << 30;  // of a request without data: it has 32 bits
// How long the second and later connections of a set are waited for: the server may have a limit.
constexpr int kPatienceForMore = 1000;

}  // namespace

// A connection for one caller.
class NbdBlock::Lease {
 public:
  Lease(NbdBlock& block, std::unique_ptr<NbdConnection> connection, std::uint64_t set)
      : block_(&block), connection_(std::move(connection)), set_(set) {}
  ~Lease() {
    if (connection_) block_->give_back(std::move(connection_), set_);
  }
  Lease(Lease&&) = default;
  Lease& operator=(Lease&&) = delete;
  NbdConnection& operator*() { return *connection_; }
  std::uint64_t set() const { return set_; }

 private:
  NbdBlock* block_;
  std::unique_ptr<NbdConnection> connection_;
  std::uint64_t set_;
};

Result<std::shared_ptr<NbdBlock>> NbdBlock::open(const Backing& backing, NbdConnection::Limits limits,
                                                 unsigned most_connections) {
  auto connection = TRY(NbdConnection::open(backing.path, limits));
  const auto& properties = connection->properties();
  if (backing.start > properties.size || backing.length > properties.size - backing.start)
    return fail(Code::corrupt, fmt::format("{} is {} bytes long, but {} bytes from {} on are to be used: it was cut "
                                           "short, or it is another image.",
                                           backing.path, properties.size.n, backing.length.n, backing.start.n));
  if (properties.read_only && !backing.read_only)
    return fail(Code::permission, fmt::format("{}: the NBD server exports the image for reading only.", backing.path));
  std::shared_ptr<NbdBlock> block(new NbdBlock(backing, limits, properties, most_connections));
  block->idle_ = block->complete(std::move(connection));
  block->made_ = block->idle_.size();
  return block;
}

Result<std::shared_ptr<NbdBlock>> NbdBlock::open_whole(const std::string& uri, NbdConnection::Limits limits) {
  auto connection = TRY(NbdConnection::open(uri, limits));
  const auto& properties = connection->properties();
  const Backing backing{.path = uri, .start = {}, .length = properties.size, .read_only = true};
  std::shared_ptr<NbdBlock> block(new NbdBlock(backing, limits, properties, 1));
  block->idle_.push_back(std::move(connection));
  block->made_ = 1;
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

NbdBlock::Connections NbdBlock::complete(std::unique_ptr<NbdConnection> first) const {
  Connections set;
  set.push_back(std::move(first));
  auto limits = limits_;
  limits.connect_milliseconds = std::min(limits.connect_milliseconds, kPatienceForMore);
  while (set.size() < most_connections_) {
    auto more = NbdConnection::open(backing_.path, limits);
    if (!more) break;
    set.push_back(*std::move(more));
  }
  return set;
}

Result<NbdBlock::Connections> NbdBlock::connect(Bytes length) const {
  auto connection = TRY(NbdConnection::open(backing_.path, limits_));
  const auto& now = connection->properties();
  if (backing_.start > now.size || length > now.size - backing_.start)
    return fail(Code::io, fmt::format("{} is only {} bytes long, {} are needed.", backing_.path, now.size.n,
                                      (backing_.start + length).n));
  const bool takes_less = (now.read_only && !export_.read_only) || now.block > export_.block ||
                          (export_.flush && !now.flush) || (export_.fua && !now.fua) || (export_.zero && !now.zero) ||
                          (export_.trim && !now.trim);
  if (takes_less)
    return fail(Code::io, fmt::format("{}: the NBD server came back with another export, which cannot do what the "
                                      "former could.",
                                      backing_.path));
  return complete(std::move(connection));
}

Result<> NbdBlock::lost() const {
  if (!lost_) return {};
  return fail(Code::io, fmt::format("{}: the connection to the NBD server broke before all that was written had been "
                                    "flushed: some of it may be lost. Deactivate the volumes on it (vgchange -an), "
                                    "and check what they hold when they are active again.",
                                    backing_.path));
}

Result<NbdBlock::Lease> NbdBlock::take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    TRY(lost());
    if (!changing_ && !idle_.empty()) {
      Lease lease(*this, std::move(idle_.back()), set_);
      idle_.pop_back();
      return lease;
    }
    if (!changing_ && made_ == 0) break;
    returned_.wait(lock);
  }
  changing_ = true;
  lock.unlock();
  auto set = connect(size());
  lock.lock();
  changing_ = false;
  returned_.notify_all();
  if (!set) return std::unexpected(set.error());
  idle_ = *std::move(set);
  made_ = idle_.size();
  Lease lease(*this, std::move(idle_.back()), set_);
  idle_.pop_back();
  return lease;
}

void NbdBlock::give_back(std::unique_ptr<NbdConnection> connection, std::uint64_t set) {
  {
    std::lock_guard lock(mutex_);
    if (set != set_) return;
    if (!connection->broken()) {
      idle_.push_back(std::move(connection));
    } else {
      ++set_;
      made_ = 0;
      idle_.clear();
      lost_ |= written_ != flushed_;
    }
  }
  returned_.notify_all();
}

// What was acknowledged on a connection of a set that has been given up since is as good as lost.
Result<> NbdBlock::acknowledge(std::uint64_t set, bool volatile_change) {
  if (!volatile_change || !export_.flush) return {};
  std::lock_guard lock(mutex_);
  if (set != set_) lost_ = true;
  ++written_;
  return lost();
}

template <class Work>
Result<> NbdBlock::with_connection(bool volatile_change, Work work) {
  for (bool again = false;; again = true) {
    auto lease = TRY(take());
    auto done = work(*lease);
    if (done) return acknowledge(lease.set(), volatile_change);
    if (again || !(*lease).broken()) return done;
  }
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
  const Bytes at = backing_.start + offset;
  if (aligned(offset, Bytes(out.size())))
    return with_connection(false, [&](NbdConnection& connection) { return read_blocks(connection, at, out); });
  const Bytes first(round_down(at.n, export_.block)), end(round_up(at.n + out.size(), export_.block));
  std::vector<std::byte> blocks((end - first).n);
  TRY(with_connection(false, [&](NbdConnection& connection) { return read_blocks(connection, first, blocks); }));
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
    return with_connection(!change.durable, [&](NbdConnection& connection) { return write_part(connection, change); });
  }
  std::shared_lock shared(blocks_);
  return with_connection(!change.durable, [&](NbdConnection& connection) {
    if (change.kind != Change::Kind::data) return clear(connection, change);
    const auto data = std::span(change.data, change.length.n);
    return write_blocks(connection, backing_.start + change.offset, data, change.durable);
  });
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
  std::uint64_t written = 0;
  {
    std::lock_guard lock(mutex_);
    TRY(lost());
    written = written_;
    if (written == flushed_) return {};
  }
  auto lease = TRY(take());
  // Not once more when the connection broke: what it was to make safe may be gone. give_back() knows.
  TRY((*lease).flush());
  std::lock_guard lock(mutex_);
  if (lease.set() == set_) flushed_ = std::max(flushed_, written);
  return lost();
}

Result<> NbdBlock::resize(Bytes length) {
  // A connection knows the size from when it was made. All are idle for a moment, and nothing waits for a flush.
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return !changing_ && idle_.size() == made_; });
  TRY(lost());
  changing_ = true;
  NbdConnection* const to_flush = written_ != flushed_ ? idle_.front().get() : nullptr;
  lock.unlock();
  auto flushed = to_flush != nullptr ? to_flush->flush() : Result<>();
  auto set = flushed ? connect(length) : Result<Connections>(std::unexpected(flushed.error()));
  lock.lock();
  changing_ = false;
  returned_.notify_all();
  if (!set) return std::unexpected(set.error());
  flushed_ = written_;
  length_ = length.n;
  ++set_;
  idle_ = *std::move(set);
  made_ = idle_.size();
  return {};
}

bool NbdBlock::is(const Backing& backing) const {
  return backing.path == backing_.path && backing.start == backing_.start && backing.read_only == backing_.read_only;
}

}  // namespace lvm::dm::user
