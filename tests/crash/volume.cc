// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crash/volume.h"

#include <fmt/format.h>

#include <algorithm>

#include "crash/allocation.h"
#include "dm/text.h"

namespace lvm::crash {

using Kind = Effect::Kind;

Bytes Volume::size() const {
  auto table = machine_.state().engine.table(info_.uuid);
  return table ? to_bytes(dm::table_length(*table)) : Bytes();
}
Result<> Volume::read(Bytes offset, std::span<std::byte> out) {
  Unlimited machine_work;
  std::fill(out.begin(), out.end(), std::byte{});
  return on_pieces(info_, offset, Bytes(out.size()),
                   [&](device::Handle& disk, Bytes at, Bytes length, std::size_t from) {
                     return disk.read(at, out.subspan(from, length.n));
                   });
}
Result<> Volume::write(Bytes offset, std::span<const std::byte> data) {
  Unlimited machine_work;
  return change("write", offset, Bytes(data.size()),
                [&](device::Handle& disk, Bytes at, Bytes length, std::size_t from) {
                  return disk.write(at, data.subspan(from, length.n));
                });
}
Result<> Volume::zero(Bytes offset, Bytes length) {
  Unlimited machine_work;
  return change("zero", offset, length,
                [](device::Handle& disk, Bytes at, Bytes part, std::size_t) { return disk.zero(at, part); });
}
Result<> Volume::discard(Bytes offset, Bytes length) {
  Unlimited machine_work;
  return change("discard", offset, length,
                [](device::Handle& disk, Bytes at, Bytes part, std::size_t) { return disk.discard(at, part); });
}
Result<> Volume::flush() {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::disk, "flush " + info_.name));
  if (!go) return {};
  return on_pieces(info_, Bytes(), size(),
                   [](device::Handle& disk, Bytes, Bytes, std::size_t) { return disk.flush(); });
}

Result<> Volume::change(std::string_view verb, Bytes offset, Bytes length, const Piece& piece) {
  Unlimited machine_work;
  bool go = TRY(machine_.pass(Kind::disk, fmt::format("{} {} {}+{}", verb, info_.name, offset.n, length.n)));
  if (!go) return {};
  return on_pieces(info_, offset, length, piece);
}

Result<> Volume::write_by_kernel(Bytes offset, std::span<const std::byte> data) {
  TRY(on_pieces(info_, offset, Bytes(data.size()), [&](device::Handle& disk, Bytes at, Bytes length, std::size_t from) {
    return disk.write(at, data.subspan(from, length.n));
  }));
  return on_pieces(info_, offset, Bytes(data.size()),
                   [](device::Handle& disk, Bytes, Bytes, std::size_t) { return disk.flush(); });
}

Result<> Volume::on_pieces(const dm::Info& device, Bytes offset, Bytes length, const Piece& piece, std::size_t from) {
  Unlimited machine_work;
  auto now = TRY(machine_.state().engine.info(device.uuid));
  if (!now) return fail(Code::io, device.name + ": No such device");
  if (now->suspended) {
    machine_.violate("I/O on the suspended device " + device.name + " would never end");
    return fail(Code::io, device.name + ": suspended");
  }
  dm::Table table = TRY(machine_.state().engine.table(device.uuid));
  if (offset + length > to_bytes(dm::table_length(table)))
    return fail(Code::io, fmt::format("{}: {} bytes at {} lie beyond the end", device.name, length.n, offset.n));
  for (const dm::Target& target : table) {
    Bytes start = to_bytes(target.start), end = to_bytes(target.start + target.length);
    Bytes first = std::max(start, offset), last = std::min(end, offset + length);
    if (first >= last) continue;
    if (std::holds_alternative<dm::ErrorTarget>(target.body))
      return fail(Code::io, device.name + ": Input/output error");
    TRY(on_target(target, first - start, last - first, piece, from + (first - offset).n));
  }
  return {};
}

Result<> Volume::on_target(const dm::Target& target, Bytes offset, Bytes length, const Piece& piece, std::size_t from) {
  Unlimited machine_work;
  if (const auto* linear = std::get_if<dm::LinearTarget>(&target.body))
    return on_leg(*linear, offset, length, piece, from);
  const auto* striped = std::get_if<dm::StripedTarget>(&target.body);
  if (!striped) return {};
  std::uint64_t chunk = to_bytes(striped->chunk).n;
  while (length.n != 0) {
    std::uint64_t number = offset.n / chunk, within = offset.n % chunk;
    Bytes part(std::min(length.n, chunk - within));
    const auto& leg = striped->legs[number % striped->legs.size()];
    TRY(on_leg(leg, Bytes(number / striped->legs.size() * chunk + within), part, piece, from));
    offset += part;
    length = length - part;
    from += part.n;
  }
  return {};
}

Result<> Volume::on_leg(const dm::LinearTarget& leg, Bytes offset, Bytes length, const Piece& piece, std::size_t from) {
  Unlimited machine_work;
  const auto* number = std::get_if<dm::DeviceNumber>(&leg.device);
  CHECK(number);
  Bytes at = to_bytes(leg.offset) + offset;
  auto below = TRY(machine_.state().engine.info(*number));
  if (below) return on_pieces(*below, at, length, piece, from);
  std::vector<device::Device> disks = TRY(machine_.state().disks.enumerate());
  for (const device::Device& disk : disks) {
    if (disk.number != *number) continue;
    auto handle = TRY(machine_.state().disks.open(disk, device::Access::write));
    return piece(*handle, at, length, from);
  }
  return fail(Code::io, dm::to_text(*number) + ": Input/output error");
}

}  // namespace lvm::crash
