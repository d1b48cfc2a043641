// SPDX-License-Identifier: LGPL-2.1-or-later
// What programs written for Seagate's lock manager rely on, over its socket protocol.
#include "idm/daemon/service.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "base/result.h"
#include "idm/daemon/testing/bench.h"

namespace lvm::idm {
namespace {

using testing::Bench;
using testing::Program;

constexpr std::uint32_t kEx = 1, kSh = 2;
constexpr Time kSecond = std::chrono::seconds(1);

TEST(UnitIdmService, version_is_the_drives) {
  Bench bench(1);
  Program a(bench, 1);
  ASSERT_EQ(a.call({.command = wire::Verb::version, .drives = {"/dev/d0"}}), 0);
  EXPECT_EQ(a.data, "\x08\x04");
  EXPECT_EQ(a.call({.command = wire::Verb::version, .drives = {"/dev/none"}}), -EINVAL);
}

TEST(UnitIdmService, lock_and_unlock_a_hundred_times_in_both_modes) {
  Bench bench(2);
  Program a(bench, 2);
  for (std::uint32_t mode : {kEx, kSh})
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(a.lock('a', mode), 0);
      ASSERT_EQ(a.unlock('a'), 0);
    }
}

TEST(UnitIdmService, errors_are_those_that_programs_test_for) {
  Bench bench(2);
  Program a(bench, 2);
  EXPECT_EQ(a.lock('a', 0), -EINVAL);
  EXPECT_EQ(a.lock('a', 3), -EINVAL);
  for (std::uint32_t mode : {kEx, kSh}) {
    ASSERT_EQ(a.lock('a', mode), 0);
    EXPECT_EQ(a.lock('a', mode), -EBUSY);
    EXPECT_EQ(a.unlock('a'), 0);
    EXPECT_EQ(a.unlock('a'), -1);
  }
  EXPECT_EQ(a.convert('a', kSh), -1);
  a.paths = {"/dev/d0", "/dev/none"};
  EXPECT_EQ(a.lock('a', kEx), -ENOMEM);
}

TEST(UnitIdmService, two_hosts_contend_as_modes_say) {
  Bench bench(2);
  Program a(bench, 2), b(bench, 2);
  ASSERT_EQ(a.lock('a', kEx), 0);
  EXPECT_EQ(b.lock('a', kEx), -1);
  EXPECT_EQ(b.lock('a', kSh), -1);
  EXPECT_EQ(b.unlock('a'), -1);
  ASSERT_EQ(a.unlock('a'), 0);
  EXPECT_EQ(b.unlock('a'), -1);
  ASSERT_EQ(a.lock('a', kSh), 0);
  ASSERT_EQ(b.lock('a', kSh), 0);
  EXPECT_EQ(a.convert('a', kEx), -1);
  EXPECT_EQ(b.convert('a', kEx), -1);
  ASSERT_EQ(a.unlock('a'), 0);
  EXPECT_EQ(a.convert('a', kEx), -1);
  EXPECT_EQ(b.convert('a', kEx), 0);
  EXPECT_EQ(b.unlock('a'), 0);
  ASSERT_EQ(a.lock('a', kSh), 0);
  EXPECT_EQ(b.lock('a', kEx), -1);
  EXPECT_EQ(b.unlock('a'), -1);
  EXPECT_EQ(a.unlock('a'), 0);
}

TEST(UnitIdmService, every_pair_of_modes_converts) {
  Bench bench(2);
  Program a(bench, 2);
  for (std::uint32_t from : {kEx, kSh})
    for (std::uint32_t to : {kEx, kSh}) {
      ASSERT_EQ(a.lock('a', from), 0);
      EXPECT_EQ(a.convert('a', to), 0);
      EXPECT_EQ(a.mode('a'), static_cast<int>(to));
      ASSERT_EQ(a.unlock('a'), 0);
    }
}

TEST(UnitIdmService, a_partner_whose_lease_ended_is_passed_over) {
  Bench bench(2);
  Program a(bench, 2), b(bench, 2), c(bench, 2);
  ASSERT_EQ(a.lock('a', kSh, 20'000), 0);
  ASSERT_EQ(b.lock('a', kSh, 20'000), 0);
  a.stop_renew();
  bench.timers.run_for(30 * kSecond);
  EXPECT_EQ(b.convert('a', kEx), 0);
  EXPECT_EQ(b.mode('a'), 1);
  EXPECT_EQ(b.unlock('a'), 0);
  // A third host shares beside one whose lease ended.
  ASSERT_EQ(b.lock('s', kSh, 20'000), 0);
  b.stop_renew();
  bench.timers.run_for(30 * kSecond);
  EXPECT_EQ(c.lock('s', kSh), 0);
  EXPECT_EQ(c.mode('s'), 2);
  ASSERT_EQ(b.unlock('s'), 0);
  b.start_renew();
  // An exclusive holder, too.
  ASSERT_EQ(b.lock('f', kEx, 20'000), 0);
  b.stop_renew();
  bench.timers.run_for(30 * kSecond);
  EXPECT_EQ(c.lock('f', kSh), 0);
  EXPECT_EQ(c.mode('f'), 2);
  b.unlock('f');
  b.start_renew();
  ASSERT_EQ(b.lock('e', kEx, 20'000), 0);
  b.stop_renew();
  bench.timers.run_for(30 * kSecond);
  EXPECT_EQ(c.lock('e', kEx), 0);
  EXPECT_EQ(c.convert('e', kSh), 0);
  EXPECT_EQ(c.mode('e'), 2);
}

TEST(UnitIdmService, an_expired_owner_that_nobody_broke_goes_on) {
  Bench bench(2);
  Program a(bench, 2);
  a.stop_renew();
  ASSERT_EQ(a.lock('a', kEx, 3000), 0);
  bench.timers.run_for(5 * kSecond);
  EXPECT_EQ(a.unlock('a'), 0);
  ASSERT_EQ(a.lock('a', kSh, 3000), 0);
  bench.timers.run_for(5 * kSecond);
  EXPECT_EQ(a.convert('a', kEx), 0);
  bench.timers.run_for(5 * kSecond);
  EXPECT_EQ(a.convert('a', kSh), 0);
  EXPECT_EQ(a.unlock('a'), 0);
}

TEST(UnitIdmService, an_expired_owner_that_was_broken_does_not) {
  Bench bench(2);
  Program a(bench, 2), b(bench, 2);
  a.stop_renew();
  ASSERT_EQ(a.lock('a', kEx, 3000), 0);
  bench.timers.run_for(5 * kSecond);
  ASSERT_EQ(b.lock('a', kEx), 0);
  ASSERT_EQ(b.unlock('a'), 0);
  EXPECT_NE(a.convert('a', kSh), 0);
  EXPECT_EQ(b.lock('a', kEx), 0) << "the conversion took nothing";
}

TEST(UnitIdmService, hosts_are_counted_from_inside_and_outside) {
  Bench bench(2);
  Program a(bench, 2), b(bench, 2), c(bench, 2);
  EXPECT_EQ(a.mode('a'), 0);
  EXPECT_EQ(a.count('a'), (std::pair{0, 0}));
  ASSERT_EQ(a.lock('a', kSh), 0);
  EXPECT_EQ(a.count('a'), (std::pair{0, 1}));
  EXPECT_EQ(b.count('a'), (std::pair{1, 0}));
  EXPECT_EQ(b.mode('a'), 2) << "by somebody who does not hold it";
  ASSERT_EQ(b.lock('a', kSh), 0);
  EXPECT_EQ(a.count('a'), (std::pair{1, 1}));
  EXPECT_EQ(c.count('a'), (std::pair{2, 0}));
  ASSERT_EQ(c.lock('a', kSh), 0);
  EXPECT_EQ(c.count('a'), (std::pair{2, 1}));
  for (Program* each : {&a, &b, &c}) ASSERT_EQ(each->unlock('a'), 0);
  EXPECT_EQ(c.count('a'), (std::pair{0, 0}));
}

TEST(UnitIdmService, hosts_whose_leases_ended_are_not_counted) {
  Bench bench(2);
  Program a(bench, 2), b(bench, 2), c(bench, 2), d(bench, 2);
  ASSERT_EQ(a.lock('a', kSh, 3000), 0);
  ASSERT_EQ(b.lock('a', kSh, 3000), 0);
  ASSERT_EQ(c.lock('a', kSh), 0);
  a.stop_renew();
  b.stop_renew();
  bench.timers.run_for(5 * kSecond);
  EXPECT_EQ(d.count('a'), (std::pair{1, 0}));
  // Once a third has dropped them, their unlocks tell that their leases had ended.
  EXPECT_EQ(c.convert('a', kEx), 0);
  EXPECT_EQ(a.unlock('a'), -ETIME);
  EXPECT_EQ(c.unlock('a'), 0);
}

TEST(UnitIdmService, a_value_goes_from_host_to_host) {
  Bench bench(2);
  Program a(bench, 2), b(bench, 2);
  ASSERT_EQ(a.lock('a', kEx), 0);
  EXPECT_EQ(a.read('a'), std::string(8, '\0'));
  ASSERT_EQ(a.write('a', "abcdefgh"), 0);
  ASSERT_EQ(a.unlock('a'), 0);
  ASSERT_EQ(b.lock('a', kEx), 0);
  EXPECT_EQ(b.read('a'), std::string("abcdefg\0", 8));
  ASSERT_EQ(b.write('a', "UUUUUUUU"), 0);
  ASSERT_EQ(b.unlock('a'), 0);
  ASSERT_EQ(a.lock('a', kEx, 3000), 0);
  EXPECT_EQ(a.read('a'), std::string("UUUUUUU\0", 8));
  a.stop_renew();
  bench.timers.run_for(5 * kSecond);
  ASSERT_EQ(b.lock('a', kEx), 0);
  EXPECT_EQ(b.read('a'), std::string(8, '\xFF'));
}

TEST(UnitIdmService, injected_faults_hit_lock_unlock_and_convert) {
  struct Row {
    std::size_t drives;
    std::vector<int> failing, working;
  };
  for (const Row& row : {Row{2, {100, 50}, {0}}, Row{3, {100, 70, 60, 50}, {30, 0}}, Row{4, {100, 70, 50}, {10, 0}}}) {
    Bench bench(row.drives);
    Program a(bench, row.drives);
    for (int percent : row.failing) {
      ASSERT_EQ(a.inject(percent), 0);
      EXPECT_EQ(a.lock('a', kEx), -EIO) << row.drives << " drives, " << percent << " %";
      ASSERT_EQ(a.inject(0), 0);
      bench.timers.run_for(3 * kSecond);
    }
    for (int percent : row.working) {
      ASSERT_EQ(a.inject(percent), 0);
      EXPECT_EQ(a.lock('a', kEx), 0) << row.drives << " drives, " << percent << " %";
      EXPECT_EQ(a.convert('a', kSh), 0);
      EXPECT_EQ(a.unlock('a'), 0);
    }
    for (int percent : {100, 50}) {
      ASSERT_EQ(a.inject(0), 0);
      ASSERT_EQ(a.lock('a', kEx), 0) << "after an unlock that failed";
      ASSERT_EQ(a.inject(percent), 0);
      EXPECT_EQ(a.convert('a', kSh), -EIO) << row.drives << " drives, " << percent << " %";
      ASSERT_EQ(a.inject(0), 0);
      EXPECT_EQ(a.convert('a', kSh), 0);
      ASSERT_EQ(a.inject(percent), 0);
      EXPECT_EQ(a.unlock('a'), -EIO) << row.drives << " drives, " << percent << " %";
      ASSERT_EQ(a.inject(0), 0);
      a.unlock('a');
    }
    EXPECT_EQ(a.inject(101), -EINVAL);
  }
}

TEST(UnitIdmService, renewals_survive_injected_faults) {
  for (std::size_t drives = 1; drives <= 4; ++drives)
    for (int percent : {100, 50, 0}) {
      Bench bench(drives);
      Program a(bench, drives);
      for (int round = 0; round < 2; ++round) {
        ASSERT_EQ(a.lock('a', kEx, 3000), 0);
        ASSERT_EQ(a.inject(percent), 0);
        bench.timers.run_for(5 * kSecond);
        ASSERT_EQ(a.inject(0), 0);
        EXPECT_EQ(a.unlock('a'), 0) << drives << " drives, " << percent << " %";
        ASSERT_EQ(a.stop_renew(), 0);
        ASSERT_EQ(a.start_renew(), 0);
      }
    }
}

TEST(UnitIdmService, kill_path_and_signal_come_before_the_lease_ends) {
  Bench bench(2);
  Program a(bench, 2);
  ASSERT_EQ(a.call({.command = wire::Verb::set_killpath, .path = "/usr/sbin/stop", .arguments = "--kill vg"}), 0);
  ASSERT_EQ(a.with_number(wire::Verb::set_signal, 15), 0);
  ASSERT_EQ(a.lock('a', kEx), 0);
  ASSERT_EQ(a.inject(100), 0);
  bench.timers.run_for(59 * kSecond);
  ASSERT_GE(bench.fenced.size(), 3u);
  EXPECT_EQ(bench.fenced[0].first, FenceStage::kill_path);
  EXPECT_EQ(bench.fenced[0].second.arguments, "--kill vg");
  EXPECT_EQ(bench.fenced[1].first, FenceStage::signal);
  EXPECT_EQ(bench.fenced[2].first, FenceStage::sigkill);
  EXPECT_EQ(bench.fenced[2].second.process, 1000);
  ASSERT_EQ(a.inject(0), 0);
  EXPECT_EQ(a.unlock('a'), 0);
}

TEST(UnitIdmService, a_client_that_dies_leaves_its_lock_to_the_next_one) {
  Bench bench(2);
  Program a(bench, 2), other(bench, 2);
  ASSERT_EQ(a.lock('a', kEx), 0);
  a.die();
  bench.timers.run_for(200 * kSecond);
  EXPECT_EQ(other.count('a'), (std::pair{1, 0}));
  // On this machine its successor gets it; a crash of the daemon changes nothing.
  bench.start();
  Program next(bench, 2);
  bench.timers.run_for(2 * kSecond);
  EXPECT_EQ(next.lock('a', kSh), 0);
  EXPECT_EQ(next.mode('a'), 2);
  EXPECT_EQ(next.unlock('a'), 0);
  EXPECT_TRUE(bench.journaled.empty());
}

TEST(UnitIdmService, host_ids_of_two_lockspaces_differ) {
  Bench bench(2);
  Program a(bench, 2), b(bench, 2);
  wire::Request request{.command = wire::Verb::set_host_id};
  request.host.bytes.fill(9);
  EXPECT_EQ(a.call(request), 0);
  EXPECT_EQ(b.call(request), -EBUSY);
}

// Bad input.

TEST(UnitIdmService, bad_requests_end_the_connection_with_a_reason_and_change_no_lock) {
  const auto header = [](std::uint32_t magic, std::uint32_t command, std::uint32_t length) {
    const std::uint32_t words[4] = {magic, command, length, 0};
    std::vector<std::uint8_t> out(16);
    std::memcpy(out.data(), words, 16);
    return out;
  };
  Bench bench(2);
  Program a(bench, 2);
  ASSERT_EQ(a.lock('a', kEx), 0);
  std::vector<std::vector<std::uint8_t>> bad{header(0x12345678, 1, 16), header(wire::kMagic, 99, 16),
                                             header(wire::kMagic, 1, 4096)};
  bad.push_back(header(wire::kMagic, 4, 96));
  bad.back().resize(96);  // a lock without its magic number
  auto many = wire::encode({.command = wire::Verb::acquire, .mode = 1, .drives = {"/dev/d0"}});
  many[16 + 8] = 0xFF, many[16 + 9] = 0xFF;  // 65535 drives
  bad.push_back(many);
  for (const auto& bytes : bad) {
    const auto id = bench.service->connect(Service::Protocol::seagate, 1);
    bench.service->receive(id, bytes);
    EXPECT_TRUE(bench.service->hang_up(id));
    EXPECT_FALSE(bench.service->output(id).empty());
    bench.service->disconnect(id);
  }
  EXPECT_EQ(bench.said.size(), bad.size());
  EXPECT_EQ(a.count('a'), (std::pair{0, 1}));
}

TEST(UnitIdmService, clients_that_vanish_half_way_get_and_lose_nothing) {
  Bench bench(2);
  Program a(bench, 2);
  const auto id = bench.service->connect(Service::Protocol::seagate, 1);
  bench.service->receive(id, wire::encode({.command = wire::Verb::add_lockspace}));
  const auto bytes = wire::encode(
      {.command = wire::Verb::acquire, .mode = 1, .lock = Program::id_of('a'), .timeout = 60'000, .drives = a.paths});
  bench.service->receive(id, std::span(bytes).first(bytes.size() / 2));
  bench.service->receive(id, std::span(bytes).subspan(bytes.size() / 2));
  EXPECT_TRUE(bench.service->busy(id));
  bench.service->disconnect(id);
  bench.timers.run_for(2 * kSecond);
  EXPECT_EQ(a.lock('a', kEx), 0);
}

// Our protocol.

class Text {
 public:
  explicit Text(Bench& bench) : bench_(bench), id_(bench.service->connect(Service::Protocol::text, 77)) {
    EXPECT_EQ(ask("hello 1"), "ok idmlockd 1\n\n");
  }
  std::string ask(std::string line) {
    line += '\n';
    bench_.service->receive(id_, {reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
    std::string& out = bench_.service->output(id_);
    while (!out.ends_with("\n\n")) CHECK(bench_.timers.run_one());
    return std::exchange(out, "");
  }

 private:
  Bench& bench_;
  Service::ClientId id_;
};

TEST(UnitIdmServiceText, contention_names_the_holder) {
  Bench bench(3);
  Text a(bench), b(bench);
  const std::string id = Program::id_of('a').hex();
  EXPECT_EQ(a.ask("open name=lvm_vg"), "ok\n\n");
  const std::string drives = " drives=/dev/d0,/dev/d1,/dev/d2";
  EXPECT_EQ(a.ask("lock mode=exclusive generation=4 id=" + id + drives), "ok\n\n");
  const std::string refused = b.ask("lock mode=shared id=" + id + drives);
  EXPECT_TRUE(refused.starts_with("error contended held by here (exclusive) since 1000000\nholder host=")) << refused;
  EXPECT_NE(b.ask("holders id=" + id + drives).find("name=here mode=exclusive"), std::string::npos);
  EXPECT_NE(a.ask("state").find("space name=lvm_vg process=77"), std::string::npos);
  EXPECT_NE(a.ask("state").find("mode=exclusive state=held lease=60000"), std::string::npos);
  // Whoever adopts it asks here which drives it is on.
  EXPECT_NE(a.ask("state").find(" on=naa.0101010101010101,naa.0202020202020202,naa.0303030303030303\n"),
            std::string::npos)
      << a.ask("state");
  EXPECT_NE(a.ask("drives").find("drive id=naa.0101010101010101 held=1"), std::string::npos);
  EXPECT_EQ(a.ask("place generation=5 id=" + id + drives + " next=/dev/d0,/dev/d1"), "ok\n\n");
  EXPECT_EQ(a.ask("place generation=6 id=" + id + " drives=/dev/d0,/dev/d1"), "ok\n\n");
  EXPECT_EQ(a.ask("unlock id=" + id), "ok\n\n");
  EXPECT_TRUE(a.ask("unlock id=" + id).starts_with("error not_held "));
  EXPECT_TRUE(a.ask("lock mode=exclusive id=" + id + " drives=/dev/d0,-,-").starts_with("error too_few_drives "));
}

TEST(UnitIdmServiceText, versions_and_nonsense_are_refused_in_words) {
  Bench bench(1);
  const auto raw = [&](const std::string& line) {
    const auto id = bench.service->connect(Service::Protocol::text, 1);
    bench.service->receive(id, {reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
    return std::pair(bench.service->output(id), bench.service->hang_up(id));
  };
  EXPECT_EQ(raw("hello 2\n"), std::pair(std::string("error version this lock manager speaks version 1\n\n"), true));
  EXPECT_TRUE(raw("state\n").second);
  EXPECT_TRUE(raw(std::string(300'000, 'x')).second);
  Text a(bench);
  for (const char* line :
       {"", "lock", "lock id=12", "frobnicate id=00", "inject percent=101", "open", "open name=x path=y"})
    EXPECT_TRUE(a.ask(line).starts_with("error ")) << line;
}

}  // namespace
}  // namespace lvm::idm
