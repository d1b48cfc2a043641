// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/convert/conversions.h"
#include "plan/convert/mirror.h"

// From the words of lvconvert to the requests of plan/convert/.
namespace lvm::cli::convert {

Result<plan::convert::Request> request_of(Session& session, const model::Lv& lv);
Result<plan::convert::MirrorRequest> mirror_request_of(Session& session, const model::Lv& lv);

// Images and other parts are converted with the volume they belong to; what pools and caches stand on, by itself.
Result<> check_stands_alone(const model::Vg& vg, const model::Lv& lv);
// The volume itself, or what its cache stands on: that is where its images are.
const model::Lv& below_cache(const model::Vg& vg, const model::Lv& lv);

std::uint32_t images_now(const model::Lv& lv);
// How many images -m asks for; `now` when it was not given.
Result<std::uint32_t> images_wanted(const Arguments& arguments, std::uint32_t now);

// A volume whose conversion the kernel works on. `uuid` is of its device; empty: there is nothing to follow.
struct Followed {
  std::string vg, name, uuid;
  LvId lv;
  bool to_finish = false;  // something is left to do once all is copied
  std::string full_name() const { return vg + "/" + name; }
};
Followed followed(const world::VgView& view, const model::Lv& lv);

// The second half of lvconvert --repair of a mirror, after lost parts were dropped, is to add others.
ExitStatus repair_mirror(Session& session, const world::VgView& view, const model::Lv& lv,
                         plan::convert::Request request, Followed& volume);

// Shows how far the kernel is with copying, until all is equal; not with --background. Then does what is left to do.
ExitStatus follow(Session& session, const Followed& volume);
// Goes on in a process of its own, which sees what this command sees. `operation` is "convert" or "merge".
ExitStatus leave_to_lvpoll(Session& session, std::string_view operation, const std::string& volume);
// The seconds between two reports of how far something is, in milliseconds.
std::uint64_t polling_interval(Session& session);
// Whether sizes suit is known when the volume is: the command line was well-formed, the status is that of a refusal.
template <class T>
Result<T> refused(Result<T> result) {
  if (!result && result.error().code() == Code::usage) return fail(Code::refused, result.error().text());
  return result;
}

// As with_volume(), and follows what was begun.
ExitStatus with_volume_followed(
    Session& session, const std::function<Result<step::Plan>(const world::VgView& view, const model::Lv& lv)>& plan);

}  // namespace lvm::cli::convert
