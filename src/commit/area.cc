// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/area.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <vector>

namespace lvm::commit {
namespace {

constexpr Bytes kWipedAtFormat{8 * kSectorSize};

ondisk::TextLocation location_of(const world::MetadataArea& known) {
  return {known.text_offset, known.text_size, known.text_checksum};
}

}  // namespace

Result<> Area::load(bool ignored) {
  ignored_ = ignored;
  ondisk::DiskArea where{known_->start, known_->size};
  std::array<std::byte, ondisk::kMdaHeaderSize.n> bytes;
  TRY(handle_->read(where.start, bytes));
  auto header = ondisk::unpack_mda_header(bytes, where);
  if (!header) {
    // A damaged area that the plan knew of is repaired by writing it; one that was good a moment ago
    // has been overwritten by somebody.
    if (!known_->damaged) return fail(Code::corrupt, fmt::format("{}: {}", device_, header.error().message()));
    header_ = ondisk::MdaHeader{.area = where};
    stale_ = true;
    return {};
  }
  header_ = *header;
  if (!known_->damaged && (header_.committed != location_of(*known_) || header_.ignored != known_->ignored))
    return fail(Code::busy, fmt::format("the metadata area at byte {} of {} has changed since it was read",
                                        where.start.n, device_));
  return {};
}

Result<> Area::place(Bytes size) {
  // Texts of an area that was ignored are of no use to anybody: the ring starts anew.
  if (header_.ignored) header_.committed = header_.precommitted = {};
  header_.ignored = false;
  placement_ = TRY(ondisk::place(header_.area.size, header_.committed, size));
  return {};
}

Result<> Area::write_text(std::string_view text, std::uint32_t checksum) {
  text_ = {placement_.offset, Bytes(text.size() + 1), checksum};
  const ondisk::Pieces& pieces = placement_.text;
  CHECK(pieces.first.size + pieces.second.size == text_.size + placement_.padding);
  std::vector<std::byte> padded((pieces.first.size + pieces.second.size).n);
  std::memcpy(padded.data(), text.data(), text.size());
  std::span<const std::byte> all(padded);
  TRY(handle_->write(header_.area.start + pieces.first.start, all.first(pieces.first.size.n)));
  if (pieces.second.size.n != 0)
    TRY(handle_->write(header_.area.start + pieces.second.start, all.subspan(pieces.first.size.n)));
  return {};
}

Result<> Area::write_header() {
  ondisk::MdaHeaderBytes bytes = TRY(ondisk::pack_mda_header(header_));
  TRY(handle_->write(header_.area.start, bytes));
  stale_ = false;
  known_->ignored = header_.ignored;
  known_->precommitted = !header_.precommitted.empty();
  known_->text_offset = header_.committed.offset;
  known_->text_size = header_.committed.size;
  known_->text_checksum = header_.committed.checksum;
  known_->damaged = false;
  known_->problem.clear();
  if (header_.committed.empty()) {
    known_->vg_name.clear();
    known_->vg_id = {};
    known_->seqno = 0;
  }
  return {};
}

Result<> Area::precommit() {
  header_.precommitted = text_;
  return write_header();
}

Result<> Area::commit(const world::MetadataArea& written) {
  header_.committed = text_;
  header_.precommitted = {};
  header_.ignored = ignored_;
  TRY(write_header());
  known_->vg_name = written.vg_name;
  known_->vg_id = written.vg_id;
  known_->seqno = written.seqno;
  return {};
}

Result<> Area::revert() {
  if (header_.precommitted.empty()) return {};
  header_.precommitted = {};
  return write_header();
}

Result<> Area::commit_ignored() {
  ondisk::MdaHeader wanted = header_;
  if (header_.ignored) wanted.committed = {};
  wanted.precommitted = {};
  wanted.ignored = true;
  if (wanted == header_ && !stale_) return {};
  header_ = wanted;
  return write_header();
}

Result<> Area::clear() {
  header_.committed = header_.precommitted = {};
  return write_header();
}

Result<> format_area(device::Handle& handle, const ondisk::DiskArea& area, bool ignored) {
  ondisk::MdaHeaderBytes bytes = TRY(ondisk::pack_mda_header({.area = area, .ignored = ignored}));
  // The header goes first, in its sector, and a text it spoke of after that: an area that is formatted anew is sound at
  // every moment.
  TRY(handle.write(area.start, bytes));
  TRY(handle.flush());
  Bytes header(bytes.size()), wiped = std::min(kWipedAtFormat, area.size);
  return wiped > header ? handle.zero(area.start + header, wiped - header) : Result<>();
}

}  // namespace lvm::commit
