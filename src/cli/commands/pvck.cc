// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/commands/commands.h"
#include "cli/commands/pvck_device.h"
#include "cli/commands/pvck_settings.h"
#include "cli/forms.h"
#include "cli/session.h"
#include "metadata/find_texts.h"
#include "metadata/text.h"
#include "ondisk/ring.h"
#include "plan/pv_repair.h"
#include "syntax/document.h"

namespace lvm::cli {
namespace {

using ondisk::Remark;

// The parts of `pvck`: what is said depends on what was asked for.
class Check {
 public:
  Check(Session& session, PvckDevice device, plan::PvSettings settings, bool fields)
      : session_(session), device_(std::move(device)), settings_(settings), fields_(fields) {}

  const PvckDevice& device() const { return device_; }
  bool bad() const { return bad_; }

  void print(std::string_view text) { session_.messages().print_always(text); }

  void say(const std::vector<Remark>& remarks) {
    for (const Remark& remark : remarks) {
      if (remark.kind == Remark::Kind::check) print("CHECK: " + remark.text);
      if (remark.kind == Remark::Kind::warning) print("WARNING: " + remark.text);
      if (remark.kind == Remark::Kind::field && fields_) print(remark.text);
    }
  }

  // One area's header, and whether the text it points at is what it says.
  Result<std::optional<std::string>> header_and_text(const ondisk::DiskArea& area, bool check_text) {
    ondisk::HeaderFindings header = ondisk::inspect_mda_header(TRY(device_.read(area.start, Bytes(512))), area);
    say(header.remarks);
    if (!header.sound) bad_ = true;
    if (!check_text || header.committed.empty() || header.ignored) return std::optional<std::string>();
    return text_at(area, header.committed);
  }

 private:
  // Of a text that is sound to its end: what reads only the head would not see damage behind it.
  Result<metadata::Summary> summary_of(const std::string& text) {
    TRY(syntax::Document::parse(text, device_.path()));
    return metadata::read_summary(text, device_.path());
  }

  std::optional<std::string> text_at(const ondisk::DiskArea& area, const ondisk::TextLocation& where) {
    std::string name = ondisk::mda_header_name(area.start);
    Bytes at = area.start + where.offset;
    auto text = device_.read_ring(area, where.offset, where.size);
    if (!text) {
      print(fmt::format("CHECK: failed to read metadata text at {}.raw_locn[0].offset {} size {}", name, where.offset.n,
                        where.size.n));
      bad_ = true;
      return std::nullopt;
    }
    while (!text->empty() && text->back() == '\0') text->pop_back();
    std::uint32_t checksum = ondisk::text_checksum(*text);
    if (checksum != where.checksum) {
      print(fmt::format("CHECK: metadata text at {} crc does not match {}.raw_locn[0].checksum", at.n, name));
      bad_ = true;
    }
    auto summary = summary_of(*text);
    if (!summary) {
      session_.messages().error(summary.error());
      print(fmt::format("CHECK: failed to parse metadata text at {} size {}", at.n, where.size.n));
      bad_ = true;
    }
    std::string line = fmt::format("metadata text at {} crc {:#x} # vgname {} seqno {}", at.n, checksum,
                                   summary ? summary->vg_name : "?", summary ? summary->seqno : 0);
    if (fields_ || text_wanted_) print(line);
    return std::move(*text);
  }

 public:
  // The line about the text is part of printing it.
  void want_text() { text_wanted_ = true; }
  const plan::PvSettings& settings() const { return settings_; }
  Session& session() { return session_; }

  // The area that --settings or --pvmetadatacopies chooses: the first, unless they say otherwise.
  std::optional<ondisk::DiskArea> chosen_area() {
    std::uint64_t number = settings_.mda_num.value_or(1);
    const auto& areas = device_.findings().metadata_areas;
    if (number <= areas.size()) return areas[number - 1];
    print(areas.empty() ? "zero metadata copies"
          : number == 2 ? "CHECK: second mda not found"
                        : "CHECK: mda not found");
    if (!areas.empty()) bad_ = true;
    return std::nullopt;
  }

