// SPDX-License-Identifier: LGPL-2.1-or-later
// What the emulated disk says about itself: INQUIRY with its pages, mode pages, capacity.
#include <algorithm>
#include <cstring>

#include "idm/tcmu/scsi_disk.h"

namespace lvm::idm::tcmu {
namespace {

void put_be(std::span<std::byte> at, std::uint64_t value) {
  for (std::size_t i = 0; i < at.size(); ++i) at[i] = static_cast<std::byte>(value >> (8 * (at.size() - 1 - i)));
}

void put_text(std::span<std::byte> at, std::string_view text) {
  for (std::size_t i = 0; i < at.size(); ++i) at[i] = static_cast<std::byte>(i < text.size() ? text[i] : ' ');
}

std::vector<std::byte> page(std::uint8_t code, std::size_t payload) {
  std::vector<std::byte> out(4 + payload);
  out[1] = std::byte{code};
  put_be(std::span(out).subspan(2, 2), payload);
  return out;
}

scsi::Answer cut(std::vector<std::byte> data, std::size_t allocation) {
  data.resize(std::min(data.size(), allocation));
  return {.status = scsi::kGood, .sense = {}, .data = std::move(data)};
}

}  // namespace

scsi::Answer ScsiDisk::inquiry(const Cdb& cdb) const {
  const std::size_t allocation = std::size_t{cdb[3]} << 8 | cdb[4];
  if ((cdb[1] & 0x01) != 0) {
    auto data = vital_product_data(cdb[2]);
    return data.empty() ? check_condition(scsi::kInvalidField) : cut(std::move(data), allocation);
  }
  if (cdb[2] != 0) return check_condition(scsi::kInvalidField);
  std::vector<std::byte> data(36);
  data[2] = std::byte{0x06};  // SPC-4
  data[3] = std::byte{0x12};  // HISUP, response format 2
  data[4] = std::byte{31};
  data[7] = std::byte{0x02};  // CMDQUE
  const std::span bytes(data);
  put_text(bytes.subspan(8, 8), "LVM++");
  put_text(bytes.subspan(16, 16), "IDM DRIVE");
  put_text(bytes.subspan(32, 4), "0001");
  return cut(std::move(data), allocation);
}

std::vector<std::byte> ScsiDisk::vital_product_data(std::uint8_t code) const {
  switch (code) {
    case 0x00: {
      std::vector<std::uint8_t> codes = {0x00, 0x80, 0x83, 0xB0, 0xB1, 0xB2};
      if (drive_.behaviour().supported) codes.push_back(scsi::kVersionPage);
      auto out = page(code, codes.size());
      std::ranges::transform(codes, out.begin() + 4, [](std::uint8_t c) { return std::byte{c}; });
      return out;
    }
    case 0x80: {
      auto out = page(code, facts_.serial.size());
      put_text(std::span(out).subspan(4), facts_.serial);
      return out;
    }
    case 0x83: return device_identification();
    case 0xB0: return block_limits();
    case 0xB1: {
      auto out = page(code, 0x3C);
      put_be(std::span(out).subspan(4, 2), 1);  // does not rotate
      return out;
    }
    case 0xB2: {
      auto out = page(code, 4);
      // UNMAP, WRITE SAME (16) and (10) with the unmap bit; unmapped blocks read as zeros.
      if (backing_.can_discard()) out[5] = std::byte{0x80 | 0x40 | 0x20 | 0x04};
      return out;
    }
    case scsi::kVersionPage:
      if (!drive_.behaviour().supported) return {};
      return scsi::make_answer(Probe{}, Reply{.version = drive_.behaviour().version}).data;
    default: return {};
  }
}

std::vector<std::byte> ScsiDisk::device_identification() const {
  const std::size_t length = facts_.id.bytes.size();
  auto out = page(0x83, 4 + length);
  out[4] = std::byte{0x01};  // binary
  out[5] = std::byte{static_cast<unsigned char>(facts_.id.kind == DriveId::Kind::naa ? 3 : 2)};
  out[7] = static_cast<std::byte>(length);
  std::ranges::transform(facts_.id.bytes, out.begin() + 8, [](std::uint8_t b) { return std::byte{b}; });
  return out;
}

std::vector<std::byte> ScsiDisk::block_limits() const {
  constexpr std::uint64_t kMostBytes = 16u << 20;
  auto out = page(0xB0, 0x3C);
  const std::span bytes(out);
  out[4] = std::byte{1};  // WSNZ
  out[5] = std::byte{1};  // COMPARE AND WRITE: one block
  put_be(bytes.subspan(8, 4), kMostBytes / facts_.block_size);
  if (backing_.can_discard()) {
    put_be(bytes.subspan(20, 4), 0xFFFFFFFF);
    put_be(bytes.subspan(24, 4), 256);
  }
  put_be(bytes.subspan(36, 8), kMostBytes / facts_.block_size);
  return out;
}

// Pages 08h (caching: there is a write-back cache, SYNCHRONIZE CACHE empties it) and 0Ah (control: descriptor
// sense). Nothing can be changed.
scsi::Answer ScsiDisk::mode_sense(const Cdb& cdb) const {
  const bool six = cdb[0] == 0x1A, changeable = (cdb[2] >> 6) == 1;
  const unsigned wanted = cdb[2] & 0x3F;
  const std::size_t allocation = six ? cdb[4] : std::size_t{cdb[7]} << 8 | cdb[8];
  if ((cdb[2] >> 6) == 3) return check_condition({0x05, 0x39, 0x00});  // nothing is saved
  if (wanted != 0x08 && wanted != 0x0A && wanted != 0x3F) return check_condition(scsi::kInvalidField);
  std::vector<std::byte> data(six ? 4 : 8);
  if (wanted != 0x0A) {
    std::vector<std::byte> caching(20);
    caching[0] = std::byte{0x08}, caching[1] = std::byte{18};
    if (!changeable) caching[2] = std::byte{0x04};
    data.insert(data.end(), caching.begin(), caching.end());
  }
  if (wanted != 0x08) {
    std::vector<std::byte> control(12);
    control[0] = std::byte{0x0A}, control[1] = std::byte{10};
    if (!changeable) control[2] = std::byte{0x04};
    data.insert(data.end(), control.begin(), control.end());
  }
  // Write protection, and that forced unit access is understood.
  const std::byte specific{static_cast<unsigned char>((backing_.read_only() ? 0x80 : 0) | 0x10)};
  if (six) {
    data[0] = static_cast<std::byte>(data.size() - 1);
    data[2] = specific;
  } else {
    put_be(std::span(data).first(2), data.size() - 2);
    data[3] = specific;
  }
  return cut(std::move(data), allocation);
}

scsi::Answer ScsiDisk::read_capacity_10() const {
  std::vector<std::byte> data(8);
  put_be(std::span(data).first(4), std::min<std::uint64_t>(facts_.blocks - 1, 0xFFFFFFFF));
  put_be(std::span(data).subspan(4, 4), facts_.block_size);
  return cut(std::move(data), 8);
}

scsi::Answer ScsiDisk::service_action_in(const Cdb& cdb) const {
  if ((cdb[1] & 0x1F) != 0x10) return check_condition(scsi::kInvalidField);
  std::vector<std::byte> data(32);
  put_be(std::span(data).first(8), facts_.blocks - 1);
  put_be(std::span(data).subspan(8, 4), facts_.block_size);
  if (backing_.can_discard()) data[14] = std::byte{0x80 | 0x40};
  std::uint64_t allocation = 0;
  for (std::size_t i = 10; i < 14; ++i) allocation = allocation << 8 | cdb[i];
  return cut(std::move(data), allocation);
}

// Sense data goes with each answer: here there is never any left.
scsi::Answer ScsiDisk::request_sense(const Cdb& cdb) const {
  const bool descriptor = (cdb[1] & 1) != 0;
  std::vector<std::byte> data(descriptor ? 8 : 18);
  data[0] = std::byte{static_cast<unsigned char>(descriptor ? 0x72 : 0x70)};
  if (!descriptor) data[7] = std::byte{10};
  return cut(std::move(data), cdb[4]);
}

}  // namespace lvm::idm::tcmu
