// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>

#include "config/check.h"
#include "config/config.h"

namespace lvm::config {

using syntax::Document;
using syntax::Node;

namespace {

// A file of settings; absent, it is as good as empty.
Result<> add_file(Files& files, Config& config, Config::Layer layer, const std::string& path) {
  auto text = files.read(path);
  if (!text) {
    if (text.error().code() == Code::not_found) return {};
    // None of the settings of a file that cannot be read counts: that is no way to begin.
    return fail(Code::corrupt, fmt::format("{}\nFailed to load config file {}", text.error().text(), path));
  }
  auto document = Document::parse(std::move(*text), path);
  if (!document) {
    document.error().add_context("Failed to load config file " + path);
    return std::unexpected(std::move(document).error());
  }
  config.add(layer, std::move(*document));
  return {};
}

bool names_host(Node list, std::string_view host) {
  if (list.string()) return *list.string() == host;
  for (Node element : list.children())
    if (element.string() == host) return true;
  return false;
}

bool is_tag(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_+.-/=!:&#").contains(c);
  });
}

void add_tag(std::vector<std::string>& tags, std::string_view name) {
  if (std::ranges::find(tags, name) == tags.end()) tags.emplace_back(name);
}

// The tags that the settings read so far give this host.
Result<std::vector<std::string>> host_tags(const Config& config, std::string_view host) {
  std::vector<std::string> tags = config.host_tags();
  if (config.flag("tags/hosttags")) add_tag(tags, host);
  for (Node root : config.roots())
    for (Node tag : root.find("tags").children()) {
      if (!tag.is_section()) continue;
      std::string_view name = tag.name();
      if (name.starts_with('@')) name.remove_prefix(1);
      if (!is_tag(name)) return fail(Code::corrupt, fmt::format("Invalid tag in config file: {}", tag.name()));
      Node hosts = tag.find("host_list");
      if (!hosts || names_host(hosts, host)) add_tag(tags, name);
    }
  return tags;
}

// Reads lvm_TAG.conf of each tag; such a file may bring more tags.
Result<> add_tag_files(Files& files, Config& config, const std::string& host) {
  for (std::size_t done = 0;; ++done) {
    std::vector<std::string> tags = TRY(host_tags(config, host));
    config.set_host_tags(std::move(tags));
    if (done >= config.host_tags().size()) return {};
    TRY(add_file(files, config, Config::Layer::tag_file,
                 fmt::format("{}/lvm_{}.conf", config.system_dir(), config.host_tags()[done])));
  }
}

std::string this_host() {
  utsname names{};
  if (::uname(&names) != 0) return {};
  return names.nodename;
}

}  // namespace

Result<Document> load_profile(Files& files, const Config& config, std::string_view name, ProfileKind kind) {
  std::string_view kind_name = kind == ProfileKind::command ? "command" : "metadata";
  auto refuse = [&](std::string_view why) {
    return fail(Code::refused, fmt::format("{}\nFailed to apply {} profile {}.", why, kind_name, name));
  };
  if (name.empty() || name.contains('/')) return refuse(fmt::format("\"{}\" is no profile name.", name));
  std::string path = fmt::format("{}/{}.profile", config.string("config/profile_dir"), name);
  auto text = files.read(path);
  if (!text) return refuse(text.error().text());
  auto document = Document::parse(std::move(*text), path);
  if (!document) return refuse(document.error().text());
  auto problems = profile_problems(*document, kind);
  if (!problems.empty())
    return refuse(fmt::format("{}\nIgnoring invalid {} profile {}.", problems.front(), kind_name, name));
  return document;
}

Result<Config> load(Files& files, const LoadOptions& options) {
  Config config;
  config.set_system_dir(options.system_dir);
  // First, as it may say where profiles are.
  if (!options.command_line.empty()) {
    auto document = Document::parse(options.command_line, "--config");
    if (!document)
      return fail(Code::usage, document.error().text() + "\nFailed to set overridden configuration entries.");
    config.add(Config::Layer::command_line, std::move(*document));
  }
  TRY(add_file(files, config, Config::Layer::lvm_conf, options.system_dir + "/lvm.conf"));
  TRY(add_file(files, config, Config::Layer::local_conf, options.system_dir + "/lvmlocal.conf"));
  TRY(add_tag_files(files, config, options.host_name.empty() ? this_host() : options.host_name));
  if (!options.command_profile.empty()) {
    Document profile = TRY(load_profile(files, config, options.command_profile, ProfileKind::command));
    config.add(Config::Layer::command_profile, std::move(profile));
  }
  if (!options.metadata_profile.empty()) {
    Document profile = TRY(load_profile(files, config, options.metadata_profile, ProfileKind::metadata));
    config.add(Config::Layer::metadata_profile, std::move(profile));
    config.set_metadata_profile(options.metadata_profile);
  }
  return config;
}

}  // namespace lvm::config
