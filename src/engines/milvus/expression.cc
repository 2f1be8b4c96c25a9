#include "engines/milvus/expression.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace vecgate::milvus_engine {
namespace {

using filter::Operator;

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Bytes of the UTF-8 character at `at`, or 0 where there is none.
size_t CharacterAt(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (size == 0 || lead > 0xF4 || at + size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if (!IsContinuation(text[at + i])) return 0;
  }
  const auto second = size > 1 ? static_cast<unsigned char>(text[at + 1]) : 0;
  // Longer than need be, halves of surrogate pairs, beyond the last character.
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return size;
}

template <typename Items>
std::string Listed(const Items& items) {
  return fmt::format("[{}]", fmt::join(items, ","));
}

}  // namespace

Expression operator&&(const Expression& a, const Expression& b) {
  if (a.is_none() || b.is_all()) return a;
  if (b.is_none() || a.is_all()) return b;
  return Expression::Text(fmt::format("({} and {})", a.text_, b.text_));
}

Expression operator||(const Expression& a, const Expression& b) {
  if (a.is_all() || b.is_none()) return a;
  if (b.is_all() || a.is_none()) return b;
  return Expression::Text(fmt::format("({} or {})", a.text_, b.text_));
}

Expression operator!(const Expression& a) {
  if (a.is_all()) return Expression::None();
  if (a.is_none()) return Expression::All();
  return Expression::Text(fmt::format("(not ({}))", a.text_));
}

std::optional<std::string> TextLiteral(std::string_view text) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterAt(text, at);
    if (size == 0) return std::nullopt;
    const char c = text[at];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += text.substr(at, size);
    }
    at += size;
  }
  return out + '"';
}

std::string RealLiteral(double value) {
  std::string out = fmt::format("{}", value);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

Expression CompareInt(const std::string& name, Operator op, int64_t value) {
  if (value == kLeast) {
    switch (op) {
      case Operator::kLess: return Expression::None();
      case Operator::kGreaterEqual: return Expression::All();
      case Operator::kEqual:
      case Operator::kLessEqual: op = Operator::kLess; break;
      default: op = Operator::kGreaterEqual; break;
    }
    ++value;
  }
  return Expression::Text(fmt::format("{} {} {}", name, filter::OperatorText(op), value));
}

Expression IntIn(const std::string& name, std::span<const int64_t> values) {
  std::vector<int64_t> listed;
  Expression out = Expression::None();
  for (const int64_t value : values) {
    if (value == kLeast) {
      out = CompareInt(name, Operator::kEqual, value);
    } else {
      listed.push_back(value);
    }
  }
  if (listed.empty()) return out;
  return out || Expression::Text(fmt::format("{} in {}", name, Listed(listed)));
}

Expression TextIn(const std::string& name, std::span<const std::string> values) {
  std::vector<std::string> listed;
  for (const std::string& value : values) {
    if (auto literal = TextLiteral(value)) listed.push_back(std::move(*literal));
  }
  if (listed.empty()) return Expression::None();
  return Expression::Text(fmt::format("{} in {}", name, Listed(listed)));
}

Expression KeysIn(const std::string& name, std::span<const PrimaryKey> keys) {
  std::vector<int64_t> numbers;
  std::vector<std::string> texts;
  for (const PrimaryKey& key : keys) {
    if (const auto* number = std::get_if<int64_t>(&key)) numbers.push_back(*number);
    if (const auto* text = std::get_if<std::string>(&key)) texts.push_back(*text);
  }
  return IntIn(name, numbers) || TextIn(name, texts);
}

Expression KeyAfter(const std::string& name, const PrimaryKey& key) {
  if (const auto* number = std::get_if<int64_t>(&key)) {
    return CompareInt(name, Operator::kGreater, *number);
  }
  const auto literal = TextLiteral(std::get<std::string>(key));
  // What is not UTF-8 was never a key; nothing follows it.
  if (!literal) return Expression::None();
  return Expression::Text(fmt::format("{} > {}", name, *literal));
}

}  // namespace vecgate::milvus_engine
