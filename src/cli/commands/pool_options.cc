// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/commands/pool_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/forms.h"
#include "plan/cow.h"
#include "plan/pool_sizes.h"

namespace lvm::cli {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "key=value key=value": what is no number is stored in quotes.
Result<> read_settings(std::string_view text, std::vector<model::CacheSetting>& out) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == word.size())
      return fail(Code::usage, fmt::format("Incorrect cache setting \"{}\": key=value is needed.", word));
    std::string value(word.substr(equals + 1));
    if (!is_number(value) && value != "default") value = fmt::format("\"{}\"", value);
    out.emplace_back(std::string(word.substr(0, equals)), std::move(value));
  }
  return {};
}

Result<> check_chunk(const plan::Context& context, const plan::LvCreateRequest& request, Sectors chunk) {
  if (request.type == "snapshot") {
    if (plan::is_cow_chunk_size(chunk)) return {};
    return fail(Code::usage, "Chunk size must be a power of 2 in the range 4K to 512K.");
  }
  if (request.type == "cache-pool" || request.type == "cache") return plan::check_cache_chunk(context, chunk);
  return plan::check_thin_chunk(context, chunk);
}

// Options that a kind has no use for, in LVM2's words.
Result<> check_unsupported(const Arguments& arguments, const plan::LvCreateRequest& request) {
  const bool snapshot = request.type == "snapshot" || arguments.has(Opt::snapshot);
  const bool thin_pool = request.type == "thin-pool", cache_pool = request.type == "cache-pool";
  if (snapshot || thin_pool || cache_pool) {
    std::string_view kind = snapshot ? "snapshot" : thin_pool ? "thin pool" : "cache pool";
    if (arguments.has(Opt::zero) && !thin_pool)
      return fail(Code::usage, fmt::format("Option --zero is unsupported with {}s.", kind));
    if (arguments.has(Opt::wipesignatures))
      return fail(Code::usage, fmt::format("Option --wipesignatures is unsupported with {}s.", kind));
    if (!snapshot && !arguments.writable().value_or(true))
      return fail(Code::usage, fmt::format("Cannot create read-only {}.", kind));
  }
  if (request.type == "thin" && !request.pool.make) {
    if (arguments.has(Opt::zero)) return fail(Code::usage, "--zero is supported only with thin pool creation.");
    for (auto [option, name] : {std::pair(Opt::alloc, "alloc"), std::pair(Opt::contiguous, "contiguous")})
      if (arguments.has(option))
        return fail(Code::refused, fmt::format("--{} is only available when creating thin pool.", name));
  }
  return {};
}

// Where the new pool, or the one to use, is named.
Result<> name_pool(const Arguments& arguments, plan::LvCreateRequest& request) {
  namespace id = form::lvcreate;
  std::string option = lv_option(arguments, arguments.has(Opt::cachepool) ? Opt::cachepool : Opt::thinpool);
  request.pool.make =
      arguments.form_id() == id::thin_with_pool || (arguments.form_id() == id::sparse && request.type == "thin");
  bool is_pool = request.type == "thin-pool" || request.type == "cache-pool";
  if (!option.empty())
    request.pool.name = std::move(option);
  else if (is_pool || request.pool.make)
    request.pool.name = request.base;
  if (is_pool) {
    if (request.pool.name.empty()) request.pool.name = request.name;
    request.name.clear();
  } else if (request.type == "cache" && !request.base.empty() && request.pool.name.empty()) {
    request.pool.name = request.name;
  }
  if (request.type == "thin" && !request.name.empty() &&
      (request.name == request.pool.name || (request.virtual_size && request.name == request.base)))
    return fail(Code::usage, fmt::format("Logical volume name {} and pool name must be different.", request.name));
  return {};
}

}  // namespace

std::string lv_option(const Arguments& arguments, Opt opt) {
  std::string_view text = arguments.text(opt);
  return std::string(text.substr(text.rfind('/') + 1));
}

Result<plan::PoolOptions> pool_options(const Arguments& arguments) {
  plan::PoolOptions out;
  if (auto size = arguments.bytes(Opt::chunksize)) out.chunk_size = to_sectors_ceil(*size);
  if (auto size = arguments.amount(Opt::poolmetadatasize)) out.metadata_size = size->bytes;
  out.spare = arguments.yes_no(Opt::poolmetadataspare).value_or(true);
  out.zero = arguments.yes_no(Opt::zero);
  if (arguments.has(Opt::discards)) {
    std::string_view word = arguments.text(Opt::discards);
    out.discards = word == "ignore"       ? model::Discards::ignore
                   : word == "nopassdown" ? model::Discards::nopassdown
                                          : model::Discards::passdown;
  }
  out.error_when_full = arguments.yes_no(Opt::errorwhenfull);
  return out;
}

Result<plan::CacheOptions> cache_options(const Arguments& arguments) {
  plan::CacheOptions out;
  out.volume = lv_option(arguments, Opt::cachevol);
  out.devices = arguments.all(Opt::cachedevice);
  out.size = arguments.bytes(Opt::cachesize);
  out.mode = std::string(arguments.text(Opt::cachemode));
  out.policy = std::string(arguments.text(Opt::cachepolicy));
  for (const std::string& settings : arguments.all(Opt::cachesettings)) TRY(read_settings(settings, out.settings));
  std::string_view format = arguments.text(Opt::cachemetadataformat);
  if (format == "1" || format == "2") out.metadata_format = format == "1" ? 1 : 2;
  return out;
}

Result<> read_pool_options(Session& session, plan::LvCreateRequest& request) {
  const Arguments& arguments = session.arguments();
  request.pool = TRY(pool_options(arguments));
  request.cache = TRY(cache_options(arguments));
  if (auto size = arguments.bytes(Opt::virtualsize)) {
    if (size->n == 0) return fail(Code::usage, "--virtualsize may not be zero.");
    request.virtual_size = *size;
  }
  if (request.pool.chunk_size) {
    TRY(check_chunk(session.context(), request, *request.pool.chunk_size));
    if (request.type == "snapshot") request.chunk_size = request.pool.chunk_size;
  }
  TRY(name_pool(arguments, request));
  return check_unsupported(arguments, request);
}

}  // namespace lvm::cli
