// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lockd/features.h"
#include "lockd/words.h"

namespace lvm::lockd {
namespace {

using message::Message;
using R = ResourceKind;

constexpr std::size_t kLongestName = 127;  // of a VG or LV
constexpr std::size_t kLongestPath = 4095;
constexpr std::int64_t kMostDrives = 512;

constexpr std::array kRequests = {
    RequestName{Op::hello, R::none, "hello"},
    RequestName{Op::quit, R::none, "quit"},
    RequestName{Op::dump_info, R::none, "info"},
    RequestName{Op::dump_log, R::none, "dump"},
    RequestName{Op::init, R::vg, "init_vg"},
    RequestName{Op::init, R::lv, "init_lv"},
    RequestName{Op::free, R::vg, "free_vg"},
    RequestName{Op::busy, R::vg, "busy_vg"},
    RequestName{Op::free, R::lv, "free_lv"},
    RequestName{Op::start, R::vg, "start_vg"},
    RequestName{Op::stop, R::vg, "stop_vg"},
    RequestName{Op::start_wait, R::none, "start_wait"},
    RequestName{Op::vg_status, R::vg, "vg_status"},
    RequestName{Op::stop_all, R::none, "stop_all"},
    RequestName{Op::lock, R::global, "lock_gl"},
    RequestName{Op::lock, R::vg, "lock_vg"},
    RequestName{Op::lock, R::lv, "lock_lv"},
    RequestName{Op::update, R::vg, "vg_update"},
    RequestName{Op::enable, R::global, "enable_gl"},
    RequestName{Op::disable, R::global, "disable_gl"},
    RequestName{Op::rename_before, R::vg, "rename_vg_before"},
    RequestName{Op::rename_final, R::vg, "rename_vg_final"},
    RequestName{Op::running_lm, R::none, "running_lm"},
    RequestName{Op::query_lock, R::vg, "query_lock_vg"},
    RequestName{Op::query_lock, R::lv, "query_lock_lv"},
    RequestName{Op::find_free_lock, R::vg, "find_free_lock"},
    RequestName{Op::kill_vg, R::vg, "kill_vg"},
    RequestName{Op::drop_vg, R::vg, "drop_vg"},
    RequestName{Op::refresh_lv, R::lv, "refresh_lv"},
    RequestName{Op::setlockargs_before, R::vg, "setlockargs_vg_before"},
    RequestName{Op::setlockargs_final, R::vg, "setlockargs_vg_final"},
    RequestName{Op::set_remote_lv_lock, R::lv, "set_remote_lv_lock"},
    RequestName{Op::place, R::vg, "place_vg"},
    RequestName{Op::place, R::lv, "place_lv"},
};

struct OptionWord {
  bool RequestOptions::* member;
  std::string_view word;
};
constexpr std::array kOptions = {
    OptionWord{&RequestOptions::persistent, "persistent"},
    OptionWord{&RequestOptions::unlock_cancel, "unlock_cancel"},
    OptionWord{&RequestOptions::next_version, "next_version"},
    OptionWord{&RequestOptions::wait, "wait"},
    OptionWord{&RequestOptions::force, "force"},
    OptionWord{&RequestOptions::ex_disable, "ex_disable"},
    OptionWord{&RequestOptions::enable, "enable"},
    OptionWord{&RequestOptions::disable, "disable"},
    OptionWord{&RequestOptions::nodelay, "nodelay"},
    OptionWord{&RequestOptions::repair, "repair"},
    OptionWord{&RequestOptions::adopt_only, "adopt_only"},
    OptionWord{&RequestOptions::adopt, "adopt"},
    OptionWord{&RequestOptions::joint, "joint"},
};

// Words with commas; each counts as a whole.
RequestOptions parse_options(std::string_view text) {
  RequestOptions out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(", "), text.size());
    for (const OptionWord& option : kOptions)
      if (text.substr(0, end) == option.word) out.*option.member = true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// A word that goes into names of locks, files and logs.
Result<std::string> field(const Message& message, std::string_view key, std::size_t longest = kLongestName) {
  std::string out = message.text_of(key);
  if (out == "none") out.clear();
  if (out.size() > longest) return fail(Code::usage, fmt::format("{} is longer than {} bytes", key, longest));
  if (std::ranges::any_of(out, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }))
    return fail(Code::usage, fmt::format("{} has white space or control characters in it", key));
  return out;
}

// Every request of a VG names it.
bool needs_vg(const Request& request) {
  return (request.resource == R::vg || request.resource == R::lv || request.op == Op::enable ||
          request.op == Op::disable) &&
         request.op != Op::refresh_lv;
}

bool needs_lv(const Request& request) { return request.resource == R::lv && request.op != Op::refresh_lv; }

Result<> parse_drives(const Message& message, Request& out) {
  const std::int64_t count = message.number_of("path_num");
  if (count < 0 || count > kMostDrives)
    return fail(Code::usage, fmt::format("path_num {} is not from 0 to {}", count, kMostDrives));
  for (std::int64_t i = 0; i < count; ++i) {
    std::string path = message.text_of(fmt::format("path[{}]", i));
    if (path.size() > kLongestPath) return fail(Code::usage, "a path is too long");
    // One that is missing is a vote that is absent, not one less.
    out.drives.push_back(path == "none" ? std::string() : std::move(path));
  }
  return {};
}

void owner_fields(Message& out, const Owner& owner) {
  out.number("owner_host_id", owner.host_id);
  out.number("owner_generation", static_cast<std::int64_t>(owner.generation));
  out.number("owner_timestamp", static_cast<std::int64_t>(owner.timestamp));
  out.text("owner_state", owner.state.empty() ? "none" : owner.state);
  out.text("owner_name", owner.name.empty() ? "none" : owner.name);
}

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

std::string flags_text(const std::vector<std::string>& flags) {
  std::string out;
  for (const std::string& flag : flags) out += (out.empty() ? "" : ",") + flag;
  return or_none(out);
}

}  // namespace

