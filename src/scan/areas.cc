// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cstring>

#include "base/crc.h"
#include "ondisk/mda_header.h"
#include "ondisk/ring.h"
#include "scan/pass.h"

namespace lvm::scan {
namespace {

// Enough for the keys that a summary is made of, unless the VG has very many tags.
constexpr Bytes kSummarySize{4096};

std::uint32_t checksum_of(std::string_view text) { return crc32(std::as_bytes(std::span(text))); }

std::string place_of(const world::MetadataArea& area) {
  return "at offset " + std::to_string((area.start + area.text_offset).n) + " size " + std::to_string(area.text_size.n);
}

}  // namespace

Result<device::Handle*> LazyHandle::get() {
  if (!handle_) handle_ = TRY(io_.open(device_, device::Access::read));
  return handle_.get();
}

Result<> LazyHandle::read(std::span<const std::byte> head, Bytes offset, std::span<std::byte> out) {
  if (offset.n <= head.size() && out.size() <= head.size() - offset.n) {
    std::memcpy(out.data(), head.data() + offset.n, out.size());
    return {};
  }
  device::Handle* handle = TRY(get());
  return handle->read(offset, out);
}

void read_area_header(world::MetadataArea& area, LazyHandle& handle, std::span<const std::byte> head) {
  area = {.start = area.start, .size = area.size};
  std::array<std::byte, ondisk::kMdaHeaderSize.n> bytes;
  auto read = handle.read(head, area.start, bytes);
  auto header =
      read ? ondisk::unpack_mda_header(bytes, {area.start, area.size}) : std::unexpected(std::move(read).error());
  if (!header) {
    area.damaged = true;
    area.problem = header.error().text();
    return;
  }
  area.ignored = header->ignored;
  area.text_offset = header->committed.offset;
  area.text_size = header->committed.size;
  area.text_checksum = header->committed.checksum;
  area.precommitted = !header->precommitted.empty() && header->precommitted.offset != header->committed.offset;
}

Result<std::string> read_text(const world::MetadataArea& area, LazyHandle& handle, std::span<const std::byte> head,
                              Bytes most) {
  ondisk::Pieces pieces = TRY(ondisk::pieces(area.size, area.text_offset, std::min(area.text_size, most)));
  std::string text;  // left unset first: it may be megabytes, and is read over at once
  const std::size_t size = pieces.first.size.n + pieces.second.size.n;
  text.reserve(size + metadata::kRoomBehindText);
  text.resize_and_overwrite(size, [](char*, std::size_t whole) { return whole; });
  auto out = std::as_writable_bytes(std::span(text));
  TRY(handle.read(head, area.start + pieces.first.start, out.first(pieces.first.size.n)));
  if (pieces.second.size) TRY(handle.read(head, area.start + pieces.second.start, out.subspan(pieces.first.size.n)));
  return text;
}

void read_area_summary(Pass& pass, AreaRef ref, LazyHandle& handle, std::span<const std::byte> head) {
  world::MetadataArea& area = pass.area(ref);
  if (area.damaged || !area.text_size) return;
  TextKey key{area.text_checksum, area.text_size.n};
  auto take = [&](const metadata::Summary& summary) {
    area.vg_name = summary.vg_name;
    area.vg_id = summary.vg_id;
    area.seqno = summary.seqno;
  };
  if (auto known = pass.summaries.find(key); known != pass.summaries.end()) return take(known->second);

  auto attempt = [&](std::span<const std::byte> from, Bytes most) -> Result<metadata::Summary> {
    std::string text = TRY(read_text(area, handle, from, most));
    metadata::Summary summary = TRY(metadata::read_summary(text, pass.path(ref)));
    bool whole = text.size() == area.text_size.n;
    if (!whole || checksum_of(text) == area.text_checksum) return summary;
    // Not to be trusted, but the only clue to what was here.
    take(summary);
    return fail(Code::corrupt, "checksum error in metadata text " + place_of(area));
  };
  Result<metadata::Summary> summary = attempt(head, kSummarySize);
  // Once more, and all of it: the text may have changed under our hands, or have a long head.
  if (!summary) summary = attempt({}, area.text_size);
  if (!summary) return pass.damage(ref, summary.error().text());
  take(pass.summaries.emplace(key, *std::move(summary)).first->second);
}

Result<std::string> read_whole_text(Pass& pass, AreaRef ref) {
  const world::MetadataArea& area = pass.area(ref);
  LazyHandle handle(pass.system.io, pass.world.pvs[ref.pv].device);
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::string text = TRY(read_text(area, handle, {}, area.text_size));
    if (checksum_of(text) != area.text_checksum) continue;
    // The size counts a final NUL, which texts edited by hand may lack.
    if (text.ends_with('\0')) text.pop_back();
    return text;
  }
  return fail(Code::corrupt, "checksum error in metadata text " + place_of(area));
}

}  // namespace lvm::scan
