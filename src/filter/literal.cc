#include "filter/literal.h"

#include <fmt/format.h>

#include "filter/string_literal.h"

namespace vecgate::filter {
namespace {

constexpr size_t kMaxShownBytes = 64;
constexpr size_t kMaxShownItems = 8;

std::string ListToText(const Literal::List& list) {
  std::string out = "[";
  for (size_t i = 0; i < list.size() && i < kMaxShownItems; ++i) {
    if (i > 0) out += ", ";
    out += ToText(list[i]);
  }
  if (list.size() > kMaxShownItems) out += ", …";
  return out + "]";
}

}  // namespace

std::string_view LiteralTypeName(const Literal& literal) {
  static constexpr std::string_view kNames[] = {"Bool", "Int64", "Double", "VarChar", "Array"};
  return kNames[literal.value.index()];
}

std::string ToText(const Literal& literal) {
  if (const auto* flag = std::get_if<bool>(&literal.value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<int64_t>(&literal.value)) return fmt::to_string(*number);
  if (const auto* real = std::get_if<double>(&literal.value)) return fmt::format("{}", *real);
  if (const auto* text = std::get_if<std::string>(&literal.value)) {
    return fmt::format("\"{}\"", Shorten(*text, kMaxShownBytes));
  }
  return ListToText(std::get<Literal::List>(literal.value));
}

}  // namespace vecgate::filter
