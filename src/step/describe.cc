// SPDX-License-Identifier: LGPL-2.1-or-later
#include "step/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/programs.h"
#include "dm/text.h"

namespace lvm::step {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string link_text(const std::optional<dm::NodeLink>& link) {
  return link ? fmt::format("/dev/{}/{}", link->vg, link->lv) : std::string();
}

void add(Fields& fields, std::string key, std::string value) {
  if (!value.empty()) fields.emplace_back(std::move(key), std::move(value));
}

void add_fill(Fields& fields, Bytes length, std::byte fill, std::size_t head) {
  if (length && fill == std::byte{}) fields.emplace_back("zero", fmt::format("{} bytes", length.n));
  if (length && fill != std::byte{})
    fields.emplace_back("fill", fmt::format("{} bytes with {:02x}", length.n, std::to_integer<int>(fill)));
  if (head != 0) fields.emplace_back("header", fmt::format("{} bytes", head));
}

// One overload a step; the set is closed.
Description of(const WriteMetadata&) { return {"write metadata", {}}; }
Description of(const CommitMetadata&) { return {"commit metadata", {}}; }
Description of(const RemoveMetadata&) { return {"remove metadata", {}}; }
Description of(const Archive&) { return {"archive", {}}; }
Description of(const Backup&) { return {"backup", {}}; }
Description of(const WriteLabel& s) {
  Description out{"write label", {}};
  add(out.fields, "device", s.device.path);
  add(out.fields, "pv", s.id.dashed());
  add(out.fields, "data start", fmt::format("{}", s.layout.data_start.n));
  return out;
}
Description of(const RemoveLabel& s) { return {"remove label", {{"device", s.device.path}}}; }
Description of(const WipeSignatures& s) {
  std::string types;
  for (const std::string& type : s.types) types += (types.empty() ? "" : " ") + type;
  return {"wipe signatures", {{"device", s.device.path}, {"types", types}}};
}
Description of(const ClearOutdated& s) { return {"clear outdated metadata", {{"device", s.path}}}; }
Description of(const WriteBytes& s) {
  return {"write bytes",
          {{"device", s.device.path},
           {"what", s.what},
           {"offset", fmt::format("{}", s.offset.n)},
           {"length", fmt::format("{}", s.bytes.size())}}};
}
Description of(const CreateDevice& s) {
  return {"create device", {{"name", s.request.name}, {"uuid", s.request.uuid}}};
}
Description of(const LoadTable& s) {
  Description out{"load table", {{"name", s.name}}};
  if (s.read_only) out.fields.emplace_back("mode", "read only");
  for (const dm::Target& target : s.table) out.fields.emplace_back("line", dm::describe_target(target));
  return out;
}
Description of(const ClearTable& s) { return {"clear table", {{"name", s.name}}}; }
Description of(const Suspend& s) {
  Description out{"suspend", {{"name", s.name}}};
  if (!s.options.flush) out.fields.emplace_back("flush", "no");
  if (!s.options.freeze) out.fields.emplace_back("freeze", "no");
  return out;
}
Description of(const Resume& s) {
  Description out{"resume", {{"name", s.name}}};
  add(out.fields, "link", link_text(s.link));
  return out;
}
Description of(const RemoveDevice& s) {
  Description out{"remove device", {{"name", s.name}}};
  add(out.fields, "link", link_text(s.link));
  return out;
}
Description of(const RenameDevice& s) { return {"rename device", {{"name", s.name}, {"to", s.new_name}}}; }
Description of(const SetReadAhead& s) {
  return {"set read ahead",
          {{"name", s.name}, {"sectors", fmt::format("{}{}", s.at_least ? "at least " : "", s.value.n)}}};
}
Description of(const Message& s) { return {"send message", {{"name", s.name}, {"text", s.text}}}; }
Description of(const PoolMessages& s) {
  Description out{"send pool messages", {{"name", s.name}}};
  for (const std::string& message : s.messages) out.fields.emplace_back("line", message);
  out.fields.emplace_back("line", fmt::format("set_transaction_id {} {}", s.transaction_id - 1, s.transaction_id));
  return out;
}
Description of(const AwaitClean& s) { return {"wait until clean", {{"name", s.name}}}; }
Description of(const Settle&) { return {"wait for device nodes", {}}; }
Description of(const WipeVolume& s) {
  Description out{"wipe volume", {{"volume", fmt::format("{}/{}", s.vg, s.lv)}}};
  add_fill(out.fields, s.zero_length, s.fill, s.head.size());
  if (s.wipe_signatures) out.fields.emplace_back("signatures", "remove");
  return out;
}
Description of(const FillExtents& s) {
  Description out{"wipe extents",
                  {{"volume", s.volume}, {"device", s.device.path}, {"offset", fmt::format("{}", s.offset.n)}}};
  add_fill(out.fields, s.length, s.fill, s.head.size());
  return out;
}
Description of(const Discard& s) {
  return {"discard",
          {{"device", s.device.path},
           {"offset", fmt::format("{}", s.offset.n)},
           {"length", fmt::format("{}", s.length.n)}}};
}
Description of(const RunProgram& s) {
  Description out{"run", {{"command", command_text(s.words)}}};
  if (!s.at_the_end.empty()) out.fields.emplace_back("at the end", command_text(s.at_the_end));
  return out;
}
Description of(const CheckPool& s) {
  return {"check pool", {{"pool", s.pool}, {"metadata", s.name}, {"command", command_text(s.words)}}};
}
Description of(const ReplaceFile& s) { return {"write file", {{"path", s.path}, {"what", s.what}}}; }
Description of(const RemoveFile& s) { return {"remove file", {{"path", s.path}}}; }
Description of(const Say& s) { return {"say", {{"text", s.text}}}; }

std::string metadata_change(const Stage& stage) {
  if (stage.before == stage.after) return {};
  if (!stage.before) return fmt::format("create volume group {}", stage.after->name);
  if (!stage.after) return fmt::format("remove volume group {}", stage.before->name);
  return fmt::format("volume group {}, seqno {} to {}", stage.after->name, stage.before->seqno, stage.after->seqno);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json_list(std::string& out, std::string_view key, const std::vector<std::string>& values) {
  append_json_string(out, key);
  out += ":[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i) out += ',';
    append_json_string(out, values[i]);
  }
  out += ']';
}

void append_json_changes(std::string& out, const TextChange& changes) {
  out += ",\"changes\":[";
  for (std::size_t i = 0; i < changes.size(); ++i) {
    out += i == 0 ? "{\"section\":" : ",{\"section\":";
    append_json_string(out, changes[i].section);
    out += ',';
    append_json_list(out, "removed", changes[i].removed);
    out += ',';
    append_json_list(out, "added", changes[i].added);
    out += '}';
  }
  out += ']';
}

void append_json_step(std::string& out, const Step& step) {
  Description description = describe(step);
  out += "{\"do\":";
  append_json_string(out, description.verb);
  std::vector<std::string> lines;
  for (const auto& [key, value] : description.fields) {
    if (key == "line") {
      lines.push_back(value);
      continue;
    }
    out += ',';
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
  }
  if (!lines.empty()) {
    out += ',';
    append_json_list(out, "table", lines);
  }
  out += '}';
}

}  // namespace

