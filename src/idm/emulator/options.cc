// SPDX-License-Identifier: LGPL-2.1-or-later
#include "idm/emulator/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "idm/emulator/control.h"
#include "idm/random.h"

namespace lvm::idm::emulator {
namespace {

Result<> set_size(StartOptions& out, const std::string& value) {
  out.size = TRY(parse_size(value));
  return {};
}

Result<> set_block_size(StartOptions& out, const std::string& value) {
  if (value != "512" && value != "4096") return fail(Code::usage, "a block has 512 or 4096 bytes, not " + value);
  out.block_size = value == "512" ? 512 : 4096;
  return {};
}

Result<> set_id(StartOptions& out, const std::string& value) {
  auto id = DriveId::parse(value);
  if (!id)
    return fail(Code::usage, fmt::format("'{}' is no drive id: naa. and 16 or 32 hexadecimal digits, "
                                         "or eui. and 16, 24 or 32",
                                         value));
  out.id = *std::move(id);
  return {};
}

Result<> set_count(std::size_t& out, const std::string& value) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc{} || end != value.data() + value.size() || out == 0 || out > 65535)
    return fail(Code::usage, fmt::format("'{}' is no number from 1 to 65535", value));
  return {};
}

Result<> set_firmware(StartOptions& out, const std::string& value) {
  if (value == "current") return {};
  if (value == "keeping") {
    out.behaviour.keep_last_shared = true;
    return {};
  }
  if (value != "2020") return fail(Code::usage, fmt::format("no firmware '{}': current, keeping or 2020", value));
  out.behaviour.relock_conflicts = out.behaviour.idle_unlock_conflicts = out.behaviour.break_own = true;
  out.limits = {.records = 128, .hosts = 32, .sharers = 32};
  return {};
}

Result<> add_fault(StartOptions& out, const std::string& value) {
  const auto equals = value.find('=');
  if (equals == std::string::npos) return fail(Code::usage, fmt::format("'{}' is not KEY=VALUE", value));
  std::pair fault(value.substr(0, equals), value.substr(equals + 1));
  Drive scratch;
  TRY(set_fault(scratch, Time{0}, fault.first, fault.second));
  out.faults.push_back(std::move(fault));
  return {};
}

struct Option {
  std::string_view name, value, help;  // no value: a switch
  Result<> (*apply)(StartOptions&, const std::string&);
};
constexpr Option kOptions[] = {
    {"--backing", "PATH", "the file or block device with the data (required)",
     [](StartOptions& out, const std::string& value) -> Result<> {
       out.backing = value;
       return {};
     }},
    {"--size", "SIZE", "make the file, or make it that big: 64M, 1G", set_size},
    {"--id", "ID", "world-wide name: naa.HEX or eui.HEX (default: made from NAME)", set_id},
    {"--block-size", "BYTES", "512 (default) or 4096", set_block_size},
    {"--read-only", "", "the data cannot be written; mutexes can",
     [](StartOptions& out, const std::string&) -> Result<> {
       out.read_only = true;
       return {};
     }},
    {"--records", "NUMBER", "room for mutexes, one record per mutex and host (default 4000)",
     [](StartOptions& out, const std::string& value) { return set_count(out.limits.records, value); }},
    {"--hosts", "NUMBER", "room for hosts (default 256)",
     [](StartOptions& out, const std::string& value) { return set_count(out.limits.hosts, value); }},
    {"--sharers", "NUMBER", "hosts that may share one mutex (default 256)",
     [](StartOptions& out, const std::string& value) { return set_count(out.limits.sharers, value); }},
    {"--firmware", "KIND", "current (default), keeping (the last sharer's record stays) or 2020 (first drives)",
     set_firmware},
    {"--no-mutexes", "", "an ordinary drive: no version page, no mutex commands",
     [](StartOptions& out, const std::string&) -> Result<> {
       out.behaviour.supported = false;
       return {};
     }},
    {"--fault", "KEY=VALUE", "a fault from the start, see below", add_fault},
    {"--nvme", "", "an NVMe drive, over TCP at 127.0.0.1, instead of a SCSI disk",
     [](StartOptions& out, const std::string&) -> Result<> {
       if (!out.nvme) out.nvme.emplace();
       return {};
     }},
    {"--listen", "ADDRESS[:PORT]", "an NVMe drive that other machines may connect to (nvme connect -t tcp)",
     [](StartOptions& out, const std::string& value) -> Result<> {
       out.nvme = TRY(nvme_tcp::Endpoint::parse(value));
       return {};
     }},
    {"--no-disk", "",
     "not shown to this machine: SCSI, only the backstore user_0/NAME, to export it by iSCSI (targetcli)",
     [](StartOptions& out, const std::string&) -> Result<> {
       out.disk = false;
       return {};
     }},
    {"--foreground", "", "do not go to the background; ^C stops the drive",
     [](StartOptions& out, const std::string&) -> Result<> {
       out.foreground = true;
       return {};
     }},
};

}  // namespace