 private:
  Session& session_;
  PvckDevice device_;
  plan::PvSettings settings_;
  bool fields_;
  bool text_wanted_ = false;
  bool bad_ = false;
};

ExitStatus verdict(Check& check) {
  if (!check.bad()) return ExitStatus::ok;
  check.session().messages().error("Found bad header or metadata values.");
  return ExitStatus::failed;
}

// To --file, which must be new: a dump must not be what it destroys.
Result<> save(Session& session, std::string_view text) {
  std::string path(session.arguments().text(Opt::file));
  if (session.system().files.read(path))
    return fail(Code::exists, fmt::format("Failed to create file {}: it exists already.", path));
  return session.system().files.replace(path, text, 0644);
}

ExitStatus dump_headers(Check& check) {
  check.say(check.device().findings().remarks);
  const auto& areas = check.device().findings().metadata_areas;
  if (areas.empty()) check.print("zero metadata copies");
  for (const ondisk::DiskArea& area : areas)
    if (auto done = check.header_and_text(area, true); !done) return check.session().refuse(done.error());
  return verdict(check);
}

ExitStatus dump_metadata(Check& check) {
  check.say(check.device().findings().remarks);
  auto area = check.chosen_area();
  if (!area) return verdict(check);
  check.want_text();
  auto text = check.header_and_text(*area, true);
  if (!text) return check.session().refuse(text.error());
  if (*text) {
    if (check.session().arguments().has(Opt::file)) {
      if (auto saved = save(check.session(), **text); !saved) return check.session().refuse(saved.error());
    } else {
      check.print("---");
      check.session().messages().plain(**text + "\n");
      check.print("---");
    }
  }
  return verdict(check);
}

ExitStatus list_texts(Check& check, const ondisk::DiskArea& area) {
  Session& session = check.session();
  auto ring = check.device().read(area.start + Bytes(512), area.size - Bytes(512));
  if (!ring) return session.refuse(ring.error());
  std::string saved;
  for (const metadata::FoundText& found :
       metadata::find_texts({reinterpret_cast<const char*>(ring->data()), ring->size()})) {
    Bytes at = area.start + Bytes(512) + found.offset;
    if (check.settings().metadata_offset && *check.settings().metadata_offset != at) continue;
    check.print(fmt::format("metadata at {} length {} crc {:08x} vg {} seqno {} id {}", at.n, found.text.size() + 1,
                            found.checksum, found.vg_name, found.seqno, found.vg_id));
    if (session.arguments().has(Opt::verbose)) {
      check.print(found.description);
      check.print(found.creation_time);
      session.messages().plain("\n");
    }
    saved += (saved.empty() ? "" : "\n--\n") + found.text;
  }
  if (session.arguments().has(Opt::file))
    if (auto done = save(session, saved); !done) return session.refuse(done.error());
  return verdict(check);
}

ExitStatus dump_all(Check& check) {
  check.say(check.device().findings().remarks);
  auto area = check.chosen_area();
  if (!area) return verdict(check);
  if (auto done = check.header_and_text(*area, false); !done) return check.session().refuse(done.error());
  return list_texts(check, *area);
}

// Where areas usually are, when the header does not say.
ondisk::DiskArea search_area(Check& check) {
  const plan::PvSettings& settings = check.settings();
  const auto& areas = check.device().findings().metadata_areas;
  std::uint64_t number = settings.mda_num.value_or(1);
  if (settings.mda_offset && settings.mda_size) return {*settings.mda_offset, *settings.mda_size};
  if (number <= areas.size()) return areas[number - 1];
  constexpr Bytes kSecond{1 << 20};
  ondisk::DiskArea out = number == 2 ? ondisk::DiskArea{check.device().size() - kSecond, kSecond}
                                     : ondisk::DiskArea{Bytes(4096), Bytes(1044480)};
  check.print(fmt::format("Using common defaults for {} mda: offset {} size {}.", number == 2 ? "second" : "first",
                          out.start.n, out.size.n));
  check.print("Override defaults with --settings \"mda_offset=<bytes> mda_size=<bytes>\"");
  return out;
}

ExitStatus dump_search(Check& check) {
  check.say(check.device().findings().remarks);
  ondisk::DiskArea area = search_area(check);
  check.print(fmt::format("Searching for metadata at offset {} size {}", area.start.n, area.size.n));
  return list_texts(check, area);
}

ExitStatus dump_area(Check& check) {
  Session& session = check.session();
  if (!session.arguments().has(Opt::file))
    return session.refuse(Error(Code::refused, "A metadata area is not text to be shown: save it with --file."));
  auto area = check.chosen_area();
  if (!area) return verdict(check);
  auto ring = check.device().read(area->start + Bytes(512), area->size - Bytes(512));
  if (!ring) return session.refuse(ring.error());
  auto saved = save(session, {reinterpret_cast<const char*>(ring->data()), ring->size()});
  return saved ? verdict(check) : session.refuse(saved.error());
}

Result<Check> open_check(Session& session, const std::string& path, bool fields) {
  plan::PvSettings settings = TRY(pvck_settings(session.arguments()));
  PvckDevice device = TRY(PvckDevice::open(session, path));
  return Check(session, std::move(device), settings, fields);
}

ExitStatus dump(Session& session) {
  std::string_view what = session.arguments().text(Opt::dump);
  auto check = open_check(session, session.arguments().operands().front(), what == "headers");
  if (!check) return session.refuse(check.error());
  if (what == "headers") return dump_headers(*check);
  if (what == "metadata") return dump_metadata(*check);
  if (what == "metadata_all") return dump_all(*check);
  if (what == "metadata_search") return dump_search(*check);
  return dump_area(*check);
}

ExitStatus check_one(Session& session, const std::string& path) {
  auto check = open_check(session, path, false);
  if (!check) return session.refuse(check.error());
  const ondisk::SectorFindings& findings = check->device().findings();
  check->say(findings.remarks);
  for (const ondisk::DiskArea& area : findings.metadata_areas)
    if (auto done = check->header_and_text(area, true); !done) return session.refuse(done.error());
  if (!findings.labelled)
    return session.refuse(Error(Code::not_found, fmt::format("Could not find LVM label on {}", path)));
  check->print(fmt::format("Found label on {}, sector {}, type=LVM2 001", path, check->device().label_sector()));
  for (const ondisk::DiskArea& area : findings.metadata_areas)
    check->print(fmt::format("Found text metadata area: offset={}, size={}", area.start.n, area.size.n));
  return check->bad() ? ExitStatus::failed : ExitStatus::ok;
}

// --- repair -----------------------------------------------------------------------------------------

void add(step::Plan& to, step::Plan from) {
  std::ranges::move(from.notes, std::back_inserter(to.notes));
  std::ranges::move(from.questions, std::back_inserter(to.questions));
  std::ranges::move(from.stages, std::back_inserter(to.stages));
}

Result<step::Plan> plan_repair(Session& session, const plan::DamagedPv& pv, const plan::PvSettings& settings) {
  const Arguments& arguments = session.arguments();
  bool both = arguments.form_id() == form::pvck::repair;
  std::string_view type = arguments.text(Opt::repairtype);
  if (!both && type == "label_header") return plan::repair_label(pv);
  std::optional<plan::RepairText> text;
  if (arguments.has(Opt::file)) text = TRY(pvck_text(session, std::string(arguments.text(Opt::file))));
  const model::Vg* vg = text ? &text->vg : nullptr;
  step::Plan out;
  std::vector<ondisk::DiskArea> areas = pv.findings.metadata_areas;
  if (both || type == "pv_header") {
    add(out, TRY(plan::repair_pv_header(pv, settings, vg)));
    areas = TRY(plan::repaired_areas(pv, settings, vg));
  }
  if (both || type == "metadata") {
    if (!text) return fail(Code::refused, "Metadata input file is required.");
    if (!both && !pv.findings.labelled)
      return fail(Code::refused,
                  fmt::format("{} has no PV header: repair that first (--repairtype pv_header).", pv.device.path));
    if (!areas.empty()) add(out, TRY(plan::repair_metadata(pv, areas, settings, *text)));
  }
  return out;
}

ExitStatus repair(Session& session) {
  auto guard = session.system().locks.acquire({lock::Key::Kind::global, {}}, lock::Mode::exclusive);
  if (!guard) return session.refuse(guard.error());
  auto check = open_check(session, session.arguments().operands().front(), false);
  if (!check) return session.refuse(check.error());
  check->say(check->device().findings().remarks);
  plan::DamagedPv pv = check->device().damaged();
  return session.carry_out(plan_repair(session, pv, check->settings()));
}

}  // namespace

ExitStatus run_pvck(Session& session, const Arguments& arguments) {
  auto found = session.discover();
  if (!found) return session.refuse(found.error());
  switch (arguments.form_id()) {
    case form::pvck::dump: return dump(session);
    case form::pvck::repair_type:
    case form::pvck::repair: return repair(session);
    default: break;
  }
  ExitStatus status = ExitStatus::ok;
  for (const std::string& path : arguments.operands()) status = worst(status, check_one(session, path));
  return status;
}

}  // namespace lvm::cli
