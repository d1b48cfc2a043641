// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "alloc/alloc.h"

namespace lvm::alloc {
namespace {

using model::Allocation;

// How a round limits the places it may take.
enum class Rule {
  any,                 // plain search
  contiguous,          // leg by leg, right behind the previous segment
  cling_same_slot,     // leg by leg, on the PV of the previous segment's leg
  cling_any_slot,      // on any PV the volume uses
  cling_to_allocated,  // leg by leg, on the PVs chosen earlier in this allocation
  cling_by_tags,       // leg by leg, on a PV that shares a listed tag with the previous leg's
};

// A free area that could carry one leg.
struct Candidate {
  std::size_t pool = 0;  // index of the PV among the pools
  Range area;
  Extents reserved;  // what this round would take of it
};

// One PV's free areas, largest first; equal sizes by position.
struct Pool {
  PvId pv;
  const model::Pv* model = nullptr;
  std::vector<Range> areas;
};

void order_by_size(std::vector<Range>& areas) {
  std::stable_sort(areas.begin(), areas.end(), [](const Range& a, const Range& b) {
    return a.count != b.count ? a.count > b.count : a.start < b.start;
  });
}

std::vector<Range> clip(const std::vector<Range>& free, const std::vector<Range>& wanted) {
  if (wanted.empty()) return free;
  std::vector<Range> out;
  for (const Range& want : wanted) {
    for (const Range& range : free) {
      Extents start = std::max(range.start, want.start);
      Extents end = std::min(range.end(), want.end());
      if (start < end) out.push_back({start, end - start});
    }
  }
  return out;
}

class Search {
 public:
  Search(const model::Vg& vg, const FreeMap& free, const Request& request) : request_(request) {
    for (const PvChoice& choice : request.choices) {
      const model::Pv* pv = vg.find_pv(choice.pv);
      if (!pv) continue;
      auto index = static_cast<std::size_t>(pv - vg.pvs.data());
      Pool pool{choice.pv, pv, clip(free.of(index), choice.ranges)};
      order_by_size(pool.areas);
      pools_.push_back(std::move(pool));
    }
    if (request.previous)
      for (const auto& leg : request.previous->legs) previous_tags_.push_back(tags_of(vg, leg.pv));
  }

  Result<std::vector<Placement>> run();

 private:
  bool matches() const { return request_.previous && request_.previous->legs.size() == leg_count(request_); }
  // Only the first placement has it.
  Extents metadata() const { return placements_.empty() ? request_.leg_metadata : Extents(); }
  // What each leg is still to take, metadata included.
  Extents needed() const { return remaining() / request_.stripes + metadata(); }
  Extents remaining() const { return request_.extents - allocated_; }
  Extents available() const;

  void try_policy(Allocation policy);
  void try_tags();
  void repeat(Rule rule);
  bool round(Rule rule, bool anywhere);
  std::vector<Candidate> candidates_any(bool only_used, bool anywhere) const;
  std::vector<Candidate> candidates_by_slot(Rule rule) const;
  std::optional<Candidate> best_of(std::size_t pool, bool need_fit) const;
  bool suits_slot(Rule rule, std::size_t slot, std::size_t pool) const;
  Placement::Leg cut(std::size_t pool_index, const Range& from, Extents length);
  void take(std::vector<Candidate> chosen);
  bool choose_logs(const std::vector<Candidate>& found, std::vector<Candidate>& logs) const;
  void take_logs(const std::vector<Candidate>& logs);
  const std::vector<std::string>* tags_of(const model::Vg& vg, PvId pv) const {
    const model::Pv* found = vg.find_pv(pv);
    return found ? &found->tags : nullptr;
  }
  bool share_tag(const std::vector<std::string>* a, const std::vector<std::string>& b) const;

