// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

#include "dm/user/live_target.h"

namespace lvm::dm::user {

// What a table needs of the machine while it is built and lives.
class TableSite {
 public:
  virtual ~TableSite() = default;
  struct Lower {
    DeviceNumber number;
    std::shared_ptr<Block> block;
    std::shared_ptr<void> hold;  // the device below counts an opener as long as this lives
    bool fixed_size = false;     // no device of the engine: its size is to fit at once
  };
  virtual Result<Lower> open_lower(const DeviceRef& device, bool writable) = 0;
  virtual Host& host() = 0;
};

// A loaded table: targets made from its lines. I/O is passed on to them.
class LiveTable {
 public:
  // `device_name` is for messages. `site` outlives the table.
  static Result<std::shared_ptr<LiveTable>> make(const Table& table, bool read_only, TableSite& site,
                                                 std::string_view device_name);
  ~LiveTable();

  // With devices by number only.
  const Table& values() const { return values_; }
  bool read_only() const { return read_only_; }
  Bytes size() const { return size_; }
  std::vector<DeviceNumber> dependencies() const;
  // Every mapped range against the device below it; those on fixed devices have been checked by make().
  Result<> check_sizes() const;

  Result<> read(Bytes offset, std::span<std::byte> out);
  Result<> change(const Change& change);
  Result<> flush();
  void start_read(Bytes offset, std::span<std::byte> out, Result<>& result, Batch& batch);

  Result<> before_resume();
  void resumed();
  void before_suspend(bool flush);
  void suspended();
  bool has_work() const;
  std::optional<std::uint64_t> work();
  std::vector<StatusLine> status();
  Result<std::string> message(Sectors sector, std::string_view text);

 private:
  class Builder;
  struct Entry {
    Bytes start, length;
    std::unique_ptr<LiveTarget> target;
  };
  LiveTable() = default;
  // The entry that holds `offset`, which is below size().
  Entry& entry_at(Bytes offset);

  std::string name_;
  Table values_;
  bool read_only_ = false;
  Bytes size_;
  std::vector<TableSite::Lower> lowers_;  // before the entries: targets go first
  std::vector<Area> areas_;
  std::vector<Entry> entries_;
};

}  // namespace lvm::dm::user
