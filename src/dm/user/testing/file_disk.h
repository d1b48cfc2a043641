// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "dm/user/file_block.h"
#include "dm/user/testing/disk.h"

namespace lvm::dm::user::testing {

// An image file that is gone afterwards. Its power stays.
class FileDisk final : public Disk {
 public:
  FileDisk(std::string path, Sectors size, std::shared_ptr<Rings> rings) : path_(std::move(path)) {
    std::ofstream(path_).put('\0');
    std::filesystem::resize_file(path_, to_bytes(size).n);
    file_ = FileBlock::open({path_, Bytes(), to_bytes(size)}, std::move(rings)).value();
  }
  ~FileDisk() override { std::filesystem::remove(path_); }

  Bytes size() const override { return file_->size(); }
  bool read_only() const override { return false; }
  Result<> read(Bytes offset, std::span<std::byte> out) override {
    TRY(refuse(fail_reads_));
    return file_->read(offset, out);
  }
  Result<> change(const Change& change) override {
    TRY(refuse(fail_changes_));
    return file_->change(change);
  }
  Result<> flush() override {
    TRY(refuse(fail_changes_));
    return file_->flush();
  }
  void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch) override {
    fail_reads_ ? Block::start_read(offset, out, result, batch) : file_->start_read(offset, out, result, batch);
  }

  void fail_changes(bool fail_now) override { fail_changes_ = fail_now; }
  void fail_all(bool fail_now) override { fail_changes_ = fail_reads_ = fail_now; }
  void lose_power(std::mt19937_64&) override {}
  std::vector<std::byte> content() const override {
    std::vector<std::byte> all(size().n);
    static_cast<void>(file_->read(Bytes(), all));
    return all;
  }

 private:
  static Result<> refuse(bool fails) { return fails ? fail(Code::io, "The disk in a file is dead.") : Result<>(); }

  std::string path_;
  std::shared_ptr<FileBlock> file_;
  std::atomic<bool> fail_changes_{false}, fail_reads_{false};
};

}  // namespace lvm::dm::user::testing