  const Request& request_;
  std::vector<Pool> pools_;
  std::vector<const std::vector<std::string>*> previous_tags_;
  std::vector<Placement> placements_;
  Extents allocated_;  // logical
};

Extents Search::available() const {
  Extents sum;
  for (const Pool& pool : pools_)
    for (const Range& area : pool.areas) sum += area.count;
  return sum;
}

// The smallest area of the PV that holds what is still needed, else its largest. `need_fit` refuses a
// smaller one.
std::optional<Candidate> Search::best_of(std::size_t pool, bool need_fit) const {
  const std::vector<Range>& areas = pools_[pool].areas;
  Extents needed = this->needed();
  const Range* best = nullptr;
  for (const Range& area : areas) {
    if (area.count >= needed)
      best = &area;
    else if (!best && !need_fit)
      return Candidate{pool, area, std::min(needed, area.count)};
    else
      break;
  }
  if (!best) return std::nullopt;
  return Candidate{pool, *best, std::min(needed, best->count)};
}

std::vector<Candidate> Search::candidates_any(bool only_used, bool anywhere) const {
  std::vector<Candidate> out;
  Extents needed = this->needed();
  for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
    if (only_used && !std::any_of(placements_.begin(), placements_.end(), [&](const Placement& p) {
          return std::any_of(p.legs.begin(), p.legs.end(),
                             [&](const Placement::Leg& leg) { return leg.pv == pools_[pool].pv; });
        }))
      continue;
    if (anywhere) {
      for (const Range& area : pools_[pool].areas) out.push_back({pool, area, std::min(needed, area.count)});
    } else if (auto candidate = best_of(pool, !request_.can_split)) {
      out.push_back(*candidate);
    }
  }
  // Under anywhere an area that is left over can carry further legs, behind the first.
  for (std::size_t i = 0; anywhere && i < out.size() && out.size() < leg_count(request_); ++i) {
    Candidate rest = out[i];
    rest.area = {rest.area.start + rest.reserved, rest.area.count - rest.reserved};
    rest.reserved = std::min(needed, rest.area.count);
    if (rest.area.count.n > 0) out.push_back(rest);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Candidate& a, const Candidate& b) { return a.reserved > b.reserved; });
  return out;
}

bool Search::share_tag(const std::vector<std::string>* a, const std::vector<std::string>& b) const {
  if (!a) return false;
  for (const std::string& wanted : request_.cling_tags) {
    std::string_view tag = wanted;
    if (tag.starts_with('@')) tag.remove_prefix(1);
    for (const std::string& mine : *a)
      if ((tag == "*" || tag == mine) && std::find(b.begin(), b.end(), mine) != b.end()) return true;
  }
  return false;
}

bool Search::suits_slot(Rule rule, std::size_t slot, std::size_t pool) const {
  switch (rule) {
    case Rule::contiguous:
    case Rule::cling_same_slot: return request_.previous->legs[slot].pv == pools_[pool].pv;
    case Rule::cling_any_slot: {
      const auto& used = request_.previous->all_pvs;
      return std::find(used.begin(), used.end(), pools_[pool].pv) != used.end();
    }
    case Rule::cling_to_allocated: return placements_.back().legs[slot].pv == pools_[pool].pv;
    case Rule::cling_by_tags:
      return previous_tags_.size() > slot && share_tag(previous_tags_[slot], pools_[pool].model->tags);
    case Rule::any: return true;
  }
  return false;
}

// One candidate for each leg in its own place; fewer when a leg found none.
std::vector<Candidate> Search::candidates_by_slot(Rule rule) const {
  std::vector<Candidate> out;
  for (std::size_t slot = 0; slot < leg_count(request_); ++slot) {
    std::optional<Candidate> found;
    for (std::size_t pool = 0; pool < pools_.size() && !found; ++pool) {
      bool taken = std::any_of(out.begin(), out.end(), [&](const Candidate& c) { return c.pool == pool; });
      if (taken || !suits_slot(rule, slot, pool)) continue;
      if (rule != Rule::contiguous) {
        found = best_of(pool, false);
        continue;
      }
      for (const Range& area : pools_[pool].areas)
        if (area.start == request_.previous->legs[slot].end)
          found = Candidate{pool, area, std::min(needed(), area.count)};
    }
    if (!found) return {};
    out.push_back(*found);
  }
  return out;
}

// Cuts `length` extents off the front of an area.
Placement::Leg Search::cut(std::size_t pool_index, const Range& from, Extents length) {
  Pool& pool = pools_[pool_index];
  // What was in front of it may have been cut off already, for another leg.
  auto area = std::ranges::find(pool.areas, from.end(), &Range::end);
  Placement::Leg leg{pool.pv, area->start};
  if (area->count == length)
    pool.areas.erase(area);
  else
    *area = {area->start + length, area->count - length};
  order_by_size(pool.areas);
  return leg;
}

// Takes the same length from each chosen area, behind its metadata.
void Search::take(std::vector<Candidate> chosen) {
  Extents length = chosen.front().reserved;
  for (const Candidate& candidate : chosen) length = std::min(length, candidate.reserved);
  Extents front = metadata();
  Placement placement;
  placement.length = length - front;
  for (const Candidate& candidate : chosen) {
    Placement::Leg leg = cut(candidate.pool, candidate.area, length);
    if (front) placement.metadata.push_back(leg);
    leg.start += front;
    placement.legs.push_back(leg);
  }
  length = placement.length;
  allocated_ += length * request_.stripes;
  if (!placements_.empty()) {
    Placement& last = placements_.back();
    bool adjacent = true;
    for (std::size_t i = 0; i < last.legs.size(); ++i)
      adjacent = adjacent && last.legs[i].pv == placement.legs[i].pv &&
                 last.legs[i].start + last.length == placement.legs[i].start;
    if (adjacent) {
      last.length += length;
      return;
    }
  }
  placements_.push_back(std::move(placement));
}

