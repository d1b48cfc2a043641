// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "device/io.h"
#include "ondisk/mda_header.h"
#include "ondisk/ring.h"
#include "world/world.h"

namespace lvm::commit {

// One metadata area while a VG is written: its header as it stands on disk, and where the new text goes.
// The steps of docs/formats/metadata-area.md, "Changing the metadata", each one method.
class Area {
 public:
  Area(device::Handle& handle, std::string device, world::MetadataArea& known)
      : handle_(&handle), device_(std::move(device)), known_(&known) {}

  // Reads the header and compares it with what the plan was made from: Code::busy when it differs.
  // `ignored` is whether the area takes no part from now on.
  Result<> load(bool ignored);

  bool ignored() const { return ignored_; }
  Bytes limit() const { return ondisk::max_text_size(header_.area.size); }
  const std::string& device() const { return device_; }
  const world::MetadataArea& known() const { return *known_; }

  // Chooses the place for a text of `size` bytes, final NUL included. Writes nothing.
  Result<> place(Bytes size);
  Result<> write_text(std::string_view text, std::uint32_t checksum);
  Result<> precommit();
  // Takes over what `written` says of the new text (VG, seqno) into what is known of the area. An area that
  // goes out of use gets its last text with this.
  Result<> commit(const world::MetadataArea& written);
  Result<> revert();
  // An ignored area: flag set, nothing precommitted; texts of an area that was ignored before are dropped.
  Result<> commit_ignored();
  // No VG here any more.
  Result<> clear();
  Result<> flush() { return handle_->flush(); }

 private:
  // Writes the header, and brings what is known of the area in line with it.
  Result<> write_header();

  device::Handle* handle_;
  std::string device_;
  world::MetadataArea* known_;
  ondisk::MdaHeader header_;
  bool ignored_ = false;
  bool stale_ = false;  // the header on disk cannot be read: what is written replaces it
  ondisk::Placement placement_;
  ondisk::TextLocation text_;
};

// Wipes the first 4 KiB of a new area and writes an empty header.
Result<> format_area(device::Handle& handle, const ondisk::DiskArea& area, bool ignored);

}  // namespace lvm::commit
