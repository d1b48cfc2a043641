// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scan/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/crc.h"
#include "base/endian.h"
#include "metadata/text.h"
#include "ondisk/mda_header.h"
#include "ondisk/ring.h"
#include "scan/images_test.h"
#include "syntax/document.h"
#include "system/fake/fake_system.h"

namespace lvm::scan {
namespace {

using Kind = world::Finding::Kind;
using ::testing::HasSubstr;

constexpr std::uint64_t kArea = 4096;

class UnitScan : public ::testing::Test {
 protected:
  UnitScan() { load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs.txt"); }

  void set(const std::string& text) {
    auto document = syntax::Document::parse(text, "test");
    ASSERT_TRUE(document) << document.error().text();
    config_.add(config::Config::Layer::command_line, *std::move(document));
  }

  world::World discovered(const Request& request = {}) {
    auto world = discover(machine_.system, config_, request);
    EXPECT_TRUE(world) << world.error().text();
    return *std::move(world);
  }
  world::World all(const Request& request = {}) {
    world::World world = discovered(request);
    auto done = read(machine_.system, config_, request, world);
    EXPECT_TRUE(done) << done.error().text();
    return world;
  }

  void flip(const std::string& device, std::uint64_t offset) {
    auto byte = machine_.io.peek(device, Bytes(offset), 1);
    byte[0] ^= std::byte{1};
    machine_.io.poke(device, Bytes(offset), byte);
  }
  void copy(const std::string& from, const std::string& to) {
    machine_.io.poke(to, Bytes(0), machine_.io.peek(from, Bytes(0), 1u << 20));
  }
  // Writes the VG anew on all of its PVs, changed by `edit`, at the start of each ring.
  void rewrite(
      const std::function<void(model::Vg&)>& edit,
      const std::function<void(std::string&)>& edit_text = [](std::string&) {}) {
    world::World world = all({.live = Live::none});
    model::Vg vg = *world.vgs[0].vg;
    edit(vg);
    std::string text = metadata::write(vg, {}, syntax::Layout::raw);
    edit_text(text);
    ondisk::TextLocation location{Bytes(512), Bytes(text.size() + 1), ondisk::text_checksum(text)};
    for (const world::PvDevice& pv : world.pvs) {
      const world::MetadataArea& area = pv.areas.at(0);
      auto header = ondisk::pack_mda_header({.area = {area.start, area.size}, .committed = location});
      ASSERT_TRUE(header);
      machine_.io.poke(pv.device.path, area.start, *header);
      machine_.io.poke(pv.device.path, area.start + location.offset,
                       std::as_bytes(std::span(text.c_str(), text.size() + 1)));
    }
  }
  // Where the committed text of the first area begins.
  std::uint64_t text_at(const std::string& device) {
    auto slot = machine_.io.peek(device, Bytes(kArea + 40), 8);
    std::uint64_t offset = 0;
    std::memcpy(&offset, slot.data(), 8);
    return kArea + offset;
  }
  static std::size_t count(const world::World& world, Kind kind) {
    return static_cast<std::size_t>(
        std::ranges::count(world.findings, kind, [](const world::Finding& f) { return f.kind; }));
  }
  static std::string texts(const world::World& world) {
    std::string out;
    for (const world::Finding& finding : world.findings) out += finding.text + "\n";
    return out;
  }

  FakeSystem machine_;
  config::Config config_;
};

TEST_F(UnitScan, DiscoverySeesLabelsAndSummaries) {
  world::World world = discovered();
  EXPECT_EQ(texts(world), "");
  ASSERT_EQ(world.pvs.size(), 3u);
  EXPECT_EQ(world.devices.size(), 3u);
  for (const world::PvDevice& pv : world.pvs) {
    EXPECT_TRUE(pv.id);
    EXPECT_TRUE(pv.used);
    EXPECT_EQ(pv.extension_version, 2u);
    EXPECT_EQ(pv.data_start, Bytes(1u << 20));
    EXPECT_EQ(pv.header_size, Bytes(32u << 20));
    ASSERT_EQ(pv.areas.size(), 1u);
    EXPECT_EQ(pv.areas[0].vg_name, "va");
    EXPECT_EQ(pv.areas[0].seqno, 2u);
    EXPECT_EQ(pv.areas[0].start, Bytes(kArea));
  }
  ASSERT_EQ(world.vgs.size(), 1u);
  EXPECT_TRUE(world.vgs[0].summary_only);
  EXPECT_EQ(world.vgs[0].vg->name, "va");
  EXPECT_EQ(world.vgs[0].vg->seqno, 2u);
  EXPECT_TRUE(world.vgs[0].vg->pvs.empty());
}

TEST_F(UnitScan, ReadsTheVg) {
  world::World world = all();
  EXPECT_EQ(texts(world), "");
  ASSERT_EQ(world.vgs.size(), 1u);
  const world::VgView& view = world.vgs[0];
  EXPECT_FALSE(view.summary_only);
  EXPECT_EQ(view.vg->pvs.size(), 3u);
  ASSERT_EQ(view.vg->lvs.size(), 1u);
  EXPECT_EQ(view.vg->lvs[0].name, "x");
  EXPECT_EQ(view.devices, (std::vector<std::optional<std::size_t>>{0, 1, 2}));
  EXPECT_FALSE(view.partial());
  EXPECT_EQ(view.area_count, 3u);
  EXPECT_EQ(view.areas_used, 3u);
  for (const world::PvDevice& pv : world.pvs) EXPECT_EQ(pv.vg_id, view.vg->id);
  EXPECT_EQ(world.find_pv(view.vg->pvs[1].id), &world.pvs[1]);
}

// As LVM2 reports it: two areas at once, none, one ignored with the label in sector 3.
TEST_F(UnitScan, AreasOfAllSorts) {
  load_images(machine_.io, LVM_TEST_IMAGES, "mixed_areas.txt");
  world::World world = all();
  EXPECT_EQ(texts(world), "");
  ASSERT_EQ(world.vgs.size(), 1u);
  const world::VgView& view = world.vgs[0];
  EXPECT_EQ(view.vg->name, "vb");
  EXPECT_FALSE(view.partial());
  EXPECT_EQ(view.area_count, 3u);
  EXPECT_EQ(view.areas_used, 2u);
  EXPECT_EQ(world.pvs[0].areas.size(), 2u);
  EXPECT_EQ(world.pvs[1].areas.size(), 0u);
  EXPECT_TRUE(world.pvs[2].areas[0].ignored);
  EXPECT_EQ(world.pvs[2].label_sector, 3u);
  for (const world::PvDevice& pv : world.pvs) EXPECT_EQ(pv.vg_id, view.vg->id);
}

TEST_F(UnitScan, TheSecondAreaServesWhenTheFirstIsDamaged) {
  load_images(machine_.io, LVM_TEST_IMAGES, "mixed_areas.txt");
  flip("/dev/a", kArea + 100);
  world::World world = all();
  ASSERT_EQ(world.vgs.size(), 1u);
  EXPECT_FALSE(world.vgs[0].partial());
  EXPECT_EQ(count(world, Kind::damaged_area), 1u);
  EXPECT_TRUE(world.pvs[0].areas[0].damaged);
  EXPECT_FALSE(world.pvs[0].areas[1].damaged);
}

TEST_F(UnitScan, TheHighestSeqnoWins) {
  load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs_later.txt", "a");
  load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs_later.txt", "c");
  world::World world = all();
  EXPECT_EQ(world.vgs[0].vg->seqno, 3u);
  EXPECT_EQ(world.vgs[0].vg->tags, std::vector<std::string>{"later"});
  EXPECT_EQ(texts(world),
            "ignoring metadata seqno 2 on /dev/b for seqno 3 on /dev/a for VG va.\n"
            "Inconsistent metadata found for VG va.\n"
            "  See vgck --updatemetadata to correct inconsistency.\n");
  EXPECT_EQ(count(world, Kind::old_metadata), 1u);
}

TEST_F(UnitScan, AMissingPv) {
  machine_.io.unplug("/dev/b");
  world::World world = all();
  const world::VgView& view = world.vgs[0];
  EXPECT_TRUE(view.partial());
  EXPECT_EQ(view.devices, (std::vector<std::optional<std::size_t>>{0, std::nullopt, 1}));
  std::string id = view.vg->pvs[1].id.dashed();
  EXPECT_EQ(texts(world), "Couldn't find device with uuid " + id + ".\nVG va is missing PV " + id +
                              " (last written to " + view.vg->pvs[1].device_hint + ").\n");
}

TEST_F(UnitScan, ADamagedLabelIsAMissingPv) {
  flip("/dev/b", 512 + 60);
  world::World world = all();
  EXPECT_EQ(world.pvs.size(), 2u);
  EXPECT_EQ(world.devices.size(), 3u);
  EXPECT_TRUE(world.vgs[0].partial());
  EXPECT_EQ(count(world, Kind::damaged_label), 1u);
}

TEST_F(UnitScan, ADamagedHeaderLeavesThePvInItsVg) {
  flip("/dev/b", kArea + 60);
  world::World world = all();
  EXPECT_FALSE(world.vgs[0].partial());
  EXPECT_TRUE(world.pvs[1].areas[0].damaged);
  EXPECT_EQ(world.pvs[1].vg_id, world.vgs[0].vg->id);
  EXPECT_EQ(count(world, Kind::damaged_area), 1u);
  EXPECT_THAT(texts(world), HasSubstr("vgck --updatemetadata"));
}

TEST_F(UnitScan, ADamagedTextGivesWayToAGoodOne) {
  flip("/dev/a", text_at("/dev/a") + 700);
  world::World world = all();
  ASSERT_FALSE(world.vgs[0].unusable);
  EXPECT_EQ(world.vgs[0].vg->lvs.size(), 1u);
  EXPECT_TRUE(world.pvs[0].areas[0].damaged);
  EXPECT_EQ(count(world, Kind::damaged_area), 1u);
  EXPECT_THAT(texts(world), HasSubstr("bad metadata on /dev/a in mda1: checksum error"));
}

TEST_F(UnitScan, NoGoodTextMakesTheVgUnusable) {
  for (const char* device : {"/dev/a", "/dev/b", "/dev/c"}) flip(device, text_at(device) + 700);
  world::World world = all();
  ASSERT_EQ(world.vgs.size(), 1u);
  EXPECT_EQ(world.vgs[0].vg->name, "va");
  ASSERT_TRUE(world.vgs[0].unusable);
  EXPECT_THAT(*world.vgs[0].unusable, HasSubstr("checksum error"));
  EXPECT_EQ(count(world, Kind::unusable_vg), 1u);
  EXPECT_EQ(count(world, Kind::damaged_area), 3u);
}

TEST_F(UnitScan, AllHeadersDamagedIsALostVg) {
  for (const char* device : {"/dev/a", "/dev/b", "/dev/c"}) flip(device, kArea + 60);
  world::World world = all();
  EXPECT_TRUE(world.vgs.empty());
  EXPECT_EQ(world.pvs.size(), 3u);
  EXPECT_THAT(texts(world), HasSubstr("PV /dev/a is marked in use but no VG was found using it.\n"
                                      "PV /dev/a might need repairing.\n"));
}

TEST_F(UnitScan, DamageLeavesOtherVgsAlone) {
  FakeSystem other;
  load_images(other.io, LVM_TEST_IMAGES, "mixed_areas.txt", "a");
  Bytes size = other.io.enumerate()->front().size;
  machine_.io.add("/dev/other", size);
  machine_.io.poke("/dev/other", Bytes(0), other.io.peek("/dev/a", Bytes(0), size.n));
  for (const char* device : {"/dev/a", "/dev/b", "/dev/c"}) flip(device, text_at(device) + 700);
  world::World world = all();
  ASSERT_EQ(world.vgs.size(), 2u);
  EXPECT_TRUE(world.vgs[0].unusable);
  EXPECT_FALSE(world.vgs[1].unusable);
  EXPECT_EQ(world.vgs[1].vg->name, "vb");
  EXPECT_EQ(world.vgs[1].vg->pvs.size(), 3u);
}

TEST_F(UnitScan, AnOutdatedPvIsLeftOut) {
  load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs_reduced.txt", "a");
  load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs_reduced.txt", "b");
  world::World world = all();
  const world::VgView& view = world.vgs[0];
  EXPECT_EQ(view.vg->pvs.size(), 2u);
  EXPECT_EQ(view.outdated, std::vector<std::size_t>{2});
  EXPECT_FALSE(world.pvs[2].vg_id);
  EXPECT_EQ(texts(world),
            "ignoring metadata seqno 2 on /dev/c for seqno 4 on /dev/a for VG va.\n"
            "Inconsistent metadata found for VG va.\n  See vgck --updatemetadata to correct inconsistency.\n"
            "outdated PV /dev/c seqno 2 has been removed in current VG va seqno 4.\n"
            "  See vgck --updatemetadata to clear outdated metadata.\n");
}

TEST_F(UnitScan, OfDuplicatesOneIsUsed) {
  copy("/dev/b", "/dev/c");
  world::World world = all();
  EXPECT_FALSE(world.pvs[1].duplicate);
  EXPECT_TRUE(world.pvs[2].duplicate);
  EXPECT_FALSE(world.pvs[2].vg_id);
  EXPECT_EQ(world.vgs[0].devices, (std::vector<std::optional<std::size_t>>{0, 1, std::nullopt}));
  std::string id = world.pvs[1].id.dashed();
  EXPECT_THAT(texts(world), HasSubstr("Not using device /dev/c for PV " + id + ".\nPV " + id +
                                      " prefers device /dev/b because device was seen first.\n"));
}

TEST_F(UnitScan, ADuplicateOfTheRecordedSizeIsPreferred) {
  machine_.io.add("/dev/aa", Bytes(64u << 20));
  copy("/dev/b", "/dev/aa");
  machine_.io.set_size("/dev/b", Bytes(48u << 20));
  machine_.io.set_size("/dev/aa", Bytes(32u << 20));
  world::World world = all();
  EXPECT_TRUE(world.find_pv("/dev/b")->duplicate);
  EXPECT_FALSE(world.find_pv("/dev/aa")->duplicate);
  EXPECT_THAT(texts(world), HasSubstr("prefers device /dev/aa because device size is correct."));
}

TEST_F(UnitScan, SeesChangesMadeBeforeTheLock) {
  world::World world = discovered();
  load_images(machine_.io, LVM_TEST_IMAGES, "three_pvs_later.txt");
  ASSERT_TRUE(read(machine_.system, config_, {}, world));
  EXPECT_EQ(world.vgs[0].vg->seqno, 3u);
  EXPECT_EQ(world.pvs[0].areas[0].seqno, 3u);
  EXPECT_EQ(texts(world), "");
}

TEST_F(UnitScan, FindsAVgThatAppearedBeforeTheLock) {
  FakeSystem empty;
  auto world = discover(empty.system, config_, {});
  ASSERT_TRUE(world);
  EXPECT_TRUE(world->vgs.empty());
  load_images(empty.io, LVM_TEST_IMAGES, "three_pvs.txt");
  ASSERT_TRUE(read(empty.system, config_, {.all_vgs = false, .vg_names = {"va"}}, *world));
  ASSERT_NE(world->find_vg("va"), nullptr);
  EXPECT_EQ(world->find_vg("va")->vg->lvs.size(), 1u);
}

TEST_F(UnitScan, ReadsOnlyWhatIsAskedFor) {
  load_images(machine_.io, LVM_TEST_IMAGES, "mixed_areas.txt", "b");  // breaks va's second PV
  Request request{.all_vgs = false, .vg_names = {"nothing"}};
  world::World world = all(request);
  EXPECT_TRUE(world.find_vg("va")->summary_only);
  request.vg_names = {"va"};
  ASSERT_TRUE(read(machine_.system, config_, request, world));
  EXPECT_FALSE(world.find_vg("va")->summary_only);
  std::size_t said = world.findings.size();
  EXPECT_GT(said, 0u);
  ASSERT_TRUE(read(machine_.system, config_, request, world));
  EXPECT_EQ(world.findings.size(), said) << "said once";
}

TEST_F(UnitScan, ForeignAndExtraSystemIds) {
  rewrite([](model::Vg& vg) { vg.system_id = "other"; });
  EXPECT_TRUE(discovered().vgs[0].foreign);
  EXPECT_TRUE(all().vgs[0].foreign);
  set("local { extra_system_ids = [ \"other\" ] }");
  EXPECT_TRUE(all().vgs[0].foreign) << "a host without an id has no others either";
  set("global { system_id_source = \"lvmlocal\" } local { system_id = \"me\" extra_system_ids = [ \"other\" ] }");
  EXPECT_FALSE(all().vgs[0].foreign);
}

TEST_F(UnitScan, TheHostsOwnSystemIdIsNotForeign) {
  rewrite([](model::Vg& vg) { vg.system_id = "me"; });
  set("global { system_id_source = \"lvmlocal\" } local { system_id = \"me\" }");
  EXPECT_FALSE(all().vgs[0].foreign);
}

TEST_F(UnitScan, AReappearedPvCountsAgainOnlyWithoutData) {
  rewrite([](model::Vg& vg) {
    vg.pvs[0].flags.set(model::PvFlag::missing);  // holds volume x
    vg.pvs[1].flags.set(model::PvFlag::missing);  // holds nothing
  });
  world::World world = all();
  EXPECT_TRUE(world.vgs[0].vg->pvs[0].missing());
  EXPECT_FALSE(world.vgs[0].vg->pvs[1].missing());
  EXPECT_FALSE(world.vgs[0].partial());
  const auto& pvs = world.vgs[0].vg->pvs;
  EXPECT_EQ(texts(world), "VG va was missing PV /dev/a " + pvs[0].id.dashed() +
                              ".\nVG va has unused reappeared PV /dev/b " + pvs[1].id.dashed() + ".\n");
}

TEST_F(UnitScan, TwoVgsOfOneName) {
  FakeSystem other;
  load_images(other.io, LVM_TEST_IMAGES, "mixed_areas.txt", "a");
  machine_.io.add("/dev/other", Bytes(32u << 20));
  machine_.io.poke("/dev/other", Bytes(0), other.io.peek("/dev/a", Bytes(0), 32u << 20));
  rewrite([](model::Vg& vg) { vg.name = "vb"; });
  world::World world = all();
  ASSERT_EQ(world.vgs.size(), 2u);
  EXPECT_EQ(world.vgs[0].vg->name, "vb");
  EXPECT_EQ(world.vgs[1].vg->name, "vb");
  EXPECT_NE(world.vgs[0].vg->id, world.vgs[1].vg->id);
  EXPECT_THAT(texts(world), HasSubstr("VG name vb is used by VGs "));
}

TEST_F(UnitScan, AShrunkenDeviceIsSaid) {
  machine_.io.set_size("/dev/a", Bytes(16u << 20));
  EXPECT_THAT(texts(all()), HasSubstr("Device /dev/a has size of 32768 sectors which is smaller than "
                                      "corresponding PV size of 65536 sectors. Was device resized?\n"
                                      "One or more devices used as PVs in VG va have changed sizes."));
}

TEST_F(UnitScan, StaleHeadersAreSaid) {
  // The flags of the extension: behind header, one data area, one metadata area, each list ended.
  constexpr std::uint64_t kFlags = 512 + 32 + 40 + 4 * 16 + 4;
  flip("/dev/a", kFlags);
  auto sector = machine_.io.peek("/dev/a", Bytes(512), 512);
  le32 checksum(crc32(std::span(sector).subspan(20)));
  machine_.io.poke("/dev/a", Bytes(512 + 16), std::as_bytes(std::span(&checksum, 1)));
  EXPECT_EQ(texts(all()), "PV /dev/a in VG va is missing the used flag in PV header.\n");
}

TEST_F(UnitScan, ATextThatIsNotUnderstoodMakesTheVgUnusable) {
  rewrite([](model::Vg&) {}, [](std::string& text) { text.replace(text.find("extent_count"), 12, "extent_xount"); });
  world::World world = all();
  ASSERT_TRUE(world.vgs[0].unusable);
  EXPECT_EQ(count(world, Kind::damaged_area), 0u) << "its checksum is right";
}

TEST_F(UnitScan, FiltersKeepDevicesOut) {
  set("devices { filter = [ \"r|/dev/b|\" ] }");
  world::World world = all();
  EXPECT_EQ(world.pvs.size(), 2u);
  EXPECT_TRUE(world.vgs[0].partial());
  ASSERT_NE(world.find_rejected("/dev/b"), nullptr);
  EXPECT_EQ(world.find_rejected("/dev/b")->reason, "device is rejected by filter config");
  EXPECT_EQ(world.find_device("/dev/b"), nullptr);
}

// A machine some of whose devices fail to be read, each in its way.
class FailingIo final : public device::Io {
 public:
  explicit FailingIo(device::Io& io) : io_(io) {}
  std::map<std::string, Error> failures;
  Result<std::vector<device::Device>> enumerate() override { return io_.enumerate(); }
  Result<std::unique_ptr<device::Handle>> open(const device::Device& device, device::Access access) override {
    if (auto failure = failures.find(device.path); failure != failures.end()) return std::unexpected(failure->second);
    return io_.open(device, access);
  }
  Result<device::Topology> topology(const device::Device& device) override { return io_.topology(device); }
  void read_heads(std::span<device::HeadRead> reads) override {
    io_.read_heads(reads);
    for (device::HeadRead& read : reads)
      if (auto failure = failures.find(read.device->path); failure != failures.end()) read.error = failure->second;
  }