// The last of the sorted candidates, which data takes from the front; else places beside the data.
bool Search::choose_logs(const std::vector<Candidate>& found, std::vector<Candidate>& logs) const {
  std::uint32_t legs = leg_count(request_);
  for (std::size_t i = found.size(); i > legs && logs.size() < request_.logs; --i)
    if (found[i - 1].area.count >= request_.log_length) logs.push_back(found[i - 1]);
  return logs.size() == request_.logs || request_.shared_logs;
}

// Those that found no PV of their own go where room is left, the PVs of the data last to first.
void Search::take_logs(const std::vector<Candidate>& logs) {
  Placement& placement = placements_.front();
  for (const Candidate& log : logs) placement.logs.push_back(cut(log.pool, log.area, request_.log_length));
  for (std::size_t pool = pools_.size(); pool > 0 && placement.logs.size() < request_.logs; --pool) {
    const auto& areas = pools_[pool - 1].areas;
    if (areas.empty() || areas.front().count < request_.log_length) continue;
    Range area = areas.front();
    for (const Range& smaller : areas)
      if (smaller.count >= request_.log_length) area = smaller;
    placement.logs.push_back(cut(pool - 1, area, request_.log_length));
  }
}

// One segment's worth; false when there are not enough places under this rule.
bool Search::round(Rule rule, bool anywhere) {
  std::vector<Candidate> found;
  if (rule == Rule::any) {
    if (request_.maximise_cling && !anywhere && !placements_.empty()) found = candidates_any(true, false);
    if (found.size() < leg_count(request_)) found = candidates_any(false, anywhere);
  } else {
    found = candidates_by_slot(rule);
  }
  std::uint32_t legs = leg_count(request_);
  if (found.size() < legs) return false;
  std::vector<Candidate> logs;
  if (placements_.empty() && request_.logs > 0 && !choose_logs(found, logs)) return false;
  found.resize(legs);
  if (found.back().reserved <= metadata()) return false;
  bool first = placements_.empty();
  take(std::move(found));
  if (first && request_.logs > 0) take_logs(logs);
  return true;
}

void Search::repeat(Rule rule) {
  while (remaining().n > 0 && round(rule, false) && request_.can_split) {
  }
}

void Search::try_policy(Allocation policy) {
  switch (policy) {
    case Allocation::contiguous:
      // A new volume has nothing to continue: this is then the plain search, once.
      round(matches() ? Rule::contiguous : Rule::any, false);
      return;
    case Allocation::cling:
      if (matches()) {
        repeat(Rule::cling_same_slot);
        if (request_.maximise_cling) repeat(Rule::cling_any_slot);
      } else if (!placements_.empty()) {
        repeat(Rule::cling_to_allocated);
      }
      return;
    case Allocation::normal: repeat(Rule::any); return;
    case Allocation::anywhere:
      while (remaining().n > 0 && round(Rule::any, true) && request_.can_split) {
      }
      return;
    case Allocation::inherit: return;
  }
}

void Search::try_tags() {
  if (!request_.cling_tags.empty() && matches()) repeat(Rule::cling_by_tags);
}

Result<std::vector<Placement>> Search::run() {
  // The area count must be met somewhere, or the request can never be.
  Extents total = available();
  Extents wanted = request_.extents / request_.stripes * leg_count(request_) +
                   request_.leg_metadata * leg_count(request_) + request_.log_length * request_.logs;
  if (total < wanted && !request_.approximate)
    return fail(Code::no_space, fmt::format("Insufficient free space: {} extents needed, but only {} "
                                            "available",
                                            wanted.n, total.n));
  constexpr Allocation kOrder[] = {Allocation::contiguous, Allocation::cling, Allocation::normal, Allocation::anywhere};
  for (Allocation policy : kOrder) {
    if (policy > request_.policy || remaining().n == 0) break;
    try_policy(policy);
    if (policy == Allocation::cling && remaining().n > 0) try_tags();
  }
  if (remaining().n > 0 && (!request_.approximate || allocated_.n == 0))
    return fail(Code::no_space,
                fmt::format("Insufficient suitable {}allocatable extents for logical volume {}: {} more "
                            "required",
                            request_.policy == Allocation::contiguous ? "contiguous " : "", request_.lv_name,
                            (needed() * request_.stripes * request_.copies).n));
  if (!placements_.empty() && placements_.front().logs.size() < request_.logs)
    return fail(Code::no_space, "Not enough PVs with free space available for parallel allocation.");
  return std::move(placements_);
}

}  // namespace

Result<std::vector<Placement>> allocate(const model::Vg& vg, const FreeMap& free, const Request& request) {
  CHECK(request.stripes > 0 && request.policy != model::Allocation::inherit);
  return Search(vg, free, request).run();
}

}  // namespace lvm::alloc
