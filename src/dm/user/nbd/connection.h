// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

struct nbd_handle;

namespace lvm::dm::user {

// "nbd://HOST/EXPORT", "nbd+unix:///EXPORT?socket=PATH", and what else libnbd knows (nbd_connect_uri(3)).
bool is_nbd_uri(std::string_view path);
// Whether libnbd was there when this program was built.
bool nbd_built_in();
// With the socket's path made absolute: a daemon has another working directory.
std::string absolute_nbd_uri(std::string uri);

// One connection to an NBD server, by libnbd, which is loaded when the first one is made. For one caller at a time.
class NbdConnection {
 public:
  struct Limits {
    int connect_milliseconds = 10'000;
    int answer_milliseconds = 0;  // 0: however long it takes
  };
  struct Export {
    Bytes size;
    bool read_only = false;
    bool shared = false;  // more connections may be made: they see each other's writes
    bool fua = false, zero = false, trim = false, flush = false;
    std::uint64_t block = 1;  // requests are multiples of it
  };
  // Code::unsupported without libnbd, Code::io when the server does not answer.
  static Result<std::unique_ptr<NbdConnection>> open(const std::string& uri, Limits limits);
  ~NbdConnection();
  NbdConnection(const NbdConnection&) = delete;
  NbdConnection& operator=(const NbdConnection&) = delete;

  const Export& properties() const { return export_; }
  // Nothing more will come of it.
  bool broken() const { return broken_; }

  // What is asked for is within the export and a multiple of its block.
  Result<> read(Bytes offset, std::span<std::byte> out);
  Result<> write(Bytes offset, std::span<const std::byte> data, bool fua);
  Result<> zero(Bytes offset, Bytes length, bool fua);
  Result<> trim(Bytes offset, Bytes length);
  Result<> flush();

 private:
  NbdConnection(std::string uri, Limits limits, nbd_handle* handle)
      : uri_(std::move(uri)), limits_(limits), handle_(handle) {}
  Result<> connect();
  void ask_for_properties();
  Result<> finish(std::string_view what, std::int64_t cookie);
  std::unexpected<Error> failed(std::string_view what) const;

  std::string uri_;
  Limits limits_;
  nbd_handle* handle_;
  Export export_;
  bool broken_ = false;
};

}  // namespace lvm::dm::user
