// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dm/user/wire/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/version.h"
#include "dm/text.h"

namespace lvm::dm::user {

// A function for each operation. Each reads all of its request before it does anything.
struct Handlers {
  using In = Decoder;
  using Out = Encoder;

  static Result<> hello(Session& session, In& in, Out& out) {
    auto version = in.u32();
    TRY(in.end());
    if (version != kProtocolVersion)
      return fail(Code::unsupported,
                  fmt::format("The engine's daemon ({}) speaks protocol {}, this program speaks {}. It ends with "
                              "the last active volume; until then use the program that started it.",
                              kProductVersion, kProtocolVersion, version));
    session.greeted_ = true;
    return daemon_info(session, in, out);
  }
  static Result<> daemon_info(Session& session, In& in, Out& out) {
    TRY(in.end());
    encode(out, session.around_.info());
    return {};
  }

  // --- looking ---
  static Result<> targets(Session& session, In& in, Out& out) {
    TRY(in.end());
    return give(out, session.engine_.targets());
  }
  static Result<> list(Session& session, In& in, Out& out) {
    TRY(in.end());
    return give(out, session.engine_.list());
  }
  static Result<> info_by_uuid(Session& session, In& in, Out& out) {
    auto uuid = TRY(only<std::string>(in));
    return give(out, session.engine_.info(uuid));
  }
  static Result<> info_by_number(Session& session, In& in, Out& out) {
    auto number = TRY(only<DeviceNumber>(in));
    return give(out, session.engine_.info(number));
  }
  static Result<> table(Session& session, In& in, Out& out) {
    auto uuid = in.text();
    auto inactive = in.flag();
    TRY(in.end());
    auto values = TRY(session.engine_.table(uuid, inactive));
    return give(out, format_table(values));
  }
  static Result<> status(Session& session, In& in, Out& out) {
    auto uuid = TRY(only<std::string>(in));
    return give(out, session.engine_.status(uuid));
  }
  static Result<> dependencies(Session& session, In& in, Out& out) {
    auto uuid = TRY(only<std::string>(in));
    return give(out, session.engine_.dependencies(uuid));
  }
  static Result<> read_ahead(Session& session, In& in, Out& out) {
    auto number = TRY(only<DeviceNumber>(in));
    return give(out, session.engine_.read_ahead(number));
  }
  static Result<> backings(Session& session, In& in, Out& out) {
    TRY(in.end());
    return give(out, session.engine_.backings());
  }
  static Result<> volumes(Session& session, In& in, Out& out) {
    TRY(in.end());
    return give(out, session.engine_.volumes());
  }

  // --- changing ---
  static Result<> create(Session& session, In& in, Out&) {
    auto request = TRY(only<CreateRequest>(in));
    return session.engine_.create(request);
  }
  static Result<> load(Session& session, In& in, Out&) {
    auto uuid = in.text();
    auto read_only = in.flag();
    auto text = in.text();
    TRY(in.end());
    auto values = TRY(parse_table(text));
    return session.engine_.load(uuid, values, read_only);
  }
  static Result<> clear(Session& session, In& in, Out&) {
    auto uuid = TRY(only<std::string>(in));
    return session.engine_.clear(uuid);
  }
  static Result<> suspend(Session& session, In& in, Out&) {
    auto uuid = in.text();
    SuspendOptions options;
    options.flush = in.flag();
    options.freeze = in.flag();
    TRY(in.end());
    return session.engine_.suspend(uuid, options);
  }
  static Result<> resume(Session& session, In& in, Out&) {
    auto uuid = in.text();
    std::optional<NodeLink> link;
    decode(in, link);
    TRY(in.end());
    TRY(session.engine_.resume(uuid, {}, link));
    return {};
  }
  static Result<> remove(Session& session, In& in, Out&) {
    auto uuid = TRY(only<std::string>(in));
    // Waiting for a busy device is the client's business.
    return session.engine_.remove(uuid, {}, std::nullopt, false);
  }
  static Result<> rename(Session& session, In& in, Out&) {
    auto uuid = in.text();
    auto name = in.text();
    std::optional<NodeLink> link;
    decode(in, link);
    TRY(in.end());
    return session.engine_.rename(uuid, name, {}, std::nullopt, link);
  }
  static Result<> message(Session& session, In& in, Out& out) {
    auto uuid = in.text();
    Sectors sector(in.u64());
    auto text = in.text();
    TRY(in.end());
    return give(out, session.engine_.message(uuid, sector, text));
  }
  static Result<> set_read_ahead(Session& session, In& in, Out&) {
    auto uuid = in.text();
    Sectors value(in.u64());
    auto at_least = in.flag();
    TRY(in.end());
    return session.engine_.set_read_ahead(uuid, value, at_least);
  }
  static Result<> sync_links(Session& session, In& in, Out&) {
    auto wanted = TRY((only<std::vector<std::pair<std::string, NodeLink>>>(in)));
    return session.engine_.sync_nodes(wanted);
  }
  static Result<> attach(Session& session, In& in, Out&) {
    DeviceNumber number;
    decode(in, number);
    Backing backing;
    decode(in, backing);
    TRY(in.end());
    return session.engine_.attach(number, backing);
  }

