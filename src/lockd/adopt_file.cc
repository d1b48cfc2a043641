// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/adopt_file.h"

#include <fmt/format.h>

#include <charconv>

#include "lockd/words.h"

namespace lvm::lockd {
namespace {

constexpr std::string_view kHead = "lvmlockd adopt_version ";

std::string_view or_none(const std::string& text) { return text.empty() ? std::string_view("none") : text; }
std::string from_none(std::string_view word) { return word == "none" ? std::string() : std::string(word); }

Result<AdoptVg> read_vg(const std::vector<std::string_view>& words) {
  if (words.size() != 5 || manager_kind(words[3]) == ManagerKind::none)
    return fail(Code::corrupt, "a VG line of the adopt file is malformed");
  return AdoptVg{std::string(words[1]), std::string(words[2]), manager_kind(words[3]), from_none(words[4])};
}

Result<AdoptLv> read_lv(const std::vector<std::string_view>& words) {
  std::uint32_t version = 0;
  const bool shaped = words.size() == 6 &&
                      std::from_chars(words[5].data(), words[5].data() + words[5].size(), version).ec == std::errc();
  if (!shaped || lock_mode(words[4]) < Mode::shared)
    return fail(Code::corrupt, "an LV line of the adopt file is malformed");
  return AdoptLv{std::string(words[1]), std::string(words[2]), from_none(words[3]), lock_mode(words[4]), version};
}

}  // namespace

std::string write_adopt_file_text(const AdoptState& state, int process, std::uint64_t updates, std::string_view date) {
  std::string out = fmt::format("{}1.0 pid {} updates {} {}\n", kHead, process, updates, date);
  for (const AdoptVg& vg : state.vgs)
    out += fmt::format("VG: {} {} {} {}\n", vg.uuid, vg.name, to_string(vg.manager), or_none(vg.args));
  for (const AdoptLv& lv : state.lvs)
    out += fmt::format("LV: {} {} {} {} {}\n", lv.vg_uuid, lv.uuid, or_none(lv.args), to_string(lv.mode), lv.version);
  return out;
}

Result<AdoptState> read_adopt_file(std::string_view text) {
  AdoptState out;
  if (!text.starts_with(kHead)) return fail(Code::corrupt, "this is no adopt file of lvmlockd");
  if (!text.substr(kHead.size()).starts_with("1."))
    return fail(Code::unsupported, "the adopt file has another version; this daemon knows version 1");
  std::size_t at = std::min(text.find('\n'), text.size() - 1) + 1;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::vector<std::string_view> words = words_of(text.substr(at, end - at));
    at = end + 1;
    if (words.empty()) continue;
    if (words[0] == "VG:") {
      AdoptVg vg = TRY(read_vg(words));
      out.vgs.push_back(std::move(vg));
    } else if (words[0] == "LV:") {
      AdoptLv lv = TRY(read_lv(words));
      out.lvs.push_back(std::move(lv));
    } else {
      return fail(Code::corrupt, fmt::format("unknown line '{}' in the adopt file", words[0]));
    }
  }
  return out;
}

}  // namespace lvm::lockd