Description describe(const Step& step) {
  return std::visit([](const auto& concrete) { return of(concrete); }, step);
}

std::string plan_text(const Plan& plan, const std::vector<TextChange>& changes) {
  std::string out;
  for (const Question& question : plan.questions) out += fmt::format("ask: {}\n", question.text);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    std::string change = metadata_change(stage);
    out += fmt::format("stage {}{}{}\n", i + 1, change.empty() ? "" : ": ", change);
    if (i < changes.size())
      for (const SectionChange& section : changes[i]) {
        out += fmt::format("  @ {}\n", section.section);
        for (const std::string& line : section.removed) out += fmt::format("  - {}\n", line);
        for (const std::string& line : section.added) out += fmt::format("  + {}\n", line);
      }
    for (const Step& step : stage.steps) {
      Description description = describe(step);
      out += fmt::format("  {}", description.verb);
      for (const auto& [key, value] : description.fields)
        out += key == "line" ? fmt::format("\n      {}", value) : fmt::format(" {}={}", key, value);
      out += '\n';
    }
  }
  return out;
}

std::string plan_json(const Plan& plan, const std::vector<TextChange>& changes) {
  std::string out = "{\"version\":2,\"questions\":[";
  for (std::size_t i = 0; i < plan.questions.size(); ++i) {
    if (i) out += ',';
    append_json_string(out, plan.questions[i].text);
  }
  out += "],\"stages\":[";
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    if (i) out += ',';
    out += "{\"metadata\":";
    append_json_string(out, metadata_change(stage));
    if (i < changes.size()) append_json_changes(out, changes[i]);
    out += ",\"steps\":[";
    for (std::size_t k = 0; k < stage.steps.size(); ++k) {
      if (k) out += ',';
      append_json_step(out, stage.steps[k]);
    }
    out += "]}";
  }
  out += "]}\n";
  return out;
}

}  // namespace lvm::step
