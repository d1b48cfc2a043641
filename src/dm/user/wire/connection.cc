// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/wire/connection.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace lvm::dm::user {

Result<std::optional<Connection>> Connection::open(const std::string& run_directory) {
  auto socket = TRY(connect_in(run_directory));
  if (!socket) return std::nullopt;
  Connection connection(*std::move(socket));
  auto hello = connection.ask(Operation::hello, request(std::uint32_t{kProtocolVersion}));
  // A daemon that was about to end when we connected: as if there were none.
  if (!hello && !connection.good()) return std::nullopt;
  if (!hello) return std::unexpected(hello.error());
  connection.greeting_ = TRY(answer_as<DaemonInfo>(*hello));
  return std::optional<Connection>(std::move(connection));
}

Result<Frame> Connection::exchange(Operation operation, std::span<const std::byte> body) {
  TRY(send_frame(socket_.get(), static_cast<std::uint16_t>(operation), body));
  auto frame = TRY(receive_frame(socket_.get()));
  if (!frame) return fail(Code::io, "The engine's daemon has ended.");
  return *std::move(frame);
}

Result<std::vector<std::byte>> Connection::ask(Operation operation, std::span<const std::byte> body) {
  if (!socket_) return fail(Code::io, "The connection to the engine's daemon is broken.");
  auto frame = exchange(operation, body);
  if (!frame) {
    socket_.reset();
    return std::unexpected(std::move(frame.error().add_context("the engine's daemon was stopped or killed")));
  }
  if (frame->header.kind == kAnswerGood) return std::move(frame->body);
  Decoder in(frame->body);
  auto error = decode_error(in);
  TRY(in.end());
  return std::unexpected(std::move(error));
}

namespace {

class RemoteVolume final : public Block {
 public:
  RemoteVolume(Connection connection, Bytes size, bool read_only)
      : connection_(std::move(connection)), size_(size), read_only_(read_only) {}

  // The last one known, when the daemon is gone.
  Bytes size() const override {
    std::lock_guard lock(mutex_);
    auto body = connection_.ask(Operation::size, {});
    if (body)
      if (auto size = answer_as<Bytes>(*body)) size_ = *size;
    return size_;
  }
  bool read_only() const override { return read_only_; }

  Result<> read(Bytes offset, std::span<std::byte> out) override {
    std::lock_guard lock(mutex_);
    for (std::size_t done = 0; done < out.size();) {
      const auto count = std::min<std::size_t>(out.size() - done, kMostDataBytes);
      auto body =
          TRY(connection_.ask(Operation::read, request(offset + Bytes(done), static_cast<std::uint32_t>(count))));
      if (body.size() != count) return fail(Code::corrupt, "The engine's protocol: an answer of another length.");
      std::memcpy(out.data() + done, body.data(), count);
      done += count;
    }
    return {};
  }

  Result<> change(const Change& change) override {
    std::lock_guard lock(mutex_);
    const bool data = change.kind == Change::Kind::data;
    for (Bytes done; done < change.length;) {
      const auto count = data ? std::min(change.length - done, Bytes(kMostDataBytes)) : change.length;
      std::vector<std::byte> body;
      Encoder out(body);
      out.u8(static_cast<std::uint8_t>(change.kind));
      encode(out, change.offset + done);
      encode(out, count);
      out.flag(change.durable);
      if (data) out.bytes({change.data + done.n, count.n});
      TRY(connection_.ask(Operation::change, body));
      done += count;
    }
    return {};
  }

  Result<> flush() override {
    std::lock_guard lock(mutex_);
    TRY(connection_.ask(Operation::flush, {}));
    return {};
  }

 private:
  mutable std::mutex mutex_;
  mutable Connection connection_;
  mutable Bytes size_;
  bool read_only_;
};

}  // namespace

Result<std::unique_ptr<Block>> open_remote(Connection connection, DeviceNumber device, bool writable) {
  auto body = TRY(connection.ask(Operation::open, request(device, writable)));
  auto [size, read_only] = TRY((answer_as<std::pair<Bytes, bool>>(body)));
  return std::make_unique<RemoteVolume>(std::move(connection), size, read_only);
}

}  // namespace lvm::dm::user
