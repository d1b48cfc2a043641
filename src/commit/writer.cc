// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "commit/state.h"
#include "metadata/text.h"

namespace lvm::commit {

std::optional<model::Vg> as_written(const model::Vg& vg, const Devices& devices) {
  std::optional<model::Vg> out;
  for (std::size_t i = 0; i < vg.pvs.size(); ++i) {
    const model::Pv& pv = vg.pvs[i];
    auto device = devices.find(pv.id);
    bool gone = device == devices.end();
    if (gone ? pv.missing() : pv.device_hint == device->second.device.path) continue;
    if (!out) out = vg;
    if (gone)
      out->pvs[i].flags.set(model::PvFlag::missing);
    else
      out->pvs[i].device_hint = device->second.device.path;
  }
  return out;
}

namespace {

// The text has visible LVs in front: order does not matter.
bool same(const model::Vg& read, const model::Vg& meant) {
  if (read == meant) return true;
  if (read.lvs.size() != meant.lvs.size()) return false;
  model::Vg a = read, b = meant;
  for (model::Vg* vg : {&a, &b}) std::ranges::sort(vg->lvs, {}, &model::Lv::id);
  return a == b;
}

}  // namespace

Writer::Writer(System& system, const config::Config& config, Devices& devices)
    : state_(new State{system, config, devices, {}, {}}) {}
Writer::~Writer() = default;

Result<device::Handle*> Writer::State::open(const world::PvDevice& pv) {
  auto& handle = handles[pv.id];
  if (!handle) handle = TRY(system.io.open(pv.device, device::Access::write));
  return handle.get();
}

Result<> Writer::State::on_each(std::vector<Area>& areas, const std::string& vg_name,
                                const std::function<Result<>(Area&)>& operation) {
  std::optional<Error> first;
  for (auto area = areas.begin(); area != areas.end();) {
    auto done = operation(*area);
    if (done) {
      ++area;
      continue;
    }
    warn(done.error().text());
    warn(fmt::format("WARNING: Failed to write an MDA of VG {}.", vg_name));
    if (!first) first = done.error();
    area = areas.erase(area);
  }
  if (!areas.empty()) return {};
  CHECK(first);
  return fail(first->code(), fmt::format("Failed to write VG {}.", vg_name));
}

Result<> Writer::State::flush_each(std::vector<Area>& areas, const std::string& vg_name) {
  std::string flushed;
  return on_each(areas, vg_name, [&](Area& area) -> Result<> {
    if (area.device() == flushed) return {};
    TRY(area.flush());
    flushed = area.device();
    return {};
  });
}

// Loads the areas of all PVs that have a device. One that cannot be read is left behind; one that is
// not as the plan knew it stops everything, before anything is written.
Result<> Writer::State::collect_areas(const model::Vg* before, const model::Vg& after,
                                      std::span<const step::AreaUse> area_use) {
  for (const model::Pv& pv : after.pvs) {
    world::PvDevice* known = find(pv.id);
    if (!known || known->areas.empty()) continue;
    auto handle = open(*known);
    if (!handle) {
      warn(handle.error().text());
      continue;
    }
    for (std::size_t i = 0; i < known->areas.size(); ++i) {
      bool ignored = known->areas[i].ignored;
      for (const step::AreaUse& use : area_use)
        if (use.pv == pv.id && use.area == i) ignored = use.ignored;
      Area area(**handle, known->device.path, known->areas[i]);
      auto loaded = area.load(ignored);
      // What an ignored area holds counts for nothing, however new it was when it went out of use.
      bool newer = before && !known->areas[i].ignored && known->areas[i].vg_id == before->id &&
                   known->areas[i].seqno > before->seqno;
      if (newer || (!loaded && loaded.error().code() == Code::busy))
        return fail(Code::busy, fmt::format("VG {} has changed on {} since it was read: nothing was written. Run the "
                                            "command again.",
                                            before ? before->name : after.name, known->device.path));
      if (!loaded && loaded.error().code() != Code::io) return loaded;
      if (!loaded) {
        warn(loaded.error().text());
        continue;
      }
      if (!ignored && before && area.known().vg_id == after.id && area.known().seqno < before->seqno)
        warn(fmt::format("WARNING: updating old metadata to {} on {} for VG {}.", after.seqno, known->device.path,
                         after.name));
      bool retires = ignored && !known->areas[i].ignored;
      (retires ? pending->retiring : ignored ? pending->ignored : pending->areas).push_back(std::move(area));
    }
  }
  if (pending->areas.empty())
    return fail(Code::refused, fmt::format("VG {} has no usable metadata area: nothing was written. Use pvchange "
                                           "--metadataignore n, or add a PV that has a metadata area.",
                                           after.name));
  return {};
}

// The text, checked by reading it back, in a size that fits every area. A removal always shrinks the
// text, but for its description: a long command line must not keep anybody from removing something, so
// the description is cut when nothing else helps.
Result<std::string> Writer::State::make_text(const model::Vg& after, const metadata::Origin& origin) {
  const Area& smallest = *std::ranges::min_element(pending->areas, {}, [](const Area& area) { return area.limit(); });
  std::string text = metadata::write(after, origin, syntax::Layout::raw);
  std::uint64_t size = text.size() + 1;
  std::uint64_t limit = smallest.limit().n;
  if (size > limit) {
    constexpr std::string_view kCut = "...";
    metadata::Origin shorter = origin;
    std::uint64_t excess = size - limit + kCut.size();
    shorter.description.resize(origin.description.size() > excess ? origin.description.size() - excess : 0);
    shorter.description += kCut;
    text = metadata::write(after, shorter, syntax::Layout::raw);
  }
  if (text.size() + 1 > limit)
    return fail(Code::no_space,
                fmt::format("VG {} {} metadata on {} ({} bytes) exceeds maximum metadata size ({} bytes)\n"
                            "Remove volumes or tags of the VG to go on, or add a PV with a larger --metadatasize and "
                            "put the small areas out of use with pvchange --metadataignore y.\n"
                            "Failed to write VG {}.",
                            after.name, after.seqno, smallest.device(), size, limit, after.name));
  auto again = metadata::read(text, after.name);
  if (!again)
    return fail(Code::corrupt, fmt::format("Refusing to write VG {}: its new metadata would not be readable: {}",
                                           after.name, again.error().text()));
  if (!same(again->vg, after))
    return fail(Code::corrupt,
                fmt::format("Refusing to write VG {}: its new metadata reads back differently.", after.name));
  return text;
}

// An area that is too small may be the reason for taking it out of use: without room or on a failing device it keeps
// its old text.
void Writer::State::write_retiring(const std::string& text, std::uint32_t checksum) {
  std::vector<Area> written;
  for (Area& area : pending->retiring) {
    auto done = area.place(Bytes(text.size() + 1));
    if (done) done = area.write_text(text, checksum);
    if (done) done = area.precommit();
    (done ? written : pending->ignored).push_back(std::move(area));
  }
  pending->retiring = std::move(written);
}

Result<> Writer::State::write_areas(const std::string& text, const std::string& vg_name) {
  for (Area& area : pending->areas) {
    auto placed = area.place(Bytes(text.size() + 1));
    if (!placed)
      return fail(placed.error().code(),
                  fmt::format("VG {} {} metadata on {}: {}\nFailed to write VG {}.", vg_name, pending->written.seqno,
                              area.device(), placed.error().message(), vg_name));
  }
  std::uint32_t checksum = ondisk::text_checksum(text);
  TRY(on_each(pending->areas, vg_name, [&](Area& area) { return area.write_text(text, checksum); }));
  TRY(on_each(pending->areas, vg_name, [](Area& area) { return area.precommit(); }));
  write_retiring(text, checksum);
  return flush_each(pending->areas, vg_name);
}

Result<> Writer::precommit(const model::Vg* before, const model::Vg& after, const metadata::Origin& origin,
                           std::span<const step::AreaUse> area_use) {
  state_->close();
  State::Pending& pending = state_->pending.emplace();
  pending.vg = after.id;
  pending.written.vg_name = after.name;
  pending.written.vg_id = after.id;
  pending.written.seqno = after.seqno;
  // Those that leave, and those that were to leave when an earlier command was cut short.
  for (const auto& [id, pv] : state_->devices) {
    bool was_here = (before && before->find_pv(id)) || std::ranges::any_of(pv.areas, [&](const auto& area) {
                      return area.vg_id == after.id && area.seqno <= (before ? before->seqno : 0);
                    });
    if (was_here && !after.find_pv(id)) pending.leaving.push_back(id);
  }
  TRY(state_->collect_areas(before, after, area_use));
  auto changed = as_written(after, state_->devices);
  const model::Vg& vg = changed ? *changed : after;
  std::string text = TRY(state_->make_text(vg, origin));
  TRY(state_->check_headers(vg));
  if (before)
    for (const model::Pv& pv : before->pvs) pending.members.push_back(pv.id);
  return state_->write_areas(text, vg.name);
}

// PVs that come from another VG first, for good: cut behind them, reading knows whose they are (scan/claims.h).
Result<> Writer::State::commit_areas(const model::Vg& after) {
  std::vector<Area>& areas = pending->areas;
  std::vector<Area> coming;
  auto comes = [&](const Area& area) { return area.known().vg_id && area.known().vg_id != after.id; };
  std::ranges::copy_if(areas, std::back_inserter(coming), comes);
  std::erase_if(areas, comes);
  auto commit = [&](std::vector<Area>& some) -> Result<> {
    if (some.empty()) return {};
    TRY(on_each(some, after.name, [&](Area& area) { return area.commit(pending->written); }));
    // The headers are written: what fails now is whether they survive the loss of power.
    auto flushed = flush_each(some, after.name);
    if (!flushed) warn("WARNING: The new metadata may not survive a power failure: " + flushed.error().text());
    return {};
  };
  Result<> done = commit(coming);
  if (done) done = commit(areas);
  areas.insert(areas.end(), coming.begin(), coming.end());
  return done;
}

Result<> Writer::commit(const model::Vg& after) {
  CHECK(state_->pending && state_->pending->vg == after.id);
  State::Pending& pending = *state_->pending;
  // The USED flags follow the metadata so that a command cut short leaves no PV that says USED and is nobody's: it
  // could be had with -ff only. A member without the flag gets it with the next change.
  for (PvId pv : pending.leaving) {
    auto cleared = state_->leave(*state_->find(pv), after.id);
    if (!cleared) state_->warn(cleared.error().text());
  }
  TRY(state_->commit_areas(after));
  // The VG is the new one now. What fails behind this point leaves a PV that still claims the old VG:
  // reading finds it outdated. Areas going out of use come only here (LVM2 writes them first): one of them
  // may have held the only readable text of the old VG.
  for (Area& area : pending.retiring) {
    auto done = area.commit(pending.written);
    if (done) done = area.flush();
    if (!done) state_->warn(done.error().text());
  }
  for (Area& area : pending.ignored) {
    auto done = area.commit_ignored();
    if (done) done = area.flush();
    if (!done) state_->warn(done.error().text());
  }
  for (const model::Pv& pv : after.pvs)
    if (world::PvDevice* known = state_->find(pv.id)) known->vg_id = after.id;
  state_->update_headers(after);
  for (PvId pv : pending.leaving) {
    world::PvDevice* known = state_->find(pv);
    if (!known) continue;
    auto freed = state_->clear_areas(*known, after.id);
    if (!freed) state_->warn(freed.error().text());
  }
  state_->close();
  return {};
}

Result<> Writer::revert(const model::Vg& after) {
  if (!state_->pending || state_->pending->vg != after.id) return {};
  std::string errors;
  auto note = [&](const Result<>& done) {
    if (!done) errors += (errors.empty() ? "" : "\n") + done.error().text();
  };
  for (auto* areas : {&state_->pending->areas, &state_->pending->retiring})
    for (Area& area : *areas) {
      note(area.revert());
      note(area.flush());
    }
  state_->close();
  if (errors.empty()) return {};
  return fail(Code::io, std::move(errors));
}

Result<> Writer::remove(const model::Vg& vg) {
  state_->close();
  std::optional<Error> first;
  // USED goes first, everywhere: cut short between the two, the VG is still there and sets it again.
  for (bool flags : {true, false})
    for (const model::Pv& pv : vg.pvs) {
      world::PvDevice* known = state_->find(pv.id);
      if (!known) continue;
      auto freed = flags ? state_->leave(*known, vg.id) : state_->clear_areas(*known, vg.id);
      if (!freed && !first) first = freed.error();
    }
  state_->close();
  if (first) return std::unexpected(std::move(*first));
  return {};
}

}  // namespace lvm::commit
