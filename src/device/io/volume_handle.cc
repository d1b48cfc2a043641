// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/io/volume_handle.h"

#include "dm/user/nbd/nbd_block.h"

namespace lvm::device {
namespace {

class VolumeHandle final : public Handle {
 public:
  VolumeHandle(std::string path, std::shared_ptr<dm::user::Block> block)
      : path_(std::move(path)), block_(std::move(block)) {}

  Bytes size() const override { return block_->size(); }
  Result<> read(Bytes offset, std::span<std::byte> out) override { return named(block_->read(offset, out)); }
  Result<> write(Bytes offset, std::span<const std::byte> data) override { return named(block_->write(offset, data)); }
  Result<> zero(Bytes offset, Bytes length) override { return named(block_->zero(offset, length)); }
  Result<> discard(Bytes offset, Bytes length) override { return named(block_->discard(offset, length)); }
  Result<> flush() override { return named(block_->flush()); }

 private:
  Result<> named(Result<> result) const {
    if (!result) result.error().add_context("on " + path_);
    return result;
  }

  std::string path_;
  std::shared_ptr<dm::user::Block> block_;
};

}  // namespace

Result<std::unique_ptr<Handle>> open_volume(dm::user::UserEngine& engine, const Device& device, Access access) {
  if (access == Access::exclusive_write) {
    auto info = TRY(engine.info(device.number));
    if (info && info->open_count != 0) return fail(Code::busy, "Can't open " + device.path + " exclusively.");
  }
  auto block = TRY(engine.open(device.number, access != Access::read));
  return std::make_unique<VolumeHandle>(device.path, std::move(block));
}

Result<std::unique_ptr<Handle>> open_uri(const Device& device, Access access, int patience_milliseconds) {
  const dm::user::Backing backing{device.image->file, device.image->start, device.size, access == Access::read};
  const dm::user::NbdConnection::Limits limits{patience_milliseconds, patience_milliseconds};
  auto block = TRY(dm::user::NbdBlock::open(backing, limits));
  return std::make_unique<VolumeHandle>(device.path, std::move(block));
}

}  // namespace lvm::device