Result<Request> parse_request(const Message& message) {
  const std::string name = message.text_of("request");
  auto known = std::ranges::find(kRequests, name, &RequestName::name);
  if (known == kRequests.end()) return fail(Code::usage, fmt::format("unknown request '{}'", name.substr(0, 64)));
  Request out;
  out.op = known->op;
  out.resource = known->resource;
  out.command = message.text_of("cmd").substr(0, kLongestName);
  std::ranges::replace(out.command, ' ', '_');
  out.process = static_cast<int>(message.number_of("pid"));
  out.mode = lock_mode(message.text_of("mode"));
  out.options = parse_options(message.text_of("opts"));
  out.vg_name = TRY(field(message, "vg_name"));
  out.vg_uuid = TRY(field(message, "vg_uuid"));
  out.lv_name = TRY(field(message, "lv_name"));
  out.lv_uuid = TRY(field(message, "lv_uuid"));
  out.vg_args = TRY(field(message, "vg_lock_args"));
  out.lv_args = TRY(field(message, "lv_lock_args"));
  out.previous_lv_args = TRY(field(message, "prev_lv_args"));
  out.set_lock_args = TRY(field(message, "set_lock_args"));
  out.path = TRY(field(message, "path", kLongestPath));
  out.manager = manager_kind(message.text_of("vg_lock_type"));
  out.version = message.number_of("version");
  out.host_id = message.number_of("host_id");
  out.align_mb = message.number_of("align_mb");
  out.lv_size_bytes = message.number_of("lv_size_bytes");
  out.max_retries = std::clamp<std::int64_t>(message.number_of("max_retries", 4), 0, 1000);
  TRY(parse_drives(message, out));
  if (needs_vg(out) && out.vg_name.empty()) return fail(Code::usage, fmt::format("{} needs vg_name", name));
  if (needs_lv(out) && out.lv_uuid.empty()) return fail(Code::usage, fmt::format("{} needs lv_uuid", name));
  const bool locks = out.op == Op::lock || out.op == Op::set_remote_lv_lock;
  if (locks && (out.mode == Mode::invalid || out.mode == Mode::null))
    return fail(Code::usage, fmt::format("{} needs a mode: un, sh or ex", name));
  return out;
}

