// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "config/check.h"
#include "config/row.h"

namespace lvm::config {

using syntax::Document;
using syntax::Kind;
using syntax::Node;

namespace {

constexpr std::string_view kSystemDirMark = "$SYSTEM_DIR";

template <class T>
T parse_default(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Numbers in defaults are decimal, but for umask.
std::int64_t default_integer(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 8);
    return value;
  }
  return parse_default<std::int64_t>(text);
}

Node scalar(Node value) { return value.kind() == Kind::array ? value.first_child() : value; }

std::vector<std::string> list_of(Node value) {
  std::vector<std::string> out;
  auto add = [&out](Node element) {
    if (auto text = element.string())
      out.emplace_back(*text);
    else if (auto number = element.integer())
      out.push_back(std::to_string(*number));
  };
  if (value.kind() != Kind::array) {
    add(value);
    // A lone "" is how a list is emptied.
    if (out.size() == 1 && out.front().empty()) out.clear();
  } else {
    for (Node element : value.children()) add(element);
  }
  return out;
}

}  // namespace

struct Config::State {
  struct Part {
    Layer layer;
    std::shared_ptr<const Document> document;  // nodes point to it
  };
  std::vector<Part> parts;  // strongest first
  std::array<Node, kSettingCount> values;
  std::array<std::uint8_t, kSettingCount> strength{};  // 1 + layer of each value
  std::vector<std::string> warnings;
  std::vector<std::string> host_tags;
  std::string system_dir = "/etc/lvm";
  // Of the command's own Config: one for each profile, and "" for those without. They lead back to it.
  std::map<std::string, Config, std::less<>> profiles;
  const State* command = nullptr;
  std::string metadata_profile;
};

Config::Config() : state_(std::make_unique<State>()) {}
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;
Config::~Config() = default;

void Config::add(Layer layer, Document document) { put(layer, std::make_shared<const Document>(std::move(document))); }

void Config::put(Layer layer, std::shared_ptr<const Document> document) {
  auto strength = static_cast<std::uint8_t>(static_cast<int>(layer) + 1);
  State::Part part{layer, std::move(document)};
  for (const std::string& warning : part.document->warnings()) state_->warnings.push_back("WARNING: " + warning);
  for (const Assignment& assignment : check_document(*part.document, state_->warnings)) {
    std::size_t index = assignment.key.index();
    // Values below a `<name>` have no row of their own.
    if (assignment.key.type() == Type::section || assignment.key.path().contains('<')) continue;
    if (state_->strength[index] > strength) continue;
    state_->values[index] = assignment.node;
    state_->strength[index] = strength;
  }
  auto at = std::ranges::find_if(state_->parts, [layer](const State::Part& other) { return other.layer <= layer; });
  state_->parts.insert(at, std::move(part));
}

bool Config::flag(Key key) const {
  CHECK(key.type() == Type::boolean || key.type() == Type::integer);
  Node value = state_->values[key.index()];
  if (!value) return default_integer(row(key).value) != 0;
  Node one = scalar(value);
  if (auto number = one.integer()) return *number != 0;
  return parse_flag(one.string().value_or("")).value_or(false);
}

std::int64_t Config::integer(Key key) const {
  CHECK(key.type() == Type::boolean || key.type() == Type::integer);
  Node value = state_->values[key.index()];
  if (!value) return default_integer(row(key).value);
  Node one = scalar(value);
  if (auto number = one.integer()) return *number;
  return parse_flag(one.string().value_or("")).value_or(false) ? 1 : 0;
}

double Config::real(Key key) const {
  CHECK(key.type() == Type::real || key.type() == Type::integer);
  Node value = state_->values[key.index()];
  if (!value) return parse_default<double>(row(key).value);
  Node one = scalar(value);
  if (auto number = one.integer()) return static_cast<double>(*number);
  return one.real().value_or(0);
}

std::string Config::string(Key key) const {
  CHECK(key.type() == Type::string);
  Node value = state_->values[key.index()];
  if (value) return std::string(scalar(value).string().value_or(""));
  std::string_view text = row(key).value;
  if (text.starts_with(kSystemDirMark)) return state_->system_dir + std::string(text.substr(kSystemDirMark.size()));
  return std::string(text);
}

std::vector<std::string> Config::strings(Key key) const {
  CHECK(key.type() == Type::array);
  Node value = state_->values[key.index()];
  if (value) return list_of(value);
  if (row(key).value.empty()) return {};
  auto document = Document::parse(fmt::format("value={}", row(key).value), "default");
  CHECK(document);
  return list_of(document->root().first_child());
}

bool Config::is_set(Key key) const { return state_->values[key.index()].exists(); }

const Config& Config::with_profile(std::string_view name) const {
  const auto& known = (state_->command ? state_->command : state_.get())->profiles;
  auto found = known.find(name);
  if (found == known.end()) found = known.find("");
  return found == known.end() ? *this : found->second;
}

void Config::add_profile(std::string name, Document document) {
  if (!roots(Layer::metadata_profile).empty()) return;
  auto own = [this](const std::string& key) -> Config& {
    State& state = *state_->profiles[key].state_;
    state.parts = state_->parts;
    state.values = state_->values;
    state.strength = state_->strength;
    state.host_tags = state_->host_tags;
    state.system_dir = state_->system_dir;
    state.command = state_.get();
    return state_->profiles[key];
  };
  if (state_->profiles.empty()) own("");
  own(name).add(Layer::metadata_profile, std::move(document));
}

const std::string& Config::metadata_profile() const { return state_->metadata_profile; }
void Config::set_metadata_profile(std::string name) { state_->metadata_profile = std::move(name); }

Node Config::find(std::string_view path) const {
  for (const State::Part& part : state_->parts)
    if (Node node = part.document->root().find(path)) return node;
  return {};
}

std::vector<Node> Config::roots(std::optional<Layer> layer) const {
  std::vector<Node> out;
  for (const State::Part& part : state_->parts)
    if (!layer || part.layer == *layer) out.push_back(part.document->root());
  return out;
}

const std::string& Config::system_dir() const { return state_->system_dir; }
void Config::set_system_dir(std::string directory) { state_->system_dir = std::move(directory); }
const std::vector<std::string>& Config::host_tags() const { return state_->host_tags; }
void Config::set_host_tags(std::vector<std::string> tags) { state_->host_tags = std::move(tags); }

const std::vector<std::string>& Config::warnings() const {
  static const std::vector<std::string> kNone;
  return flag("config/checks") ? state_->warnings : kNone;
}

}  // namespace lvm::config
