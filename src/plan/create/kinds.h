// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>

#include "plan/create/draft.h"

// How volumes of each kind are made: a file and a row per kind, listed once in kinds.cc.
namespace lvm::plan::create {

struct Kind {
  std::span<const std::string_view> types;  // words of --type
  // Gives the draft's volume its segments and parts and lays out the stages.
  Result<step::Plan> (*make)(Draft& draft);
  // What its PVs say of their sizes is asked for (LvCreateRequest::blocks).
  bool wants_blocks = false;
};

extern const Kind striped_kind;
extern const Kind empty_kind;
extern const Kind mirror_kind;
extern const Kind raid_kind;
extern const Kind snapshot_kind;
extern const Kind thin_pool_kind;
extern const Kind thin_kind;
extern const Kind cache_pool_kind;
extern const Kind cache_kind;
extern const Kind writecache_kind;
extern const Kind vdo_kind;

// Null when no kind has this word.
const Kind* find_kind(std::string_view type);

}  // namespace lvm::plan::create
