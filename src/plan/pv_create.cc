// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/pv_create.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/new_pvs.h"
#include "plan/pv_layout.h"

namespace lvm::plan {
namespace {

// The VG that the device belongs to, by its name; "" for none.
std::string vg_name_of(const Context& context, const world::PvDevice& pv) {
  if (!pv.vg_id) return {};
  const world::VgView* view = context.world.find_vg(pv.vg_id);
  return view ? view->vg->name : std::string();
}

Result<> check_free(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options, NewPv& out) {
  const world::PvDevice* pv = context.world.find_pv(candidate.name);
  if (!pv) return {};
  std::string vg = vg_name_of(context, *pv);
  if (vg.empty() && pv->used) {
    if (options.force < 2)
      return fail(Code::refused, fmt::format("PV {} is used by a VG but its metadata is missing.\n"
                                             "Can't initialize PV '{}' without -ff.",
                                             candidate.name, candidate.name));
    if (!options.yes)
      out.questions.push_back(
          {fmt::format("Really INITIALIZE physical volume \"{}\" that is marked as belonging to a VG [y/n]? ",
                       candidate.name),
           fmt::format("{}: physical volume not initialized.", candidate.name)});
    return {};
  }
  if (vg.empty()) return {};
  if (options.force < 2)
    return fail(Code::refused, fmt::format("Can't initialize physical volume \"{}\" of volume group \"{}\" without -ff",
                                           candidate.name, vg));
  if (!options.yes)
    out.questions.push_back(
        {fmt::format("Really INITIALIZE physical volume \"{}\" of volume group \"{}\" [y/n]? ", candidate.name, vg),
         fmt::format("{}: physical volume not initialized.", candidate.name)});
  out.steps.emplace_back(
      warn(fmt::format("WARNING: Forcing physical volume creation on {} of volume group \"{}\"", candidate.name, vg)));
  return {};
}

// --setphysicalvolumesize. The reference asks only when there is a PV already.
void fake_size(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options, NewPv& out) {
  Sectors wanted = to_sectors_floor(*options.device_size), real = to_sectors_floor(candidate.device.size);
  if (wanted != real && context.world.find_pv(candidate.name)) {
    if (!options.yes)
      out.questions.push_back(
          {fmt::format("WARNING: {}: device size {} does not match requested size {}. Proceed? [y/n]: ", candidate.name,
                       context.size_text(real), context.size_text(wanted)),
           fmt::format("{}: physical volume not initialized.", candidate.name)});
    out.steps.emplace_back(
        warn(fmt::format("WARNING: Faking size of PV {}. Don't write outside real device.", candidate.name)));
  }
  if (wanted > real)
    out.steps.emplace_back(
        warn(fmt::format("WARNING: {}: Overriding real size. You could lose data.", candidate.name)));
}

void wipe_signatures(const PvCandidate& candidate, const PvCreateOptions& options, NewPv& out) {
  if (candidate.signatures.empty()) return;
  step::WipeSignatures wipe{candidate.device, {}};
  for (const PvCandidate::Signature& signature : candidate.signatures) {
    wipe.types.push_back(signature.type);
    if (!options.yes && options.force == 0)
      out.questions.push_back(
          {fmt::format("WARNING: {} signature detected on {} at offset {}. Wipe it? [y/n]: ", signature.type,
                       candidate.name, signature.offset.n),
           fmt::format("Aborted wiping of {}.\n{} existing signature{} left on the device.", signature.type,
                       candidate.signatures.size(), candidate.signatures.size() > 1 ? "s" : "")});
    out.steps.emplace_back(print(fmt::format("Wiping {} signature on {}.", signature.type, candidate.name)));
  }
  out.steps.emplace_back(std::move(wipe));
}

}  // namespace

Result<> check_unique(const Context& context, const PvCandidate& candidate) {
  const world::PvDevice* known = context.world.find_pv(candidate.device.path);
  if (!known) return {};
  const bool copied = std::ranges::any_of(
      context.world.pvs, [&](const world::PvDevice& pv) { return pv.duplicate && pv.id == known->id; });
  if (!copied) return {};
  return fail(Code::exists, fmt::format("Cannot use device {} with duplicates.", candidate.name));
}

Result<NewPv> new_pv(const Context& context, const PvCandidate& candidate, const PvCreateOptions& options) {
  NewPv out;
  out.device = candidate.device;
  if (candidate.unusable)
    return fail(Code::refused, fmt::format("Cannot use {}: {}", candidate.name, *candidate.unusable));
  TRY(check_unique(context, candidate));
  TRY(check_free(context, candidate, options, out));
  if (candidate.mounted_or_open)
    return fail(Code::busy, fmt::format("Can't open {} exclusively.  Mounted filesystem?", candidate.name));
  out.id = options.uuid ? *options.uuid : PvId{context.new_uuid()};
  if (options.uuid) {
    const world::PvDevice* same = context.world.find_pv(out.id);
    if (same && same->device.path != candidate.device.path)
      return fail(Code::exists, fmt::format("UUID {} already in use on \"{}\".", out.id.dashed(), same->device.path));
  }
  if (options.device_size && candidate.device.size) fake_size(context, candidate, options, out);
  out.layout = TRY(new_layout(context, candidate, options));
  if (options.zero) wipe_signatures(candidate, options, out);
  out.steps.emplace_back(step::WriteLabel{
      .device = candidate.device, .id = out.id, .layout = out.layout, .wipe_head = options.zero, .format_areas = true});
  out.steps.emplace_back(print(fmt::format("Physical volume \"{}\" successfully created.", candidate.name)));
  return out;
}

Result<step::Plan> pv_create(const Context& context, const PvCreateRequest& request) {
  step::Plan plan;
  plan.keep_going = true;
  if (request.options.uuid && request.candidates.size() != 1)
    return fail(Code::usage, "Can only set uuid on one volume at once");
  for (const PvCandidate& candidate : request.candidates) {
    auto made = new_pv(context, candidate, request.options);
    if (!made) {
      plan.failures.push_back(made.error());
      if (made.error().code() == Code::exists) continue;
      plan.failures.push_back(
          Error(Code::refused, fmt::format("{}: physical volume not initialized.", candidate.name)));
      continue;
    }
    for (step::Question& question : made->questions) plan.questions.push_back(std::move(question));
    plan.stages.push_back({nullptr, nullptr, std::move(made->steps), {}});
  }
  return plan;
}

Result<step::Plan> pv_remove(const Context& context, const PvRemoveRequest& request) {
  step::Plan plan;
  plan.keep_going = true;
  for (const PvCandidate& candidate : request.candidates) {
    const world::PvDevice* pv = context.world.find_pv(candidate.name);
    if (!pv) {
      if (request.force == 0 || candidate.unusable) {
        plan.failures.push_back(Error(Code::not_found, fmt::format("No PV found on device {}.", candidate.name)));
        continue;
      }
      plan.stages.push_back(
          {nullptr,
           nullptr,
           {step::RemoveLabel{candidate.device},
            print(fmt::format("Labels on physical volume \"{}\" successfully wiped.", candidate.name))},
           {}});
      continue;
    }
    std::string vg = vg_name_of(context, *pv);
    bool in_use = !vg.empty() || pv->used;
    std::vector<step::Step> steps;
    if (in_use && request.force < 2) {
      plan.failures.push_back(Error(
          Code::refused,
          fmt::format("PV {} is used by {} so please use vgreduce first.\n"
                      "(If you are certain you need pvremove, then confirm by using --force twice.)\n"
                      "{}: physical volume label not removed.",
                      candidate.name, vg.empty() ? "a VG whose metadata is missing" : "VG " + vg, candidate.name)));
      continue;
    }
    if (in_use) {
      plan.notes.push_back(
          warn(fmt::format("WARNING: PV {} is used by VG {}.", candidate.name, vg.empty() ? "<unknown>" : vg)));
      if (!request.yes)
        plan.questions.push_back(
            {fmt::format("Really WIPE LABELS from physical volume \"{}\" of volume group \"{}\" [y/n]? ",
                         candidate.name, vg.empty() ? "<unknown>" : vg),
             fmt::format("{}: physical volume label not removed.", candidate.name)});
      steps.emplace_back(warn(fmt::format("WARNING: Wiping physical volume label from {} of volume group \"{}\".",
                                          candidate.name, vg.empty() ? "<unknown>" : vg)));
    }
    if (candidate.mounted_or_open) {
      plan.failures.push_back(Error(
          Code::busy, fmt::format("Can't open {} exclusively - not removing. Mounted filesystem?", candidate.name)));
      continue;
    }
    steps.emplace_back(step::RemoveLabel{pv->device});
    steps.emplace_back(print(fmt::format("Labels on physical volume \"{}\" successfully wiped.", candidate.name)));
    plan.stages.push_back({nullptr, nullptr, std::move(steps), {}});
  }
  return plan;
}

}  // namespace lvm::plan
