// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>

#include "apply/walker.h"
#include "device/signatures.h"

// Steps that destroy old content: signatures on devices and on new volumes.
namespace lvm::apply {
namespace {

// In pieces, so that it can be said how far it is.
Result<> fill(device::Handle& handle, Bytes start, Bytes length, std::byte value, Dialogue& dialogue,
              const std::string& what) {
  const std::uint64_t most = value == std::byte{} ? 64u << 20 : 1u << 20;
  std::vector<std::byte> piece(value == std::byte{} ? 0 : std::min(most, length.n), value);
  for (std::uint64_t at = 0; at < length.n;) {
    const std::uint64_t part = std::min(most, length.n - at);
    if (value == std::byte{})
      TRY(handle.zero(start + Bytes(at), Bytes(part)));
    else
      TRY(handle.write(start + Bytes(at), std::span(piece).first(part)));
    at += part;
    dialogue.progress(what, at, length.n);
  }
  return {};
}

}  // namespace

// The user agreed to lose what planning found; what is there now must be the same.
Result<> Applier::Walker::run(const step::Stage&, const step::WipeSignatures& step, StageState&) {
  std::vector<device::Signature> found = TRY(system_.io.signatures(step.device));
  std::unique_ptr<device::Handle> handle = TRY(system_.io.open(step.device, device::Access::exclusive_write));
  for (const device::Signature& signature : found) {
    if (signature.type == "LVM2_member") continue;
    if (std::find(step.types.begin(), step.types.end(), signature.type) == step.types.end())
      return fail(Code::refused, fmt::format("{}: a {} signature appeared meanwhile: run the command again.",
                                             step.device.path, signature.type));
    TRY(device::wipe_signature(*handle, signature));
  }
  return handle->flush();
}

Result<> Applier::Walker::run(const step::Stage&, const step::WipeVolume& step, StageState&) {
  std::optional<dm::Info> info = TRY(system_.dm.info(step.uuid));
  if (!info)
    return fail(Code::not_found, fmt::format("Failed to wipe {}/{}: its device is not there.", step.vg, step.lv));
  device::Device volume;
  volume.path = fmt::format("/dev/{}/{}", step.vg, step.lv);
  volume.number = info->device;
  auto opened = system_.io.open(volume, device::Access::write);
  if (!opened) {
    // Hidden volumes have no path of their own.
    volume.path = fmt::format("/dev/mapper/{}", info->name);
    opened = system_.io.open(volume, device::Access::write);
  }
  std::unique_ptr<device::Handle> handle = TRY(std::move(opened));
  if (step.wipe_signatures) {
    std::vector<device::Signature> found = TRY(system_.io.signatures(volume));
    std::size_t left = found.size();
    for (const device::Signature& signature : found) {
      step::Question question{fmt::format("WARNING: {} signature detected on {} at offset {}. Wipe it? [y/n]: ",
                                          signature.type, volume.path, signature.offset.n),
                              fmt::format("Aborted wiping of {}.", signature.type)};
      if (!step.assume_yes && !dialogue_.ask(question))
        return fail(Code::refused, fmt::format("{} existing signature{} left on the device.\n"
                                               "Failed to wipe signatures on logical volume {}/{}.\n"
                                               "Aborting. Failed to wipe start of new LV.",
                                               left, left > 1 ? "s" : "", step.vg, step.lv));
      dialogue_.say({step::Say::Level::print, fmt::format("Wiping {} signature on {}.", signature.type, volume.path)});
      TRY(device::wipe_signature(*handle, signature));
      --left;
    }
  }
  Bytes length = std::min(step.zero_length, handle->size());
  TRY(fill(*handle, Bytes(), length, step.fill, dialogue_, fmt::format("{}/{}: Wiped", step.vg, step.lv)));
  if (!step.head.empty()) TRY(handle->write(Bytes(), step.head));
  return handle->flush();
}

Result<> Applier::Walker::run(const step::Stage&, const step::FillExtents& step, StageState&) {
  std::unique_ptr<device::Handle> handle = TRY(system_.io.open(step.device, device::Access::write));
  TRY(fill(*handle, step.offset, step.length, step.fill, dialogue_, step.volume + ": Wiped"));
  if (!step.head.empty()) TRY(handle->write(step.offset, step.head));
  return handle->flush();
}

// In pieces, so that it can be said how far it is, and be interrupted. The kernel cuts them into what the device takes
// at once (queue/discard_max_bytes).
Result<> Applier::Walker::run(const step::Stage&, const step::Discard& step, StageState&) {
  constexpr Bytes kMost(std::uint64_t{1} << 30);
  std::unique_ptr<device::Handle> handle = TRY(system_.io.open(step.device, device::Access::write));
  for (Bytes at; at < step.length;) {
    if (interrupted()) return fail(Code::interrupted, step.device.path + ": interrupted while discarding.");
    const Bytes part = std::min(kMost, step.length - at);
    TRY(handle->discard(step.offset + at, part));
    at += part;
    dialogue_.progress(step.device.path + ": Discarded", at.n, step.length.n);
  }
  return {};
}

}  // namespace lvm::apply