  // In slices: the wait of a client that was killed has an end.
  static Result<> wait_event(Session& session, In& in, Out& out) {
    constexpr std::uint64_t kSlice = 500;
    auto uuid = in.text();
    auto seen = in.u32();
    auto left = in.u64();
    TRY(in.end());
    std::optional<std::uint32_t> event;
    while (!event && left != 0 && !session.around_.gone()) {
      const auto slice = std::min(left, kSlice);
      event = TRY(session.engine_.wait_event(uuid, seen, slice));
      left -= slice;
    }
    encode(out, event);
    return {};
  }

  // --- data ---
  static Result<> open(Session& session, In& in, Out& out) {
    DeviceNumber number;
    decode(in, number);
    auto writable = in.flag();
    TRY(in.end());
    session.volume_.reset();
    session.volume_ = TRY(session.engine_.open(number, writable));
    encode(out, session.volume_->size());
    encode(out, session.volume_->read_only());
    return {};
  }
  static Result<> size(Session& session, In& in, Out& out) {
    TRY(in.end());
    auto* block = TRY(session.volume());
    encode(out, block->size());
    return {};
  }
  static Result<> read(Session& session, In& in, Out& out) {
    Bytes offset(in.u64());
    auto length = in.u32();
    if (length > kMostDataBytes) in.refuse();
    TRY(in.end());
    auto* block = TRY(session.volume());
    return block->read(offset, out.room(length));
  }
  static Result<> change(Session& session, In& in, Out&) {
    Change change;
    auto kind = in.u8();
    if (kind > static_cast<std::uint8_t>(Change::Kind::discard)) in.refuse();
    change.kind = static_cast<Change::Kind>(kind);
    change.offset = Bytes(in.u64());
    change.length = Bytes(in.u64());
    change.durable = in.flag();
    if (change.kind == Change::Kind::data) {
      auto data = in.rest();
      if (data.size() != change.length.n || data.size() > kMostDataBytes) in.refuse();
      change.data = data.data();
    }
    TRY(in.end());
    auto* block = TRY(session.volume());
    return block->change(change);
  }
  static Result<> flush(Session& session, In& in, Out&) {
    TRY(in.end());
    auto* block = TRY(session.volume());
    return block->flush();
  }

 private:
  template <class T>
  static Result<T> only(In& in) {
    T value{};
    decode(in, value);
    TRY(in.end());
    return value;
  }
  template <class T>
  static Result<> give(Out& out, const Result<T>& result) {
    if (!result) return std::unexpected(result.error());
    encode(out, *result);
    return {};
  }
};

namespace {

struct Row {
  Operation operation;
  Result<> (*handle)(Session& session, Decoder& in, Encoder& out);
};

constexpr Row kRows[] = {
    {Operation::hello, Handlers::hello},
    {Operation::daemon_info, Handlers::daemon_info},
    {Operation::targets, Handlers::targets},
    {Operation::list, Handlers::list},
    {Operation::info_by_uuid, Handlers::info_by_uuid},
    {Operation::info_by_number, Handlers::info_by_number},
    {Operation::table, Handlers::table},
    {Operation::status, Handlers::status},
    {Operation::dependencies, Handlers::dependencies},
    {Operation::create, Handlers::create},
    {Operation::load, Handlers::load},
    {Operation::clear, Handlers::clear},
    {Operation::suspend, Handlers::suspend},
    {Operation::resume, Handlers::resume},
    {Operation::remove, Handlers::remove},
    {Operation::rename, Handlers::rename},
    {Operation::message, Handlers::message},
    {Operation::set_read_ahead, Handlers::set_read_ahead},
    {Operation::read_ahead, Handlers::read_ahead},
    {Operation::sync_links, Handlers::sync_links},
    {Operation::wait_event, Handlers::wait_event},
    {Operation::attach, Handlers::attach},
    {Operation::backings, Handlers::backings},
    {Operation::volumes, Handlers::volumes},
    {Operation::open, Handlers::open},
    {Operation::size, Handlers::size},
    {Operation::read, Handlers::read},
    {Operation::change, Handlers::change},
    {Operation::flush, Handlers::flush},
};

}  // namespace

Result<Block*> Session::volume() {
  if (!volume_) return fail(Code::usage, "The engine's protocol: no volume is open on this connection.");
  return volume_.get();
}

Result<> Session::handle(std::uint16_t operation, std::span<const std::byte> body, std::vector<std::byte>& answer) {
  answer.clear();
  const auto* row = std::ranges::find(kRows, static_cast<Operation>(operation), &Row::operation);
  if (row == std::end(kRows))
    return fail(Code::unsupported,
                fmt::format("The engine's daemon ({}) knows no operation {}.", kProductVersion, operation));
  if (!greeted_ && row->operation != Operation::hello)
    return fail(Code::usage, "The engine's protocol: the first message is to be hello.");
  Decoder in(body);
  Encoder out(answer);
  TRY(row->handle(*this, in, out));
  if (answer.size() > kMostFrameBytes) return fail(Code::unsupported, "The answer is too long for one message.");
  return {};
}

}  // namespace lvm::dm::user
