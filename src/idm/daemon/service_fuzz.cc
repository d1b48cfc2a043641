// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes from clients: the first byte chooses the protocol. No request may crash the service, or take another client's
// lock.
#include "idm/daemon/service.h"

#include "base/result.h"
#include "idm/daemon/testing/bench.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lvm::idm;
  if (size == 0) return 0;
  testing::Bench bench(2);
  testing::Program other(bench, 2);
  CHECK(other.lock('a', 1) == 0);
  const auto id = bench.service->connect(data[0] % 2 == 0 ? Service::Protocol::seagate : Service::Protocol::text, 1);
  if (data[0] % 2 == 1) {
    const std::string hello = "hello 1\n";
    bench.service->receive(id, {reinterpret_cast<const std::uint8_t*>(hello.data()), hello.size()});
  }
  std::size_t at = 1;
  while (at < size) {
    const std::size_t part = std::min<std::size_t>(size - at, 1 + data[at] * std::size_t{16});
    bench.service->receive(id, {data + at, part});
    bench.timers.run_for(std::chrono::seconds(1));
    at += part;
  }
  bench.service->disconnect(id);
  CHECK(other.inject(0) == 0);
  CHECK(other.count('a').second == 1);
  return 0;
}
