// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/utsname.h>
#include <unistd.h>

#include "scan/pass.h"

namespace lvm::scan {
namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Keeps what a system id may hold: letters, digits, ". _ + -", an alphanumeric first; 128 at most.
std::string clean_system_id(std::string_view text) {
  constexpr std::size_t kMost = 128;
  std::string out;
  for (char c : text) {
    bool allowed = is_alphanumeric(c) || (!out.empty() && (c == '.' || c == '_' || c == '+' || c == '-'));
    if (allowed && out.size() < kMost) out += c;
  }
  return out;
}

// The first line that is neither empty nor a comment.
std::string first_line(std::string_view text) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    if (!line.empty() && line.front() != '#') return std::string(line);
  }
  return {};
}

void say(Pass& pass, std::string text) { pass.find_about_device(world::Finding::Kind::other, "", std::move(text)); }

std::string system_id_from(Pass& pass, const std::string& source, const world::Host& host) {
  if (source == "lvmlocal")
    return pass.config.is_set("local/system_id") ? clean_system_id(pass.config.string("local/system_id")) : "";
  if (source == "uname") {
    std::string id = clean_system_id(host.name);
    if (!id.starts_with("localhost")) return id;
    say(pass, "Ignoring system ID " + id + " from uname.");
    return {};
  }
  std::string path;
  if (source == "machineid") path = "/etc/machine-id";
  if (source == "file" && pass.config.is_set("global/system_id_file"))
    path = pass.config.string("global/system_id_file");
  if (source != "machineid" && source != "file") say(pass, "Unrecognised system_id_source \"" + source + "\".");
  if (path.empty()) return {};
  auto text = pass.system.files.read(path);
  if (text) return clean_system_id(first_line(*text));
  say(pass, text.error().text() + ".");
  return {};
}

std::string read_system_id(Pass& pass, const world::Host& host) {
  std::string source = pass.config.string("global/system_id_source");
  if (source != "lvmlocal" && pass.config.is_set("local/system_id") && !pass.config.string("local/system_id").empty())
    say(pass, "local/system_id is set, so should global/system_id_source be \"lvmlocal\" not \"" + source + "\"?");
  if (source == "none") return {};
  std::string id = system_id_from(pass, source, host);
  if (id.empty()) say(pass, "No system ID found from system_id_source " + source + ".");
  return id;
}

}  // namespace

Result<world::Host> read_host(Pass& pass) {
  utsname names{};
  if (::uname(&names) != 0) return fail(Code::io, "uname failed");
  world::Host host;
  host.name = names.nodename;
  host.os = names.sysname;
  host.release = names.release;
  host.version = names.version;
  host.machine = names.machine;
  host.page_size = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  host.system_id = read_system_id(pass, host);
  return host;
}

}  // namespace lvm::scan