 private:
  device::Io& io_;
};

TEST_F(UnitScan, UnreadableDevices) {
  FailingIo io(machine_.io);
  System system{io, machine_.dm, machine_.locks, machine_.clock, machine_.files, machine_.programs, machine_.trace};
  io.failures.emplace("/dev/b", Error(Code::permission, "/dev/b: not yours"));
  auto world = discover(system, config_, {});
  ASSERT_TRUE(world);
  EXPECT_EQ(texts(*world), "") << "of no interest";
  ASSERT_NE(world->find_rejected("/dev/b"), nullptr);
  world = discover(system, config_, {.only_devices = {"/dev/b"}});
  ASSERT_TRUE(world);
  EXPECT_EQ(texts(*world), "/dev/b: not yours\n") << "asked for";

  io.failures.insert_or_assign("/dev/b", Error(Code::io, "/dev/b does not answer"));
  world = discover(system, config_, {});
  ASSERT_TRUE(world);
  EXPECT_EQ(texts(*world), "/dev/b does not answer\n");
  EXPECT_EQ(world->findings[0].kind, Kind::unread_device);
  ASSERT_TRUE(read(system, config_, {}, *world));
  EXPECT_TRUE(world->vgs[0].partial());

  io.failures.insert_or_assign("/dev/b", Error(Code::interrupted, "enough"));
  auto stopped = discover(system, config_, {});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), Code::interrupted);
}

TEST_F(UnitScan, ANamedDeviceOutsideOfTheListIsRejected) {
  world::World world = discovered({.only_devices = {"/dev/a"}, .paths = {"/dev/elsewhere"}});
  ASSERT_NE(world.find_rejected("/dev/elsewhere"), nullptr);
  EXPECT_EQ(world.find_rejected("/dev/elsewhere")->reason, "device is not in devices list");
}

TEST_F(UnitScan, ABadFilterIsAnError) {
  set("devices { filter = [ \"x|/dev/b|\" ] }");
  auto world = discover(machine_.system, config_, {});
  ASSERT_FALSE(world);
  EXPECT_EQ(world.error().code(), Code::refused);
}

TEST_F(UnitScan, TheUsersNameForADeviceIsFound) {
  machine_.io.add("/dev/z", Bytes(4u << 20), {}, {"/dev/disk/z"});
  world::World world = discovered({.paths = {"/dev/disk/z", "/dev/none"}});
  ASSERT_NE(world.find_device("/dev/disk/z"), nullptr);
  EXPECT_EQ(world.find_device("/dev/disk/z")->path, "/dev/z");
}

TEST_F(UnitScan, LiveStateOfWhatWasReadOnly) {
  world::World first = all({.live = Live::none});
  EXPECT_FALSE(first.dm_available);
  std::string vg(first.vgs[0].vg->id.plain());
  std::string uuid = "LVM-" + vg + std::string(first.vgs[0].vg->lvs[0].id.plain());
  std::string other = "LVM-" + std::string(64, 'x');
  ASSERT_TRUE(machine_.dm.create({.name = "va-x", .uuid = uuid}));
  ASSERT_TRUE(machine_.dm.create({.name = "other", .uuid = other}));
  ASSERT_TRUE(machine_.dm.create({.name = "crypt", .uuid = "CRYPT-1"}));
  world::World world = all({.live = Live::info});
  EXPECT_TRUE(world.dm_available);
  ASSERT_NE(world.find_live(uuid), nullptr);
  EXPECT_EQ(world.find_live(uuid)->info.name, "va-x");
  EXPECT_EQ(world.live.size(), 2u);
  EXPECT_FALSE(world.find_live(uuid)->table.has_value());

  Request request{.all_vgs = false, .vg_names = {"va"}, .live = Live::table};
  world = all(request);
  EXPECT_EQ(world.live.size(), 1u);
  EXPECT_TRUE(world.find_live(uuid)->table.has_value());
  ASSERT_TRUE(machine_.dm.remove(uuid, {}, {}, false));
  ASSERT_TRUE(read(machine_.system, config_, request, world));
  EXPECT_EQ(world.find_live(uuid), nullptr) << "gone since";
}

TEST_F(UnitScan, WithoutDeviceMapperReadingStillWorks) {
  machine_.dm.set_unavailable(Error(Code::unsupported, "no driver"));
  world::World world = all();
  EXPECT_FALSE(world.dm_available);
  EXPECT_EQ(world.dm_unavailable_reason, "no driver");
  EXPECT_EQ(world.vgs.size(), 1u);
  set("global { activation = 0 }");
  EXPECT_THAT(all().dm_unavailable_reason, HasSubstr("Activation disabled"));
}

TEST_F(UnitScan, SystemIdSources) {
  EXPECT_EQ(discovered().host.system_id, "");
  set("global { system_id_source = \"lvmlocal\" } local { system_id = \"-my host!\" }");
  EXPECT_EQ(discovered().host.system_id, "myhost");
  set("global { system_id_source = \"machineid\" }");
  EXPECT_THAT(texts(discovered()), HasSubstr("/etc/machine-id"));
  ASSERT_TRUE(machine_.files.replace("/etc/machine-id", "0123abcd\n", 0644));
  EXPECT_EQ(discovered().host.system_id, "0123abcd");
  set("global { system_id_source = \"file\" system_id_file = \"/etc/id\" }");
  ASSERT_TRUE(machine_.files.replace("/etc/id", "# comment\n\n  node-1\nmore\n", 0644));
  EXPECT_EQ(discovered().host.system_id, "node-1");
}

// Every single bit of what stands on a PV, turned: never a crash, and the VG stays whole or says why not.
TEST_F(UnitScan, AnyFlippedBitIsSurvived) {
  auto sectors = machine_.io.peek("/dev/b", Bytes(0), 8192);
  for (std::uint64_t at = 0; at < sectors.size(); ++at) {
    if (sectors[at] == std::byte{0} && at % 16 != 0) continue;
    flip("/dev/b", at);
    world::World world = all({.live = Live::none});
    ASSERT_EQ(std::ranges::count(world.vgs, "va", [](const auto& v) { return v.vg->name; }), 1) << at;
    ASSERT_FALSE(world.find_vg("va")->unusable) << at;
    ASSERT_EQ(world.find_vg("va")->vg->lvs.size(), 1u) << at;
    flip("/dev/b", at);
  }
}

}  // namespace
}  // namespace lvm::scan
