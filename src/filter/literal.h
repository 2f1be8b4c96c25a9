// Literal: a constant of an expression, and the value of a template parameter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vecgate::filter {

struct Literal {
  using List = std::vector<Literal>;
  std::variant<bool, int64_t, double, std::string, List> value;

  bool operator==(const Literal&) const = default;
};

/// "Bool", "Int64", "Double", "VarChar" or "Array", for messages.
std::string_view LiteralTypeName(const Literal& literal);
/// The literal as an expression would spell it, for messages; long lists and texts are cut.
std::string ToText(const Literal& literal);

}  // namespace vecgate::filter
