// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "activate/activate.h"
#include "activate/live.h"
#include "cli/devices_file.h"
#include "cli/engine_revival.h"
#include "cli/hints_file.h"
#include "cli/implied_options.h"
#include "cli/lease_room.h"
#include "cli/online.h"
#include "cli/plan_locks.h"
#include "cli/profiles.h"
#include "cli/progress.h"
#include "cli/prompt.h"
#include "cli/report_options.h"
#include "cli/reshape_state.h"
#include "cli/system_parts.h"
#include "device/images.h"
#include "dm/user/client_engine.h"
#include "metadata/text.h"
#include "plan/duplicate_pvs.h"
#include "plan/freed_space.h"
#include "plan/lv_change.h"
#include "plan/lv_history.h"
#include "plan/reshape_finish.h"
#include "plan/thin_finish.h"
#include "scan/scan.h"
#include "scan/users.h"
#include "step/describe.h"
#include "world/image_backing.h"

namespace lvm::cli {
namespace {

// What apply says and asks, at the edge.
class EdgeDialogue final : public apply::Dialogue {
 public:
  explicit EdgeDialogue(Session& session) : session_(session) {}
  void say(const step::Say& say) override {
    progress_.reset();
    switch (say.level) {
      case step::Say::Level::print: session_.messages().print(say.text); break;
      case step::Say::Level::warn: session_.messages().warn(say.text); break;
      case step::Say::Level::verbose: session_.messages().verbose(say.text); break;
    }
  }
  bool ask(const step::Question& question) override {
    progress_.reset();
    return session_.ask(question);
  }
  void report(const Error& error) override {
    progress_.reset();
    session_.messages().error(error);
  }
  void progress(std::string_view what, std::uint64_t done, std::uint64_t total) override {
    if (!progress_) progress_.emplace(session_.messages(), session_.system().clock, std::string(what));
    progress_->update(done, total);
    if (done >= total) progress_.reset();
  }

