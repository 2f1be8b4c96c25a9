#include "engines/postgres/filter_literal.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace vecgate::postgres {
namespace {

constexpr int64_t kMaxExact = int64_t{1} << 53;

/// Bytes of the UTF-8 sequence that `lead` begins; 0 when it begins none.
size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

bool IsSequence(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  for (size_t i = 1; i < bytes.size(); ++i) {
    if ((static_cast<unsigned char>(bytes[i]) & 0xc0) != 0x80) return false;
  }
  if (bytes.size() < 3) return true;
  const auto second = static_cast<unsigned char>(bytes[1]);
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  return !(lead == 0xe0 && second < 0xa0) && !(lead == 0xed && second > 0x9f) &&
         !(lead == 0xf0 && second < 0x90) && !(lead == 0xf4 && second > 0x8f);
}

}  // namespace

bool IsStorableText(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = SequenceLength(static_cast<unsigned char>(text[i]));
    if (length == 0 || i + length > text.size() || text[i] == '\0') return false;
    if (!IsSequence(text.substr(i, length))) return false;
    i += length;
  }
  return true;
}

std::string NumberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{}", value);
}

std::string ArrayText(const std::vector<std::string>& items) {
  std::string out = "{";
  for (const std::string& item : items) {
    out += out.size() > 1 ? ",\"" : "\"";
    for (const char c : item) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

std::optional<std::string> JsonText(const filter::Literal& literal) {
  if (const auto* flag = std::get_if<bool>(&literal.value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<int64_t>(&literal.value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&literal.value)) {
    // Larger ones may equal integers that are written otherwise.
    if (!(std::abs(*real) < static_cast<double>(kMaxExact))) return std::nullopt;
    return NumberText(*real);
  }
  if (const auto* text = std::get_if<std::string>(&literal.value)) {
    if (!IsStorableText(*text)) return std::nullopt;
    return nlohmann::json(*text).dump();
  }
  std::string out = "[";
  for (const filter::Literal& item : std::get<filter::Literal::List>(literal.value)) {
    const std::optional<std::string> one = JsonText(item);
    if (!one) return std::nullopt;
    if (out.size() > 1) out += ',';
    out += *one;
  }
  return out + "]";
}

bool IsExactAsDouble(int64_t value) { return value >= -kMaxExact && value <= kMaxExact; }

}  // namespace vecgate::postgres
