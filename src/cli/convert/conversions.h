// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

#include "cli/command.h"
#include "cli/session.h"

// What lvconvert can do: a row per form of its command line, listed in conversions.cc. Each calls a function of
// plan/convert/.
namespace lvm::cli::convert {

enum class Checksums : std::uint8_t { refused, taken };
struct Conversion {
  FormId form;
  ExitStatus (*run)(Session& session);
  Checksums checksums = Checksums::refused;  // raids that have them below their images
};

// "linear", "raid1": the type of an LV as reports have it.
std::string type_of(const model::Vg& vg, const model::Lv& lv);

// Null when the form is understood, but not built yet.
const Conversion* find_conversion(FormId form);

// Runs `work` on the volume that the first operand names, under the lock of its VG, if it is of a type that the form
// takes.
ExitStatus with_volume(Session& session,
                       const std::function<ExitStatus(const world::VgView& view, const model::Lv& lv)>& work);

// "linear", "raid", "thinpool": the names of types that forms are restricted to, and whether the LV is of one.
bool is_of_type(const model::Vg& vg, const model::Lv& lv, std::string_view type);

}  // namespace lvm::cli::convert
