// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/convert/conversions.h"
#include "plan/convert/mirror.h"

// From the words of lvconvert to the requests of plan/convert/.
namespace lvm::cli::convert {

Result<plan::convert::Request> request_of(Session& session, const model::Lv& lv);
Result<plan::convert::MirrorRequest> mirror_request_of(Session& session, const model::Lv& lv);

// Images and other parts are converted with the volume they belong to.
Result<> check_stands_alone(const model::Vg& vg, const model::Lv& lv);

std::uint32_t images_now(const model::Lv& lv);
// How many images -m asks for; `now` when it was not given.
Result<std::uint32_t> images_wanted(const Arguments& arguments, std::uint32_t now);

// Shows how far the kernel is with copying, until all is equal; not with --background.
ExitStatus follow(Session& session, const std::string& name, const std::string& uuid);
// As with_volume(), and follows what was begun.
ExitStatus with_volume_followed(
    Session& session, const std::function<Result<step::Plan>(const world::VgView& view, const model::Lv& lv)>& plan);

}  // namespace lvm::cli::convert
