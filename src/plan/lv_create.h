// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/context.h"
#include "plan/volume_size.h"

namespace lvm::plan {

// What -a, or its default, asks for.
enum class Activation {
  yes,        // y, ey, sy, ly: without a lock manager these are one
  automatic,  // ay: as yes, if activation/auto_activation_volume_list agrees
  no,
};

// The options that lvcreate and lvchange share: what an LV is, apart from its extents.
struct LvAttributes {
  std::optional<bool> writable;
  std::optional<model::Allocation> allocation;
  std::optional<std::int64_t> read_ahead;  // as model::Lv::read_ahead
  std::optional<bool> persistent;          // -M
  std::optional<std::int32_t> minor, major;
  std::optional<bool> activation_skip;  // -k
  std::optional<bool> autoactivation;   // --setautoactivation
  std::optional<std::string> profile;   // "" detaches
  std::vector<std::string> add_tags, delete_tags;
};

struct LvCreateRequest {
  std::string name;  // empty: the next free lvolN
  std::string type;  // "", "linear", "striped", "error", "zero"
  LvSize size;
  std::uint32_t stripes = 1;
  bool stripes_given = false;
  std::optional<Sectors> stripe_size;
  std::vector<PvArgument> pvs;
  LvAttributes attributes;
  Activation activation = Activation::yes;
  bool ignore_activation_skip = false;  // -K
  std::optional<bool> zero, wipe_signatures;
  bool yes = false;  // --yes: no question about signatures
  std::string creation_host;
};

// What can be refused before any device is read: a malformed or reserved name.
Result<> check_request(const LvCreateRequest& request);

// lvcreate of kinds that own extents directly, or none.
Result<step::Plan> lv_create(const Context& context, const world::VgView& view, const LvCreateRequest& request);

// The steps and refusals that creating and changing share: values rounded and checked.
Result<> apply_attributes(const Context& context, const LvAttributes& attributes, model::Lv& lv);

}  // namespace lvm::plan