 private:
  Session& session_;
  std::optional<Progress> progress_;  // of the step at work
};

std::string metadata_text(const model::VgPtr& vg) {
  return vg ? metadata::write(*vg, {}, syntax::Layout::file) : std::string();
}

// An operation LVM allows on exported VGs only when its row says so; a report shows them anyway.
bool passes_exported(const Needs& needs, const world::VgView& view) {
  return !view.vg->exported() || needs.exported || needs.read_only;
}

// The operands that are image files, by whatever path; "a.img:0-9" names extents of one.
std::vector<std::string> named_images(const Arguments& arguments) {
  std::vector<std::string> out;
  for (const std::string& operand : arguments.operands()) {
    for (const std::string& path : {operand, operand.substr(0, operand.find(':'))}) {
      std::error_code error;
      if (!std::filesystem::is_regular_file(device::split_image_name(path).file, error)) continue;
      out.push_back(path);
      break;
    }
  }
  return out;
}

// What hints say of PVs and their VGs.
bool changes_hints(const step::Plan& plan) {
  for (const step::Stage& stage : plan.stages) {
    bool same_vg = stage.before == stage.after ||
                   (stage.before && stage.after && stage.before->name == stage.after->name &&
                    std::ranges::equal(stage.before->pvs, stage.after->pvs, {}, &model::Pv::id, &model::Pv::id));
    if (!same_vg) return true;
    for (const step::Step& step : stage.steps)
      if (std::holds_alternative<step::WriteLabel>(step) || std::holds_alternative<step::RemoveLabel>(step))
        return true;
  }
  return false;
}

// A VG that is taken down may come up by its PVs again; of one that is gone nothing is remembered.
void forget_online(Files& files, const step::Plan& plan) {
  OnlineFiles online(files);
  std::set<std::string> released;
  for (const step::Stage& stage : plan.stages) {
    for (const step::Step& step : stage.steps) {
      const auto* removed = std::get_if<step::RemoveDevice>(&step);
      if (removed && removed->link) released.insert(removed->link->vg);
    }
    if (!stage.before || stage.after) continue;
    std::vector<std::string> ids;
    for (const model::Pv& pv : stage.before->pvs) ids.emplace_back(pv.id.plain());
    online.forget(stage.before->name, ids);
  }
  for (const std::string& vg : released) online.release(vg);
}

}  // namespace

struct Session::Parts {
  SystemParts system;
  EdgeDialogue dialogue;
  AttachedProfiles profiles;
  std::unique_ptr<HintsFile> hints;  // set: hints count for this command
  std::unique_ptr<lock::Guard> hints_lock;
  scan::HintedScan* hinted() const { return hints ? &hints->scan() : nullptr; }
  // Held as long as the session: to take the volumes of a large group down before the end helps nobody.
  std::vector<step::Plan> carried_out;
  bool tables_ahead = false;   // of metadata that was led back
  bool looks_closely = false;  // at tables, whatever the row says
};

Session::Session(const Arguments& arguments, Messages& messages, config::Config config, Selection selection)
    : arguments_(arguments), messages_(messages), config_(std::move(config)), selection_(std::move(selection)) {}
Session::~Session() = default;

// Others say what they have to say as ever.
static bool shows_log(const Arguments& arguments) {
  return takes(arguments.command(), arguments.form(), Opt::reportformat);
}

Result<std::unique_ptr<Session>> Session::start(Arguments& arguments, Messages& messages) {
  config::Config config = TRY(load_settings(arguments));
  for (const std::string& warning : config.warnings()) messages.warn(warning);
  if (!config.warnings().empty() && config.flag("config/abort_on_errors"))
    return fail(Code::refused, "Settings are invalid, and config/abort_on_errors is set.");
  const bool readonly = arguments.has(Opt::readonly);
  TRY(add_implied_options(arguments, config, messages));
  if (arguments.has(Opt::readonly) != readonly) config = TRY(load_settings(arguments));  // that has settings of its own
  Selection selection = select_devices(arguments, config);
  TRY(use_own_places(config, selection));
  std::unique_ptr<Session> session(new Session(arguments, messages, std::move(config), std::move(selection)));
  TRY(messages.configure(message_options(arguments, session->config_)));
  SystemParts parts = TRY(SystemParts::make(arguments, session->config_, session->selection_, messages));
  session->parts_.reset(new Parts{std::move(parts), EdgeDialogue(*session)});
  session->shared_locks_ =
      std::make_unique<SharedLocks>(arguments, session->config_, messages, session->system().clock);
  const bool looks = session->needs().scan && arguments.command().name != kRevival;
  if (const std::string& run = session->engine().run_directory; looks && !run.empty())
    if (auto revived = revive_engine(run, session->system().programs); !revived)
      messages.warn("WARNING: What a killed engine held is not up again: " + revived.error().text());
  // The log of the last command is what lastlog shows: it keeps none of its own.
  bool log = arguments.has(Opt::logonly) || session->config_.flag("log/report_command_log");
  if (log && arguments.command().name != "lastlog" && shows_log(arguments))
    messages.start_log();
  else
    messages.stop_log();
  if (!session->needs().read_only && arguments.activation_mode() == ActivationMode::partial)
    messages.warn("PARTIAL MODE. Incomplete logical volumes will be processed.");
  if (!session->config_.flag("global/activation") && session->needs().scan && !arguments.has(Opt::readonly))
    messages.warn("WARNING: Activation disabled. No device-mapper interaction will be attempted.");
  if (session->test_mode() && !session->needs().read_only)
    messages.warn("TEST MODE: Metadata will NOT be updated and volumes will not be (de)activated.");
  return session;
}

System& Session::system() { return parts_->system.system(); }
const EngineChoice& Session::engine() const { return parts_->system.engine(); }

Result<const report::Settings*> Session::report_settings() {
  if (!report_settings_) report_settings_ = TRY(cli::report_settings(arguments_, config_));
  return &*report_settings_;
}

ExitStatus Session::finish_log(ExitStatus status) {
  if (log_shown_ || arguments_.has(Opt::plan)) return status;
  if (!shows_log(arguments_)) return status;
  bool json = arguments_.has(Opt::reportformat) && arguments_.text(Opt::reportformat) != "basic";
  if (!messages_.logging() && !json) return status;
  auto settings = report_settings();
  if (!settings) return status;
  report::Request request;
  request.settings = **settings;
  request.log = report_part(arguments_, report::Kind::log, false);
  if (messages_.logging()) request.log_entries = &messages_.log();
  auto output = report::render(world_, config_, request);
  if (output) messages_.raw(output->text);
  return status;
}

bool Session::test_mode() const { return arguments_.has(Opt::test); }
bool Session::yes() const { return arguments_.has(Opt::yes); }
std::size_t Session::force() const { return arguments_.count(Opt::force) + arguments_.count(Opt::force_long); }

scan::Request Session::scan_request(std::vector<std::string> vg_names) const {
  scan::Request request;
  request.all_vgs = vg_names.empty();
  request.vg_names = std::move(vg_names);
  request.live = needs().live;
  request.need_read_ahead = needs().read_ahead;
  request.need_pv_read_ahead = !needs().read_only;
  request.need_devices = needs().all_devices;
  request.only_devices = selection_.paths;
  request.restrict_to = restrict_to_;
  request.paths = named_images(arguments_);
  // What is there, but not among them, is told from what is not there.
  if (!selection_.paths.empty())
    for (const std::string& operand : arguments_.operands())
      if (std::error_code error; operand.starts_with('/') && std::filesystem::exists(operand, error))
        request.paths.push_back(operand);
  // What is made a PV is added to the devices file.
  request.accept_named = needs().all_devices && !needs().read_only;
  if (request.accept_named)
    request.paths.insert(request.paths.end(), arguments_.operands().begin(), arguments_.operands().end());
  if (arguments_.has(Opt::devicesfile)) request.devices_file = std::string(arguments_.text(Opt::devicesfile));
  if (listed_ == Listed::ignored || arguments_.has(Opt::allpvs)) request.devices_file = "";
  return request;
}

Result<> Session::discover() {
  if (!parts_->hints && hints_apply(arguments_, config_, selection_))
    parts_->hints = std::make_unique<HintsFile>(system(), std::string(arguments_.command().name), only_vg(arguments_));
  const bool locks = needs().global != LockMode::none && !global_lock_;
  if (locks) {
    // A device that never answers is waited for here, where nobody waits for us; from now on it is known.
    world_ = TRY(scan::discover(system(), config_, scan_request({}), parts_->hinted()));
    lock::Mode mode = needs().global == LockMode::exclusive ? lock::Mode::exclusive : lock::Mode::shared;
    global_lock_ = TRY(system().locks.acquire({lock::Key::Kind::global, {}}, mode));
  }
  TRY(lock_globally());
  // What is only shown may be as old as the wait for the lock, for read() looks at its VGs again; other hosts may have
  // kept the lock for long.
  const bool young = locks && needs().read_only && !config_.flag("global/use_lvmlockd");
  if (!young) world_ = TRY(scan::discover(system(), config_, scan_request({}), parts_->hinted()));
  if (parts_->hints) parts_->hints->finish();
  if (listed_ == Listed::kept) refresh_devices_file(*this);
  return {};
}

// Among hosts: as the row says; and all VGs are one picture only while nobody makes or removes one.
Result<> Session::lock_globally() {
  if (needs().global == LockMode::exclusive) return shared_locks_->lock_global(lock::Mode::exclusive);
  const bool everything = needs().every_vg_when_none_named &&
                          std::ranges::all_of(arguments_.operands(), [](const auto& o) { return o.starts_with('@'); });
  if (needs().global == LockMode::shared || everything) return shared_locks_->lock_global(lock::Mode::shared);
  return {};
}

// Once: what is read from here on is what will be changed.
Result<> Session::claim_images() {
  if (images_claimed_ || needs().read_only || test_mode() || arguments_.has(Opt::plan)) return {};
  images_claimed_ = true;
  return system().io.claim(world_.devices);
}

namespace {

// A VG that is not there, or not as a whole: hints may have kept it out of sight.
bool lacks_something(const world::World& world, const std::vector<std::string>& vg_names) {
  if (vg_names.empty()) return std::ranges::any_of(world.vgs, &world::VgView::partial);
  return std::ranges::any_of(vg_names, [&](const std::string& name) {
    const world::VgView* view = world.find_vg(name);
    return view == nullptr || view->partial();
  });
}

}  // namespace

Result<> Session::read(const std::vector<std::string>& vg_names) {
  TRY(claim_images());
  TRY(scan::read(system(), config_, scan_request(vg_names), parts_->hinted(), world_));
  if (parts_->hints && parts_->hints->scan().used && lacks_something(world_, vg_names)) {
    parts_->hints->leave_out();
    world_ = TRY(scan::discover(system(), config_, scan_request({}), parts_->hinted()));
    TRY(scan::read(system(), config_, scan_request(vg_names), parts_->hinted(), world_));
    findings_said_ = 0;
    if (!lacks_something(world_, vg_names)) parts_->hints->ask_for_others();
  }
  constexpr int kMostTimes = 8;
  for (int times = 0; times < kMostTimes && shared_locks_->follow_drives(world_); ++times)
    TRY(scan::read(system(), config_, scan_request(vg_names), parts_->hinted(), world_));
  if (parts_->looks_closely && needs().live < scan::Live::table) {
    scan::Request request = scan_request(vg_names);
    request.live = scan::Live::table;
    TRY(scan::read(system(), config_, request, parts_->hinted(), world_));
  }
  forget_history();
  say_findings();
  if (!needs().read_only) parts_->profiles.load(world_, system().files, config_, messages_);
  return {};
}

Result<> Session::read_all() {
  TRY(discover());
  return read({});
}

// Volumes that were removed long ago (metadata/lvs_history_retention_time, seconds; 0: none is forgotten).
void Session::forget_history() {
  const std::int64_t retention = config_.integer("metadata/lvs_history_retention_time");
  if (retention <= 0) return;
  for (world::VgView& view : world_.vgs) {
    if (!view.vg || view.vg->historical.empty()) continue;
    plan::LvHistory history(*view.vg);
    if (!history.forget_before(system().clock.unix_seconds() - retention)) continue;
    model::Vg vg = *view.vg;
    history.store(vg);
    view.vg = std::make_shared<const model::Vg>(std::move(vg));
  }
}

Result<> Session::read_for_report(const std::vector<std::string>& vg_names) {
  TRY(discover());
  std::vector<std::string> names = vg_names;
  if (names.empty()) {
    for (const world::PvDevice& pv : world_.pvs)
      for (const world::MetadataArea& area : pv.areas)
        if (!area.vg_name.empty()) names.push_back(area.vg_name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  // Held together until all are read: the report is one moment of all VGs.
  std::vector<std::unique_ptr<lock::Guard>> guards;
  for (const std::string& name : names) {
    std::unique_ptr<lock::Guard> guard = TRY(lock_vg(name, lock::Mode::shared));
    guards.push_back(std::move(guard));
  }
  TRY(read(vg_names));
  hide_shared_vgs();
  return {};
}

// Without lvmlockd shared VGs are as those of other hosts, unless --shared; read_scope() says so of named ones.
void Session::hide_shared_vgs() {
  for (world::VgView& view : world_.vgs) {
    if (!view.vg->shared() || view.unusable) continue;
    auto allowed = shared_locks_->check_vg(*view.vg, false);
    if (!allowed) view.foreign = true;
  }
}

namespace {

// On this host, and among hosts.
class BothGuards final : public lock::Guard {
 public:
  BothGuards(std::unique_ptr<lock::Guard> local, std::unique_ptr<lock::Guard> shared)
      : local_(std::move(local)), shared_(std::move(shared)) {}

 private:
  std::unique_ptr<lock::Guard> local_, shared_;  // given back in reverse
};

}  // namespace

Result<std::unique_ptr<lock::Guard>> Session::lock_vg(const std::string& name, lock::Mode mode) {
  std::unique_ptr<lock::Guard> local = TRY(system().locks.acquire({lock::Key::Kind::vg, name}, mode));
  const world::VgView* known = world_.find_vg(name);
  if (!known || !known->vg->shared()) return local;
  std::unique_ptr<lock::Guard> shared = shared_locks_->lock_vg(name, shared_vg_mode(arguments_, mode));
  return std::make_unique<BothGuards>(std::move(local), std::move(shared));
}

ExitStatus Session::with_vg(const std::string& name, const std::function<ExitStatus(const world::VgView&)>& work) {
  Messages::Object before = messages_.set_object({.type = "vg", .name = name});
  ExitStatus status = use_vg(name, work);
  Messages::Object object = messages_.set_object(std::move(before));
  if (messages_.logging()) messages_.log_status(object, static_cast<int>(status));
  return status;
}

namespace {

// What stands on others goes before those: another look shows what is free then.
ExitStatus recover_and_look_again(Session& session, const std::string& name) {
  constexpr int kMostLooks = 8;
  for (int look = 0; look < kMostLooks; ++look) {
    if (auto read = session.read({name}); !read) return session.refuse(read.error());
    const world::VgView* view = session.world().find_vg(name);
    // Its devices could be read a moment ago.
    if (!view)
      return session.refuse(Error(Code::not_found, fmt::format("Volume group \"{}\" not found any more.", name)));
    auto mended = plan::recover(session.context(), *view);
    if (!mended) return session.refuse(mended.error());
    if (mended->empty()) return ExitStatus::ok;
    ExitStatus status = session.carry_out(std::move(mended));
    if (status != ExitStatus::ok || session.test_mode() || session.arguments().has(Opt::plan)) return status;
  }
  return ExitStatus::ok;
}

}  // namespace

ExitStatus Session::bring_in_line(const std::string& name) {
  parts_->looks_closely = true;
  ExitStatus status = recover_and_look_again(*this, name);
  parts_->looks_closely = false;
  return status;
}

ExitStatus Session::mend(const std::string& name) {
  if (plan::is_troubled(context(), *world_.find_vg(name))) {
    ExitStatus status = bring_in_line(name);
    if (status != ExitStatus::ok) return status;
  }
  if (test_mode() || arguments_.has(Opt::plan)) return ExitStatus::ok;
  const std::vector<LvId> reshapes = begun_reshapes(*this, *world_.find_vg(name));
  auto begun = plan::finish_reshape_starts(context(), *world_.find_vg(name), reshapes);
  if (!begun) return refuse(begun.error());
  if (!begun->empty()) {
    ExitStatus status = carry_out(std::move(begun));
    if (status != ExitStatus::ok) return status;
  }
  auto told = plan::finish_thin_messages(context(), *world_.find_vg(name));
  if (!told) return refuse(told.error());
  if (told->empty()) return ExitStatus::ok;
  // A pool that cannot be told is no reason to refuse other work: it is said, and tried again by the next command.
  carry_out(std::move(told));
  return ExitStatus::ok;
}

ExitStatus Session::use_vg(const std::string& name, const std::function<ExitStatus(const world::VgView&)>& work) {
  lock::Mode mode = needs().vg == LockMode::exclusive ? lock::Mode::exclusive : lock::Mode::shared;
  auto guard = lock_vg(name, mode);
  if (!guard) return refuse(guard.error());
  auto done = read({name});
  if (!done) return refuse(done.error());
  // Descriptions count the texts since the VG was read.
  applier_.reset();
  const world::VgView* view = world_.find_vg(name);
  if (!view) {
    messages_.error(fmt::format("Volume group \"{}\" not found", name));
    messages_.error(fmt::format("Cannot process volume group {}", name));
    return ExitStatus::failed;
  }
  messages_.set_object({.type = "vg", .name = name, .id = view->vg->id.dashed()});
  if (view->unusable) return refuse(Error(Code::corrupt, *view->unusable));
  const bool needs_lv_locks = !needs().read_only && !only_deactivates(arguments_);
  const bool must = mode == lock::Mode::exclusive && needs_lv_locks;
  if (auto allowed = shared_locks_->check_vg(*view->vg, must); !allowed) return refuse(allowed.error());
  if (!passes_exported(needs(), *view)) {
    messages_.error(fmt::format("Volume group {} is exported", name));
    return ExitStatus::failed;
  }
  if (mode == lock::Mode::exclusive && !needs().read_only && world_.dm_available) {
    ExitStatus status = mend(name);
    if (status != ExitStatus::ok) return status;
    view = world_.find_vg(name);
  }
  if (needs_lv_locks) {
    ExitStatus status = follow_lease_volume(*this, *view);
    if (status != ExitStatus::ok) return status;
    view = world_.find_vg(name);
  }
  if (must && needs().makes_lvs) {
    if (auto room = make_lease_room(*this, name); !room) return refuse(room.error());
    view = world_.find_vg(name);
  }
  return work(*view);
}

plan::Context Session::context() {
  return {world_, config_, system().clock.unix_seconds(), [this] { return system().clock.new_uuid(); }, &notes_};
}

void Session::say_notes() {
  for (const step::Say& note : notes_) parts_->dialogue.say(note);
  notes_.clear();
}

void Session::say_findings() {
  for (; findings_said_ < world_.findings.size(); ++findings_said_) {
    // The first line is the warning, the others are advice.
    std::string_view text = world_.findings[findings_said_].text;
    if (world_.findings[findings_said_].kind == world::Finding::Kind::devices_file) {
      messages_.warn(text);
      continue;
    }
    std::size_t end = text.find('\n');
    messages_.warn(fmt::format("WARNING: {}", text.substr(0, end)));
    while (end != std::string_view::npos) {
      text.remove_prefix(end + 1);
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      end = text.find('\n');
      messages_.error(text.substr(0, end));
    }
  }
}

ExitStatus Session::refuse(const Error& error) {
  say_notes();
  messages_.error(error);
  if (error.code() == Code::usage)
    messages_.error(fmt::format("Run `{} --help' for more information.", arguments_.command().name));
  return status_of(error);
}

ExitStatus Session::refuse_report(const Error& error) {
  say_notes();
  messages_.error(error);
  return ExitStatus::failed;
}

ExitStatus status_of(const Error& error) {
  return error.code() == Code::usage ? ExitStatus::usage : ExitStatus::failed;
}

bool Session::ask(const step::Question& question) {
  Prompt prompt(messages_, 0, {.assume_yes = yes(), .assume_no = messages_.options().quiet > 1});
  if (prompt.ask(question.text) == Answer::yes) return true;
  messages_.error(question.when_no);
  return false;
}

// Until the change is done nobody reads them.
void Session::drop_hints() {
  if (selection_.images_only()) return;  // hints are about block devices
  parts_->hints_lock = clear_hints(system(), std::string(arguments_.command().name));
}

// The embedded engine is told what the numbers in the plan's tables stand for.
Result<> Session::attach_images(const step::Plan& plan) {
  dm::user::UserEngine* user = engine().engines.user;
  bool loads = std::ranges::any_of(plan.stages, [](const step::Stage& stage) {
    return std::ranges::any_of(stage.steps,
                               [](const step::Step& step) { return std::holds_alternative<step::LoadTable>(step); });
  });
  if (user == nullptr || !loads) return {};
  auto concerned = [&](const world::PvDevice& pv) -> const model::Vg* {
    for (const step::Stage& stage : plan.stages)
      for (const auto* vg : {&stage.after, &stage.before})
        if (*vg && (*vg)->id == pv.vg_id) return &**vg;
    return nullptr;
  };
  for (const world::PvDevice& pv : world_.pvs) {
    const model::Vg* vg = pv.duplicate ? nullptr : concerned(pv);
    if (vg == nullptr) continue;
    auto backing = TRY(world::image_backing(pv, *vg));
    TRY(user->attach(pv.device.number, backing));
  }
  return {};
}

// Said when this command has started the daemon: without files there are other ways to the data.
void Session::say_where_volumes_are() {
  const EngineChoice& choice = engine();
  if (!choice.launched || !*choice.launched) return;
  *choice.launched = false;
  auto* client = static_cast<dm::user::ClientEngine*>(choice.engines.user);
  auto info = client->daemon_info();
  if (!info || !*info) return;
  for (const std::string& problem : (*info)->front_end_errors) messages_.warn("WARNING: " + problem);
  if ((*info)->front_end_errors.empty())
    messages_.verbose(fmt::format("Volumes are files below {}/dev.", choice.run_directory));
}

ExitStatus Session::print_plan(const step::Plan& plan) {
  std::vector<step::TextChange> changes;
  for (const step::Stage& stage : plan.stages)
    changes.push_back(stage.before == stage.after
                          ? step::TextChange{}
                          : step::text_change(metadata_text(stage.before), metadata_text(stage.after)));
  bool json = arguments_.text(Opt::plan) == "json";
  messages_.raw(json ? step::plan_json(plan, changes) : step::plan_text(plan, changes));
  return plan.failures.empty() ? ExitStatus::ok : ExitStatus::failed;
}

void Session::look_at_users(const model::Vg& vg, const std::vector<LvId>& lvs) {
  if (std::ranges::none_of(world_.live, [](const auto& live) { return live.second.info.open_count > 0; })) return;
  model::Relations relations(vg);
  std::vector<std::string> uuids;
  for (LvId id : lvs) {
    const model::Lv& lv = *vg.find_lv(id);
    for (const activate::OwnedDevice& device : activate::owned_devices(world_, vg, lv, &relations))
      if (activate::must_be_unused(device, lv)) uuids.push_back(device.uuid);
  }
  scan::look_at_users(system(), config_, uuids, world_);
}

ExitStatus Session::carry_out(Result<step::Plan> plan) {
  say_notes();
  if (!plan) return refuse(plan.error());
  if (auto single = plan::check_duplicates(config_, world_, *plan); !single) return refuse(single.error());
  plan::discard_freed(config_, world_, *plan);
  for (const step::Say& note : plan->notes) parts_->dialogue.say(note);
  for (const Error& failure : plan->failures) messages_.error(failure);
  if (arguments_.has(Opt::plan)) {
    auto listed = devices_file_change(*this, *plan);
    if (!listed) return refuse(listed.error());
    plan->stages.insert(plan->stages.begin(), listed->before.stages.begin(), listed->before.stages.end());
    plan->stages.insert(plan->stages.end(), listed->after.stages.begin(), listed->after.stages.end());
    return print_plan(*plan);
  }
  for (const step::Question& question : plan->questions)
    if (!ask(question)) return ExitStatus::failed;
  ExitStatus status = plan->failures.empty() ? ExitStatus::ok : ExitStatus::failed;
  if (test_mode()) {
    for (const step::Stage& stage : plan->stages)
      for (const step::Step& step : stage.steps)
        if (const auto* say = std::get_if<step::Say>(&step)) parts_->dialogue.say(*say);
    return status;
  }
  // Volumes that are active already may need another lock, and what is not active no more needs none.
  if (plan->stages.empty() && !lock_also_.empty() && shared_locks_->in_use())
    for (const world::VgView& view : world_.vgs)
      if (view.vg->shared() && view.vg->find_lv(lock_also_.front())) plan->stages.push_back({view.vg, view.vg, {}, {}});
  std::optional<PlanLocks> locks;
  if (shared_locks_->in_use() && PlanLocks::concerns(*plan)) {
    const auto activation = arguments_.activation();
    const bool shares = activation == Activation::shared || activation == Activation::automatic_shared;
    const bool ends = activation == Activation::off;
    locks.emplace(*this, *shared_locks_,
                  ends     ? lockd::Mode::unlocked
                  : shares ? lockd::Mode::shared
                           : lockd::Mode::exclusive,
                  std::exchange(lock_also_, {}));
    auto taken = locks->take(*plan);
    if (!taken) return refuse(taken.error());
    status = worst(status, *taken);
  }
  status = worst(status, apply(*plan));
  if (std::exchange(parts_->tables_ahead, false)) bring_in_line(parts_->carried_out.back().stages.front().before->name);
  if (!locks) return status;
  locks->give_back();
  for (const world::VgView& view : world_.vgs)
    if (view.vg->shared()) shared_locks_->set_version(view.vg->name, view.vg->seqno);
  return status;
}

ExitStatus Session::apply(step::Plan& plan) {
  if (!applier_) {
    auto wanted = arguments_.yes_no(Opt::autobackup);
    apply::Applier::Settings settings{arguments_.line(), wanted.value_or(config_.flag("backup/archive")),
                                      wanted.value_or(config_.flag("backup/backup"))};
    applier_ = std::make_unique<apply::Applier>(system(), config_, world_, parts_->dialogue, std::move(settings));
  }
  if (auto attached = attach_images(plan); !attached) return refuse(attached.error());
  auto listed = devices_file_change(*this, plan);
  if (!listed) return refuse(listed.error());
  // A PV that the devices file does not list would be out of sight: it is listed first.
  if (!listed->before.empty() && !applier_->run(listed->before).ok()) return ExitStatus::failed;
  if (changes_hints(plan)) drop_hints();
  apply::Outcome outcome = applier_->run(plan);
  if (outcome.ok() && !listed->after.empty()) outcome = applier_->run(listed->after);
  if (!selection_.images_only() && config_.flag("global/event_activation")) forget_online(system().files, plan);
  parts_->hints_lock.reset();
  const bool made = plan.stages.empty() || !plan.stages.front().before;
  parts_->tables_ahead = outcome.undone && !made && world_.dm_available;
  parts_->carried_out.push_back(std::move(plan));
  for (const step::Say& note : listed->notes)
    if (outcome.ok()) parts_->dialogue.say(note);
  say_where_volumes_are();
  return outcome.ok() ? ExitStatus::ok : ExitStatus::failed;
}

}  // namespace lvm::cli
