// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/cell.h"

#include <algorithm>

namespace lvm::report {

void append_percent(std::string& out, std::uint64_t percent) {
  constexpr std::uint64_t kHundredth = kPercentWhole / 10'000;
  if (percent > 0 && percent < kHundredth) percent = kHundredth;
  if (percent < kPercentWhole && percent > kPercentWhole - kHundredth) percent = kPercentWhole - kHundredth;
  append_decimal(out, percent, kPercentWhole / 100);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // start of what needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) [[likely]]
      continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    if (c == '"' || c == '\\') {
      out += c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "u00";
      out += kHex[static_cast<std::size_t>(c) >> 4];
      out += kHex[static_cast<std::size_t>(c) & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

void CellWriter::append_flag(std::string& out, const Field& field, const Value& value) const {
  if (value.state() == Value::State::absent) return;
  const bool known = value.state() != Value::State::undefined;
  if (settings_->binary_as_number)
    out += !known ? "-1" : value.number() != 0 ? "1" : "0";
  else if (!known)
    out += "unknown";
  else if (value.number() != 0)
    out += field.words.empty() ? std::string_view("yes") : field.words.front().word;
}

void CellWriter::append_list(std::string& out, const Value& value) const {
  for (std::size_t i = 0; i < value.item_count(); ++i) {
    if (i > 0) {
      if (value.separator() != '\0')
        out += value.separator();
      else
        out += settings_->list_separator;
    }
    out += value.item(i);
  }
}

void CellWriter::append_text(std::string& out, const Field& field, const Value& value) {
  if (field.type == Type::flag) {
    append_flag(out, field, value);
    return;
  }
  switch (value.state()) {
    case Value::State::absent: return;
    case Value::State::undefined: out += "unknown"; return;
    case Value::State::text:
    case Value::State::word: out += value.text(); return;
    case Value::State::list: append_list(out, value); return;
    case Value::State::number: break;
  }
  switch (field.type) {
    case Type::size: settings_->units.append(out, Sectors(value.number())); return;
    case Type::percent: append_percent(out, value.number()); return;
    case Type::time: out += time_.text(static_cast<std::int64_t>(value.number())); return;
    default: append_signed(out, static_cast<std::int64_t>(value.number())); return;
  }
}

void CellWriter::append_json_list(std::string& out, const Value& value) const {
  out += '[';
  for (std::size_t i = 0; i < value.item_count(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, value.item(i));
  }
  out += ']';
}

void CellWriter::append_json(std::string& out, const Field& field, const Value& value) {
  if (settings_->format == Format::json_std && !field.string_in_json) {
    const bool number = field.type == Type::number || field.type == Type::percent;
    if (field.type == Type::list) {
      append_json_list(out, value);
      return;
    }
    if (field.type == Type::flag) {
      const bool known = value.state() == Value::State::number;
      out += value.state() == Value::State::absent ? "null" : !known ? "-1" : value.number() != 0 ? "1" : "0";
      return;
    }
    if (number && (value.state() == Value::State::absent || value.state() == Value::State::undefined)) {
      out += "null";
      return;
    }
    // A number that is shown as a word ("unmanaged") is 0 to typed output.
    if (number && value.state() == Value::State::word) {
      out += '0';
      return;
    }
    if (number) {
      append_text(out, field, value);
      return;
    }
  }
  if (value.state() == Value::State::absent) {
    out += "\"\"";
  } else if (value.state() == Value::State::text) {
    append_json_string(out, value.text());
  } else {
    text_.clear();
    append_text(text_, field, value);
    append_json_string(out, text_);
  }
}

}  // namespace lvm::report