Result<Bytes> parse_size(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr std::string_view kUnits = "KMGT";
  const auto power = unit.empty() ? 0 : kUnits.find(unit) + 1;
  if (error != std::errc{} || value == 0 || unit.size() > 1 || (!unit.empty() && power == 0) ||
      value > (std::uint64_t{1} << 62) >> (10 * power))
    return fail(Code::usage, fmt::format("'{}' is no size: use 64M, 1G", text));
  return Bytes(value << (10 * power));
}

Result<> check_name(const std::string& name) {
  const bool valid = !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!valid)
    return fail(Code::usage, fmt::format("'{}' cannot be a drive's name: use up to 32 letters, digits, - and _", name));
  return {};
}

// Under the prefix that Linux's own target gives to its disks.
DriveId default_id(const std::string& name, DriveId::Kind kind) {
  std::uint64_t seed = 0xCBF29CE484222325ull;
  for (char c : name) seed = (seed ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ull;
  Random random(seed);
  const std::string digits = fmt::format("6001405{:016x}{:09x}", random.next(), random.next() >> 28);
  return *DriveId::parse((kind == DriveId::Kind::naa ? "naa." : "eui.") + digits);
}

Result<StartOptions> parse_start(std::span<const std::string> words) {
  StartOptions out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("-")) {
      if (!out.name.empty()) return fail(Code::usage, fmt::format("one name of a drive, not '{}' too", words[i]));
      out.name = words[i];
      continue;
    }
    const auto* option = std::ranges::find(kOptions, words[i], &Option::name);
    if (option == std::end(kOptions)) return fail(Code::usage, fmt::format("there is no option {}", words[i]));
    std::string value;
    if (!option->value.empty()) {
      if (i + 1 == words.size()) return fail(Code::usage, fmt::format("{} needs {}", option->name, option->value));
      value = words[++i];
    }
    TRY(option->apply(out, value));
  }
  if (out.name.empty()) return fail(Code::usage, "which drive? Give it a name");
  TRY(check_name(out.name));
  if (out.backing.empty()) return fail(Code::usage, "where is the data to be? Give --backing PATH");
  if (out.id.bytes.empty()) out.id = default_id(out.name, out.nvme ? DriveId::Kind::eui : DriveId::Kind::naa);
  if (out.nvme && (out.id.kind != DriveId::Kind::eui || out.id.bytes.size() == 12))
    return fail(Code::usage,
                fmt::format("{} is no name of an NVMe drive: eui. and 16 or 32 hexadecimal digits are", out.id.text()));
  return out;
}

std::string describe_start() {
  std::string out;
  for (const Option& option : kOptions)
    out += fmt::format("  {:<24}{}\n", fmt::format("{} {}", option.name, option.value), option.help);
  return out;
}

}  // namespace lvm::idm::emulator
