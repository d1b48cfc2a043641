// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lockd/control/info.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lvm::lockd {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

Fields fields_of(std::string_view line) {
  Fields out;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    if (const std::size_t equals = word.find('='); equals != std::string_view::npos)
      out.emplace(word.substr(0, equals), word.substr(equals + 1));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return out;
}

class Printer {
 public:
  void add(const Fields& f) {
    const std::string kind = get(f, "info");
    if (kind == "client")
      clients_[get(f, "id")] = fmt::format("{} ({})", get(f, "pid"), get(f, "name"));
    else if (kind == "ls")
      space(f);
    else if (kind == "r")
      resource(f);
    else if (kind == "lk")
      lock("LK", f);
    else if (kind == "r_action")
      lock("LW", f);
    else if (kind == "ls_action")
      out_ += fmt::format("OP {} pid {}\n", get(f, "op"), client(f));
  }
  std::string take() {
    end_resource();
    return std::move(out_);
  }

 private:
  static std::string get(const Fields& fields, std::string_view key) {
    auto found = fields.find(key);
    return found == fields.end() ? std::string() : found->second;
  }
  std::string client(const Fields& f) const {
    auto found = clients_.find(get(f, "client_id"));
    return found == clients_.end() ? std::string("0 (none)") : found->second;
  }
  std::string upper() const { return type_ == "gl" ? "GL" : type_ == "vg" ? "VG" : "LV"; }

  void space(const Fields& f) {
    end_resource();
    if (!out_.empty()) out_ += '\n';
    if (get(f, "vg_name") != ".")
      out_ += fmt::format("VG {} lock_type={} {}\n", get(f, "vg_name"), get(f, "lm_type"), get(f, "vg_uuid"));
    out_ += fmt::format("LS {} {}\n", get(f, "lm_type"), get(f, "ls_name"));
  }
  void resource(const Fields& f) {
    end_resource();
    type_ = get(f, "type");
    name_ = get(f, "name");
    version_ = get(f, "version");
    open_ = true;
    shown_ = false;
  }
  // A resource without holders is still there, unlocked.
  void end_resource() {
    if (open_ && !shown_ && type_ != "lv") out_ += fmt::format("LK {} un ver {}\n", upper(), version_);
    open_ = false;
  }
  void lock(std::string_view word, const Fields& f) {
    if (word == "LK") shown_ = true;
    out_ += fmt::format("{} {} {}", word, upper(), get(f, "mode"));
    if (type_ == "lv")
      out_ += fmt::format(" {}\n", name_);
    else
      out_ += fmt::format(" ver {} pid {}\n", version_, client(f));
  }

  std::string out_, type_, name_, version_;
  bool open_ = false, shown_ = false;
  Fields clients_;
};

}  // namespace

std::string pretty_info(std::string_view raw) {
  Printer printer;
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find('\n'), raw.size());
    printer.add(fields_of(raw.substr(0, end)));
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
  return printer.take();
}

}  // namespace lvm::lockd