Message write_reply(const Request& request, const Reply& reply) {
  Message out = Message::reply("OK");
  if (request.op == Op::hello || request.op == Op::quit) {
    out.number("result", reply.result);
    if (request.op == Op::hello)
      out.text("protocol", kProtocolName).number("version", kProtocolVersion).text("features", kFeatures);
    return out;
  }
  out.number("op", static_cast<int>(request.op));
  const bool arguments = request.op == Op::init || request.op == Op::setlockargs_final;
  if (request.op == Op::query_lock || request.op == Op::set_remote_lv_lock) {
    out.number("op_result", reply.result);
    if (request.op == Op::query_lock)
      out.text("lock_type", to_string(request.manager)).text("mode", to_string(reply.mode));
    return out;
  }
  if (!arguments) out.text("lock_type", to_string(request.manager));
  out.number("op_result", reply.result).number("lm_result", reply.manager_result);
  if (arguments) out.text("vg_lock_args", or_none(reply.vg_args)).text("lv_lock_args", or_none(reply.lv_args));
  if (reply.owner) owner_fields(out, *reply.owner);
  if (reply.previous_generation != 0)
    out.number("prev_generation", static_cast<std::int64_t>(reply.previous_generation));
  out.text("result_flags", flags_text(reply.flags));
  if (!arguments && !reply.owner) out.number("ls_generation", static_cast<std::int64_t>(reply.generation));
  return out;
}

std::string_view request_name(Op op, ResourceKind resource) {
  for (const RequestName& each : kRequests)
    if (each.op == op && each.resource == resource) return each.name;
  return {};
}

std::string options_text(const RequestOptions& options) {
  std::string out;
  for (const OptionWord& option : kOptions)
    if (options.*option.member) out += std::string(option.word) + ",";
  return out.empty() ? "none" : out;
}

Message write_request(const Request& request) {
  Message out = Message::request(request_name(request.op, request.resource));
  auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out.text(key, value);
  };
  auto number = [&](std::string_view key, std::int64_t value) {
    if (value != 0) out.number(key, value);
  };
  text("cmd", request.command);
  out.number("pid", request.process);
  if (request.mode != Mode::invalid) out.text("mode", to_string(request.mode));
  out.text("opts", options_text(request.options));
  text("vg_name", request.vg_name);
  text("vg_uuid", request.vg_uuid);
  text("lv_name", request.lv_name);
  text("lv_uuid", request.lv_uuid);
  if (request.manager != ManagerKind::none) out.text("vg_lock_type", to_string(request.manager));
  text("vg_lock_args", request.vg_args);
  text("lv_lock_args", request.lv_args);
  text("prev_lv_args", request.previous_lv_args);
  text("set_lock_args", request.set_lock_args);
  text("path", request.path);
  number("version", request.version);
  number("host_id", request.host_id);
  number("align_mb", request.align_mb);
  number("lv_size_bytes", request.lv_size_bytes);
  if (!request.drives.empty()) {
    out.number("path_num", static_cast<std::int64_t>(request.drives.size()));
    for (std::size_t i = 0; i < request.drives.size(); ++i)
      out.text(fmt::format("path[{}]", i), or_none(request.drives[i]));
  }
  return out;
}

Reply parse_reply(const Message& message) {
  Reply out;
  out.result = static_cast<int>(message.number_of("op_result", -error::no_daemon));
  out.manager_result = static_cast<int>(message.number_of("lm_result"));
  auto absent = [&](std::string_view key) {
    std::string text = message.text_of(key);
    return text == "none" ? std::string() : text;
  };
  out.vg_args = absent("vg_lock_args");
  out.lv_args = absent("lv_lock_args");
  out.mode = lock_mode(message.text_of("mode"));
  out.generation = static_cast<std::uint64_t>(message.number_of("ls_generation"));
  out.previous_generation = static_cast<std::uint64_t>(message.number_of("prev_generation"));
  if (message.has("owner_host_id"))
    out.owner = Owner{static_cast<std::uint32_t>(message.number_of("owner_host_id")),
                      static_cast<std::uint64_t>(message.number_of("owner_generation")),
                      static_cast<std::uint64_t>(message.number_of("owner_timestamp")), absent("owner_state"),
                      absent("owner_name")};
  const std::string flags = absent("result_flags");
  for (std::string_view flag : words_of(flags, ',')) out.flags.emplace_back(flag);
  return out;
}

}  // namespace lvm::lockd
